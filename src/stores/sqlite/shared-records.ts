// SharedRecords in the file of the SQLite store, on a connection of their own.
import type { DatabaseSync } from 'node:sqlite';
import { StoreUnavailable } from '../../ports/approval-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Sealer } from '../../ports/sealer.ts';
import type { PutOutcome, SharedRecord, SharedRecords } from '../../ports/shared-records.ts';
import { createRecordSeal } from '../record-seal.ts';
import { openBeside } from './database.ts';
import { asUnavailable } from './unavailable.ts';

export interface SqliteRecordsOptions {
  /** Of a store that is open. */
  readonly file: string;
  readonly clock: Clock;
  readonly sealer?: Sealer;
  /** Hears of a record that was edited; it is gone then. */
  readonly onDamaged?: (kind: string, id: string) => void;
}

type Row = Readonly<Record<string, unknown>>;

const SQL = {
  one: 'SELECT id, version, value, due_at FROM records WHERE kind = ? AND id = ? AND kept_until > ?',
  all: 'SELECT id, version, value, due_at FROM records WHERE kind = ? AND kept_until > ?',
  due: `SELECT id, version, value, due_at FROM records WHERE kind = :kind AND due_at <= :now AND kept_until > :now
    ORDER BY due_at LIMIT :limit`,
  put: `INSERT INTO records (kind, id, version, value, due_at, kept_until)
    VALUES (:kind, :id, :version, :value, :due, :until)
    ON CONFLICT (kind, id) DO UPDATE SET version = excluded.version, value = excluded.value, due_at = excluded.due_at,
      kept_until = excluded.kept_until`,
  drop: 'DELETE FROM records WHERE kind = ? AND id = ?',
  forget: 'DELETE FROM records WHERE kept_until <= ?',
} as const;

/** Throws StoreUnavailable. */
export function createSqliteRecords({ file, clock, sealer, onDamaged }: SqliteRecordsOptions): SharedRecords {
  const db = openBeside(file);
  const sql = Object.fromEntries(Object.entries(SQL).map(([name, text]) => [name, db.prepare(text)])) as {
    readonly [Name in keyof typeof SQL]: ReturnType<DatabaseSync['prepare']>;
  };
  const seal = createRecordSeal(sealer);
  let closed = false;

  function record(kind: string, row: Row): SharedRecord | undefined {
    const id = String(row['id']);
    const version = Number(row['version']);
    const { value, due_at: due } = row;
    const opened = value instanceof Uint8Array ? seal.open(kind, id, version, value) : undefined;
    if (opened !== undefined) return { id, version, value: opened, dueAt: typeof due === 'number' ? due : undefined };
    onDamaged?.(kind, id);
    sql.drop.run(kind, id);
    return undefined;
  }
  const read = (kind: string, id: string): SharedRecord | undefined => {
    const row = sql.one.get(kind, id, clock.now());
    return row && record(kind, row);
  };
  const records = (kind: string, rows: readonly Row[]): SharedRecord[] =>
    rows.map((row) => record(kind, row)).filter((one) => one !== undefined);

  async function step<T>(work: () => T): Promise<T> {
    if (closed) throw new StoreUnavailable(`${file}: the store is closed`);
    try {
      return work();
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      throw asUnavailable(file, error);
    }
  }
  const write = <T>(work: () => T): Promise<T> =>
    step(() => {
      db.exec('BEGIN IMMEDIATE');
      sql.forget.run(clock.now());
      const result = work();
      db.exec('COMMIT');
      return result;
    });

  return {
    now: async () => clock.now(),
    get: (kind, id) => step(() => read(kind, id)),
    put: (kind, id, version, value, { dueAt, keepFor }) =>
      write((): PutOutcome => {
        const stands = read(kind, id);
        if ((stands?.version ?? 0) !== version) return { outcome: 'conflict', record: stands };
        const written = { id, version: version + 1, value, dueAt };
        const sealed = seal.seal(kind, id, written.version, value);
        const until = clock.now() + keepFor;
        sql.put.run({ kind, id, version: written.version, value: sealed, due: dueAt ?? null, until });
        return { outcome: 'written', record: written };
      }),
    drop: (kind, id, version) =>
      write(() => read(kind, id)?.version === version && Number(sql.drop.run(kind, id).changes) === 1),
    due: (kind, limit) => step(() => records(kind, sql.due.all({ kind, now: clock.now(), limit }))),
    list: (kind) => step(() => records(kind, sql.all.all(kind, clock.now()))),
    async close() {
      if (closed) return;
      closed = true;
      db.close();
    },
  };
}
