// A folder of keys as people handle it: read whole, and changed by one command at a time.
import { access, lstat, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DATA_FILE, type DataKey, parseDataKeys } from './data-keys.ts';
import { KeyFileError, readPrivateFile, writeFileAtomically } from './key-files.ts';
import { parseSigningKeys, PUBLIC_FILE, SIGNING_FILE, type SigningKey } from './signing-keys.ts';

/** All that a folder of keys holds; `signing.json` is made last, so with it the folder is whole. */
export const KEY_FILES: readonly string[] = [PUBLIC_FILE, DATA_FILE, SIGNING_FILE];

export interface KeyFolder {
  readonly signing: readonly SigningKey[];
  readonly data: readonly DataKey[];
}

const LOCK = '.keys.lock';

async function read(folder: string, file: string): Promise<{ readonly path: string; readonly text: string }> {
  const path = join(folder, file);
  const text = await readPrivateFile(path, 'mounted');
  if (text !== undefined) return { path, text };
  throw new KeyFileError(
    `${path} is missing: there are no whole keys in ${folder} ("holdgate keys init DIR" makes them)`,
  );
}

/** The keys in a folder that is mounted or our own. Rejects with KeyFileError. */
export async function readKeyFolder(folder: string): Promise<KeyFolder> {
  const signing = await read(folder, SIGNING_FILE);
  const data = await read(folder, DATA_FILE);
  const remedy = 'restore it from your backup';
  return {
    signing: await parseSigningKeys(signing.path, signing.text, remedy),
    data: parseDataKeys(data.path, data.text, remedy),
  };
}

/** Replaces a file of the folder; it keeps its mode and its owner, so that the gate can go on reading it. */
export async function replaceKeyFile(folder: string, file: string, text: string): Promise<void> {
  const path = join(folder, file);
  const before = await stat(path).catch(() => undefined);
  const { uid, gid } = before ?? (await stat(folder));
  const others = uid !== process.geteuid?.() || gid !== process.getegid?.();
  const mode = before ? before.mode & 0o777 : file === PUBLIC_FILE ? 0o644 : 0o600;
  await writeFileAtomically(path, text, mode, others ? { uid, gid } : undefined);
}

/** Runs `change` while no other command changes the folder. Rejects with KeyFileError for one that is mounted from elsewhere. */
export async function changeKeyFolder<Result>(
  folder: string,
  change: (keys: KeyFolder) => Promise<Result>,
): Promise<Result> {
  for (const file of [SIGNING_FILE, DATA_FILE]) {
    const linked = await lstat(join(folder, file))
      .then((each) => each.isSymbolicLink())
      .catch(() => false);
    if (!linked) continue;
    throw new KeyFileError(
      `${join(folder, file)} is a link, as in a mounted secret: change the folder that the secret was made from, then the secret`,
    );
  }
  await readKeyFolder(folder);
  const lock = join(folder, LOCK);
  try {
    await (await open(lock, 'wx', 0o600)).close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new KeyFileError(`another command is changing ${folder}; if none is, remove ${lock}`);
  }
  try {
    return await change(await readKeyFolder(folder));
  } finally {
    await rm(lock, { force: true });
  }
}

/** Which of the folder's files are there. */
export async function presentKeyFiles(folder: string): Promise<readonly string[]> {
  const found = await Promise.all(
    KEY_FILES.map((file) =>
      access(join(folder, file))
        .then(() => [file])
        .catch(() => []),
    ),
  );
  return found.flat();
}
