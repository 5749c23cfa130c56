// Remembers, sealed, a known value: the wrong data key is found at start, not when the first approved call should run.
import type { DatabaseSync } from 'node:sqlite';
import { StoreUnavailable } from '../../ports/approval-store.ts';
import type { Sealer } from '../../ports/sealer.ts';
import type { Statements } from './statements.ts';

const NAME = 'seal-check';
const VALUE = new TextEncoder().encode('holdgate');

/** Writes the value at first use; afterwards throws StoreUnavailable unless `sealer` opens it. */
export function checkSeal(db: DatabaseSync, sql: Statements, file: string, sealer: Sealer): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    const stored = sql.fact.get(NAME)?.['value'];
    if (stored instanceof Uint8Array) open(file, sealer, stored);
    else sql.putFact.run(NAME, sealer.seal(VALUE, NAME));
    db.exec('COMMIT');
  } finally {
    if (db.isTransaction) db.exec('ROLLBACK');
  }
}

function open(file: string, sealer: Sealer, stored: Uint8Array): void {
  try {
    sealer.open(stored, NAME);
  } catch (error) {
    throw new StoreUnavailable(
      `${file}: sealed with another data key; give Holdgate the key that it had, or move the file away to start empty`,
      { cause: error },
    );
  }
}
