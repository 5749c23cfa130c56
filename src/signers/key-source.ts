// Where a kind of keys comes from: the gate's own folder, in which they are made at the first start, or a mounted one, in which
// nothing is ever made or written. A missing key is an error with an answer, never silently a new one.
import { join } from 'node:path';
import type { Clock } from '../ports/clock.ts';
import { type Access, ensureKeyFolder, KeyFileError, nameStaged, readPrivateFile, stageFile } from './key-files.ts';

export interface KeyOptions {
  readonly folder: string;
  /** `own` if absent: the folder is made with mode 0700 if it is not there. */
  readonly access?: Access;
  /** True only while nothing was made with the keys yet: missing ones may then be made, unless they are mounted. */
  readonly allowCreate: boolean;
  /** Decides which key is used. Without it the newest one is, whatever its `active_from`. */
  readonly clock?: Pick<Clock, 'now'>;
}

interface KeyKind {
  readonly file: string;
  /** What exists if `allowCreate` is false. */
  readonly records: string;
  /** What is lost with the keys, and what to do: the end of a message. */
  readonly restore: (path: string) => string;
  /** The text of a first file. */
  readonly make: () => Promise<string>;
}

export interface KeySource {
  readonly path: string;
  /** The end of a message about a damaged file. */
  readonly remedy: string;
  /** Rejects with KeyFileError. */
  read(): Promise<string>;
}

/** Makes what may be made. Rejects with KeyFileError where the keys cannot be used as they lie there. */
export async function openKeySource(options: KeyOptions, kind: KeyKind): Promise<KeySource> {
  const { allowCreate, access = 'own', folder } = options;
  const path = join(folder, kind.file);
  const own = access === 'own';
  if (own) await ensureKeyFolder(folder);
  // Several processes may start at once: the first file counts, for all of them.
  if (own && allowCreate && (await readPrivateFile(path, access)) === undefined) {
    await nameStaged(await stageFile(path, await kind.make(), 0o600), path);
  }
  const remedy = own
    ? kind.restore(path)
    : `mount the folder that "holdgate keys init" made, or its copy, at ${folder}`;
  return {
    path,
    remedy,
    async read() {
      const text = await readPrivateFile(path, access);
      if (text !== undefined) return text;
      if (own) throw new KeyFileError(`${path} is missing, although ${kind.records} exist: ${remedy}`);
      throw new KeyFileError(`${path} is missing: make keys once with "holdgate keys init DIR", then ${remedy}`);
    },
  };
}
