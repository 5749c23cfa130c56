// A look at the store's file without opening it: the first page of a database says what it is (sqlite.org/fileformat.html §1.3). Changes nothing,
// also where a gate is at work on it.
import { closeSync, openSync, readSync } from 'node:fs';
import { fileTrouble } from '../../core/file-trouble.ts';
import { APPLICATION_ID } from './database.ts';
import { MIGRATIONS } from './migrations.ts';

const HEADER = 100;
const MAGIC = 'SQLite format 3\0';
const USER_VERSION_AT = 60;
const APPLICATION_ID_AT = 68;

/** Why no gate could start on this file; undefined where nothing speaks against it. */
export function sqliteFileFault(file: string): string | undefined {
  const head = Buffer.alloc(HEADER);
  let read: number;
  try {
    const handle = openSync(file, 'r');
    try {
      read = readSync(handle, head, 0, HEADER, 0);
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    return `${file}: ${fileTrouble(error)}`;
  }
  if (read < HEADER || head.toString('latin1', 0, MAGIC.length) !== MAGIC)
    return `${file}: the file is damaged (not a database)`;
  if (head.readUInt32BE(APPLICATION_ID_AT) !== APPLICATION_ID) return `${file}: not a Holdgate store`;
  const version = head.readUInt32BE(USER_VERSION_AT);
  return version > MIGRATIONS.length
    ? `${file}: written by a newer Holdgate (schema ${version}, this one knows ${MIGRATIONS.length})`
    : undefined;
}
