// Opens the store's file: made whole or not at all, private to its user, checked before anything is believed.
// INVARIANT: a file that exists is never replaced or emptied, whatever is wrong with it.
import { chmodSync, closeSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, rmSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { dirname } from 'node:path';
import { StoreUnavailable } from '../../ports/approval-store.ts';
import { MIGRATIONS } from './migrations.ts';
import { sqlite } from './sqlite-module.ts';
import { asUnavailable, damaged } from './unavailable.ts';

const MEMORY = ':memory:';
/** "HGAT": marks a file as ours, so that a wrong path never gets our tables. */
export const APPLICATION_ID = 0x48474154;
/** A writer waits this long for another process's transaction; the event loop waits with it. */
const BUSY_TIMEOUT_MS = 900;

function pragma(db: DatabaseSync, name: string): unknown {
  return Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];
}

function openFile(file: string): DatabaseSync {
  const db = new sqlite.DatabaseSync(file);
  db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  return db;
}

function configure(db: DatabaseSync): void {
  db.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA cell_size_check = ON;
  `);
}

function migrate(db: DatabaseSync): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    const from = Number(pragma(db, 'user_version'));
    for (const step of MIGRATIONS.slice(from)) db.exec(step);
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${MIGRATIONS.length}; COMMIT`);
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Builds the file aside and links it into place: a crash leaves no half-made store, a racing process keeps its own. */
function create(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const aside = `${file}.new-${process.pid}`;
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(aside + suffix, { force: true });
  closeSync(openSync(aside, 'wx', 0o600));
  try {
    const db = openFile(aside);
    try {
      configure(db);
      migrate(db);
    } finally {
      db.close();
    }
    linkSync(aside, file);
    syncFolder(dirname(file));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

/** SQLite gives -wal and -shm the mode of the main file; files from elsewhere (a restored backup) are narrowed here. */
function narrow(file: string): void {
  for (const path of [file, `${file}-wal`, `${file}-shm`]) {
    if (existsSync(path) && (statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
  }
}

function check(db: DatabaseSync, file: string, again: boolean): void {
  const finding = again ? 'ok' : pragma(db, 'quick_check(1)');
  if (finding !== 'ok') throw damaged(file, String(finding));
  const owner = pragma(db, 'application_id');
  if (owner !== APPLICATION_ID) {
    throw new StoreUnavailable(
      `${file}: not a Holdgate store (application id ${String(owner)}); point \`store\` elsewhere`,
    );
  }
  const version = Number(pragma(db, 'user_version'));
  if (version > MIGRATIONS.length) {
    throw new StoreUnavailable(
      `${file}: written by a newer Holdgate (schema ${version}, this one knows ${MIGRATIONS.length}); upgrade, or restore a backup`,
    );
  }
}

/** An open, checked, migrated database. Throws StoreUnavailable; the message names the file and what to do. `again`: this is a further
 *  connection, beside one that has looked at every page. */
export function openDatabase(file: string, again = false): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    if (file === MEMORY) {
      db = openFile(MEMORY);
      configure(db);
      migrate(db);
      return db;
    }
    if (!existsSync(file)) create(file);
    if (statSync(file).size === 0) throw damaged(file, 'it is empty');
    narrow(file);
    db = openFile(file);
    check(db, file, again); // first, so that nothing is changed in a file that is not ours
    configure(db);
    if (Number(pragma(db, 'user_version')) < MIGRATIONS.length) migrate(db);
    return db;
  } catch (error) {
    db?.close();
    if (error instanceof Error && 'syscall' in error) {
      throw new StoreUnavailable(`${file}: ${error.message}`, { cause: error });
    }
    throw asUnavailable(file, error);
  }
}

/** One more connection to a store that is open in this process. Throws StoreUnavailable. */
export function openBeside(file: string): DatabaseSync {
  try {
    const db = openFile(file);
    configure(db);
    return db;
  } catch (error) {
    throw asUnavailable(file, error);
  }
}
