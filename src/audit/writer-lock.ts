// One writer per log, one gate per data directory. The lock is the kernel's (SQLite's exclusive lock on an empty file): it ends with the process,
// however that ends, and holds across containers that share the folder, where process ids mean nothing.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Another process writes to this data directory. */
export class AuditLocked extends Error {
  override readonly name = 'AuditLocked';
}

export interface WriterLock {
  release(): void;
}

function holder(path: string): string {
  try {
    return ` (process ${readFileSync(path, 'utf8').trim()})`;
  } catch {
    return '';
  }
}

/** Takes the lock `<name>.lock` of the folder or throws AuditLocked at once: `writer` is a log's, `gate` that of a whole data
 *  directory. */
export function takeWriterLock(folder: string, name: 'writer' | 'gate' = 'writer'): WriterLock {
  const pidFile = join(folder, `${name}.pid`);
  const database = new DatabaseSync(join(folder, `${name}.lock`), { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    throw new AuditLocked(
      `another gate${holder(pidFile)} is writing to ${folder}: stop it first, or give this one its own data_dir`,
      { cause },
    );
  }
  try {
    writeFileSync(pidFile, `${process.pid}\n`);
  } catch {
    // Only words for the message above; a full disk must not stop the start.
  }
  return { release: () => database.close() };
}
