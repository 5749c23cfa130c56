// UsageStore in the file of the SQLite store, on a connection of its own. Figures of the last second may be lost with the machine's power:
// they are not worth a write to the disk for each second.
import type { DatabaseSync } from 'node:sqlite';
import type { UsageAmount, UsageBucket } from '../../core/usage/usage-amount.ts';
import { bucketAt, SPAN_COUNT, SPAN_MS, type UsageSpan } from '../../core/usage/usage-window.ts';
import { StoreUnavailable } from '../../ports/approval-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { UsageStore } from '../../ports/usage-store.ts';
import { openBeside } from './database.ts';
import { asUnavailable } from './unavailable.ts';

const SPANS: readonly UsageSpan[] = ['minute', 'hour'];

const SQL = {
  add: `INSERT INTO usage (span, n, agent, upstream, dataset, bytes, rows)
    VALUES (:span, :n, :agent, :upstream, :dataset, :bytes, :rows)
    ON CONFLICT (span, n, agent, upstream, dataset) DO UPDATE SET bytes = bytes + excluded.bytes, rows = rows + excluded.rows`,
  read: 'SELECT n, agent, upstream, dataset, bytes, rows FROM usage WHERE span = ? AND n >= ? ORDER BY n',
  forget: 'DELETE FROM usage WHERE span = ? AND n < ?',
} as const;

/** `file`: of a store that is open. Throws StoreUnavailable. */
export function createSqliteUsage(file: string, clock: Pick<Clock, 'now'>): UsageStore {
  const db = openBeside(file);
  db.exec('PRAGMA synchronous = NORMAL');
  const sql = Object.fromEntries(Object.entries(SQL).map(([name, text]) => [name, db.prepare(text)])) as {
    readonly [Name in keyof typeof SQL]: ReturnType<DatabaseSync['prepare']>;
  };
  let closed = false;
  let tidied = 0;

  async function step<T>(work: () => T): Promise<T> {
    if (closed) throw new StoreUnavailable(`${file}: the store is closed`);
    try {
      return work();
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      throw asUnavailable(file, error);
    }
  }

  function buckets(span: UsageSpan, from: number): UsageBucket[] {
    const found = new Map<number, UsageAmount[]>();
    for (const row of sql.read.all(span, from)) {
      const index = Number(row['n']);
      const amounts = found.get(index) ?? [];
      found.set(index, amounts);
      amounts.push({
        agent: String(row['agent']),
        upstream: String(row['upstream']),
        dataset: String(row['dataset']),
        bytes: Number(row['bytes']),
        rows: Number(row['rows']),
      });
    }
    return [...found].map(([index, amounts]) => ({ span, index, amounts }));
  }

  return {
    add: (amounts) =>
      step(() => {
        db.exec('BEGIN IMMEDIATE');
        const now = clock.now();
        for (const { agent, upstream, dataset, bytes, rows } of amounts) {
          for (const span of SPANS)
            sql.add.run({ span, n: bucketAt(span, now), agent, upstream, dataset, bytes, rows });
        }
        if (bucketAt('minute', now) !== tidied) {
          tidied = bucketAt('minute', now);
          for (const span of SPANS) sql.forget.run(span, bucketAt(span, now) - SPAN_COUNT[span]);
        }
        db.exec('COMMIT');
      }),
    read: (since) =>
      step(() => {
        // Before anything is read: what comes later is in a bucket that the next reading looks at again.
        const at = clock.now();
        const from = (span: UsageSpan): number => {
          const first = bucketAt(span, at) - SPAN_COUNT[span];
          // A minute before: clocks of processes on one machine agree, but time may be set back.
          return since === undefined ? first : Math.max(first, bucketAt(span, since - SPAN_MS.minute));
        };
        return { at, buckets: SPANS.flatMap((span) => buckets(span, from(span))) };
      }),
    async close() {
      if (closed) return;
      closed = true;
      db.close();
    },
  };
}
