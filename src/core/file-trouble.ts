// Why a file could not be read or written, in words for people: error codes of the system say it to programs.

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a part of its path is a file, not a folder',
  EISDIR: 'is a folder; expected a file',
  EACCES: 'may not be read or written by this process',
  EPERM: 'may not be read or written by this process',
  EEXIST: 'is there already',
  ELOOP: 'is a link that leads back to itself',
  EROFS: 'is on a file system that is read-only',
  ENOSPC: 'there is no space left',
  ENAMETOOLONG: 'has a name that is too long',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'is not valid UTF-8',
};

/** Without the path. */
export function fileTrouble(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  return WORDS[code] ?? error.message;
}

/** Why a folder could not be made; with its path. */
export function folderTrouble(path: string, error: unknown): string {
  const isFile = error instanceof Error && 'code' in error && (error.code === 'EEXIST' || error.code === 'ENOTDIR');
  return `${path}: ${isFile ? 'it, or a part of its path, is a file; expected a folder' : fileTrouble(error)}`;
}
