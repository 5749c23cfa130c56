// Private key files: never readable by anyone but the gate's own account, never half written, never replaced by accident.
import { chmod, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A key file is missing, exposed or unreadable. The message names the file and says what to do; it holds no key. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError';
}

const FOLDER_MODE = 0o700;
const OTHERS = 0o077;

const octal = (mode: number): string => (mode & 0o777).toString(8).padStart(4, '0');

/** Makes the folder (mode 0700), or refuses one that group or others can enter. */
export async function ensureKeyFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  const { mode } = await stat(folder);
  if ((mode & OTHERS) !== 0) {
    throw new KeyFileError(
      `${folder} is open to other accounts (mode ${octal(mode)}, expected 0700): run "chmod 700 ${folder}"`,
    );
  }
}

/** The file's text, or undefined if there is none. Throws KeyFileError if group or others could read or change it. */
export async function readPrivateFile(path: string): Promise<string | undefined> {
  let mode: number;
  try {
    ({ mode } = await stat(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new KeyFileError(`${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  if ((mode & OTHERS) !== 0) {
    throw new KeyFileError(
      `${path} is readable or writable by other accounts (mode ${octal(mode)}, expected 0600): ` +
        `run "chmod 600 ${path}"; if others may have read it, replace the key`,
    );
  }
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new KeyFileError(`${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

/** Replaces the file so that a crash leaves either the old or the new content: temporary file, fsync, rename, fsync. */
export async function writeFileAtomically(path: string, text: string, mode: number): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  const handle = await open(temporary, 'w', mode);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  await chmod(temporary, mode); // `open` applies the umask; the mode is part of the contract.
  await rename(temporary, path);
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
