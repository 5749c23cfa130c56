// Key files: never readable by strangers, never half written, never replaced by accident. The gate's own folder belongs to one
// account; a mounted one (a Kubernetes secret: root's, shared with a group, behind links) is only ever read.
import { randomBytes } from 'node:crypto';
import { chmod, chown, link, mkdir, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileTrouble, folderTrouble } from '../core/file-trouble.ts';

/** A key file is missing, exposed, damaged or unreadable. The message names the file and says what to do; it holds no key. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError';
}

/** `own`: made and kept by the gate, for its account only. `mounted`: given from outside, readable for a group too. */
export type Access = 'own' | 'mounted';

const FOLDER_MODE = 0o700;
const OTHERS = 0o077;
/** Anything of strangers, writing of the group. */
const STRANGERS = 0o027;
const WRITABLE = 0o022;
/** In a sticky folder (a tmpfs mount has 1777) nobody replaces another's files. */
const STICKY = 0o1000;

const octal = (mode: number): string => (mode & 0o7777).toString(8).padStart(4, '0');
const codeOf = (error: unknown): unknown => (error as NodeJS.ErrnoException).code;

/** Makes the folder (mode 0700), or refuses one that group or others can enter. */
export async function ensureKeyFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: FOLDER_MODE }).catch((error: unknown) => {
    throw new KeyFileError(`the folder of the keys cannot be made: ${folderTrouble(folder, error)}`, { cause: error });
  });
  const { mode } = await stat(folder);
  if ((mode & OTHERS) !== 0) {
    throw new KeyFileError(
      `${folder} is open to other accounts (mode ${octal(mode)}, expected 0700): run "chmod 700 ${folder}"`,
    );
  }
}

function refuseExposed(path: string, mode: number, access: Access): void {
  if (access === 'own' && (mode & OTHERS) !== 0) {
    throw new KeyFileError(
      `${path} is readable or writable by other accounts (mode ${octal(mode)}, expected 0600): ` +
        `run "chmod 600 ${path}"; if others may have read it, replace the key`,
    );
  }
  if (access === 'mounted' && (mode & STRANGERS) !== 0) {
    throw new KeyFileError(
      `${path} is ${(mode & WRITABLE) === 0 ? 'readable' : 'writable'} by other accounts (mode ${octal(mode)}, expected ` +
        '0440 or less): on Kubernetes give the secret volume "defaultMode: 0440" and the pod a securityContext.fsGroup; ' +
        `elsewhere run "chmod g-w,o-rwx ${path}"; if others may have read it, replace the key`,
    );
  }
}

/** The file may be behind links (`..data`): whoever can write to the folder at their end could replace it. */
async function refuseReplaceable(path: string): Promise<void> {
  for (const folder of new Set([dirname(path), dirname(await realpath(path))])) {
    const { mode } = await stat(folder);
    if ((mode & WRITABLE) === 0 || (mode & STICKY) !== 0) continue;
    throw new KeyFileError(
      `${folder} can be written to by other accounts (mode ${octal(mode)}), who could replace the keys in it: ` +
        `mount it read-only or run "chmod go-w ${folder}"`,
    );
  }
}

function unreadable(path: string, error: unknown): KeyFileError {
  const advice =
    codeOf(error) === 'EACCES'
      ? `; it has to be readable for the account that runs holdgate (uid ${process.getuid?.() ?? 'unknown'}): on Kubernetes ` +
        'with securityContext.fsGroup, elsewhere with chown or chgrp'
      : '';
  return new KeyFileError(`${path} cannot be read: ${fileTrouble(error)}${advice}`, { cause: error });
}

/** The file's text, or undefined if there is none. Throws KeyFileError if others could change it, or read it without being
 *  meant to. */
export async function readPrivateFile(path: string, access: Access = 'own'): Promise<string | undefined> {
  try {
    const { mode } = await stat(path);
    refuseExposed(path, mode, access);
    if (access === 'mounted') await refuseReplaceable(path);
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof KeyFileError) throw error;
    if (codeOf(error) === 'ENOENT') return undefined;
    throw unreadable(path, error);
  }
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Writes a hidden file beside `path`, on disk when this resolves; returns its name. */
export async function stageFile(path: string, text: string, mode: number, owner?: Owner): Promise<string> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  const handle = await open(temporary, 'wx', mode);
  try {
    await handle.writeFile(text);
    if (owner) await chown(temporary, owner.uid, owner.gid);
    await chmod(temporary, mode); // `open` applies the umask; the mode is part of the contract.
    await handle.sync();
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  return temporary;
}

export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Replaces the file so that a crash leaves either the old or the new content: temporary file, fsync, rename, fsync. */
export async function writeFileAtomically(path: string, text: string, mode: number, owner?: Owner): Promise<void> {
  await rename(await stageFile(path, text, mode, owner), path);
  await syncFolder(dirname(path));
}

/** Gives a staged file its name, unless there is such a file: then false, and that one stays as it is. */
export async function nameStaged(staged: string, path: string): Promise<boolean> {
  try {
    await link(staged, path);
    await syncFolder(dirname(path));
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(staged, { force: true });
  }
}
