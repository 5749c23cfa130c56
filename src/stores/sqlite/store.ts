// ApprovalStore on one SQLite file, shared by any number of processes of one machine.
// INVARIANTS: whatever decides is folded from `events` inside the transaction that acts on it; every write is one
// BEGIN IMMEDIATE transaction that is on disk (synchronous=FULL) before its promise resolves.
import { droppableFrom, isCurrent } from '../../core/approval/current.ts';
import { type Approval, isOpen } from '../../core/approval/state.ts';
import { transition } from '../../core/approval/transition.ts';
import {
  type AppendOutcome,
  type ApprovalStore,
  type BlobKind,
  type ListQuery,
  type OpenOutcome,
  StoreUnavailable,
} from '../../ports/approval-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Sealer } from '../../ports/sealer.ts';
import { createEventSeal } from '../event-seal.ts';
import { createChanges } from './changes.ts';
import { openDatabase } from './database.ts';
import { createLeases } from './leases.ts';
import { project } from './projection.ts';
import { createRecords, type Row } from './records.ts';
import { checkSeal } from './seal-check.ts';
import { prepareStatements } from './statements.ts';
import { asUnavailable } from './unavailable.ts';

export interface SqliteStoreOptions {
  /** Path of the file, made if it does not exist; `:memory:` for a store that nobody needs to keep. */
  readonly file: string;
  readonly clock: Clock;
  /** The sealer of the blobs. If given, events are sealed with it too, events that it did not seal are not believed, and the
   *  store refuses to open with another key than the one it was first used with. */
  readonly sealer?: Sealer;
  /** Told once of an approval whose events are not what was written, and of what is wrong; it can never run. */
  readonly onDamaged?: (id: string, finding: string) => void;
  /** Hears of what keeps the store from reading for now. */
  readonly onTrouble?: (operation: string, message: string) => void;
}

export interface SqliteStore extends ApprovalStore {
  prune(now: number): Promise<number>;
}

const PRUNE_BATCH = 200;
const MAX_PAGE = 200;
const PROBE_BYTES = 65_536;

/** Opens the store. Throws StoreUnavailable (file damaged, foreign, newer, sealed with another key, …). */
export function createSqliteStore(options: SqliteStoreOptions): SqliteStore {
  const { file, clock } = options;
  const db = openDatabase(file);
  const sql = prepareStatements(db);
  const changes = createChanges(
    {
      version: () => sql.dataVersion.get()?.['data_version'],
      last: () => Number(sql.lastChange.get()?.['n']),
      after: (n) => sql.changesAfter.all(n).map((row) => ({ n: Number(row['n']), approval: String(row['approval']) })),
    },
    clock,
  );
  const records = createRecords(sql, {
    file,
    clock,
    seal: options.sealer && createEventSeal(options.sealer),
    onDamaged: options.onDamaged,
    onUnreadable: (id, why) => options.onTrouble?.('read', `approval ${id}: ${why}`),
    inTransaction: () => db.isTransaction,
  });
  const leases = createLeases(db, sql, clock);
  let closed = false;

  /** Runs one step; whatever SQLite throws leaves as StoreUnavailable. */
  async function step<T>(work: () => T): Promise<T> {
    if (closed) throw new StoreUnavailable(`${file}: the store is closed`);
    try {
      return work();
    } catch (error) {
      throw asUnavailable(file, error);
    } finally {
      tidy();
    }
  }

  /** Costs nothing where nothing was found; what cannot be done now is done at the next step. */
  function tidy(): void {
    try {
      records.setAside();
    } catch {
      // The step has its own answer.
    }
  }

  function write<T>(work: () => T): Promise<T> {
    return step(() => {
      db.exec('BEGIN IMMEDIATE');
      let result: T;
      try {
        result = work();
        db.exec('COMMIT');
      } catch (error) {
        // After some failures (disk full, I/O) SQLite has rolled back by itself.
        if (db.isTransaction) db.exec('ROLLBACK');
        throw error;
      }
      changes.committed();
      return result;
    });
  }

  /** Only the newest can be current: a new one is opened only once the one before has stopped being so, for good. */
  function current(agent: string, digest: string): Approval | undefined {
    const approval = records.newest(agent, digest);
    return approval && isCurrent(approval, clock.now()) ? approval : undefined;
  }

  const countOpen = (agent?: string): number =>
    Number((agent === undefined ? sql.countOpen.get() : sql.countOpenOf.get(agent))?.['n']);

  function putBlob(id: string, kind: BlobKind, bytes: Uint8Array): void {
    sql.putBlob.run(id, kind, bytes);
    if (kind === 'receipt') sql.setReceipted.run(1, id);
  }

  function page({ status, agent }: ListQuery, below: number, limit: number): readonly Row[] {
    if (agent === undefined) {
      if (status === undefined) return sql.page.all(below, limit);
      return status === 'open' ? sql.pageOpen.all(below, limit) : sql.pageStatus.all(status, below, limit);
    }
    if (status === undefined) return sql.pageOf.all(agent, below, limit);
    return status === 'open'
      ? sql.pageOpenOf.all(agent, below, limit)
      : sql.pageStatusOf.all(agent, status, below, limit);
  }

  try {
    if (options.sealer) checkSeal(db, sql, file, options.sealer);
    records.reconsider();
  } catch (error) {
    db.close();
    throw asUnavailable(file, error);
  }

  return {
    now: () => step(() => clock.now()),

    open: async (event, call, limits) => {
      const done = await write<OpenOutcome>(() => {
        const known = current(event.agent, event.digest);
        records.setAside();
        if (known) return { outcome: 'joined', approval: known };
        const ofAgent = countOpen(event.agent);
        if (ofAgent >= limits.perAgent) return { outcome: 'too-many', limit: 'agent', open: ofAgent };
        const { held } = limits;
        if (held) {
          // Exact and without a counter: whether the last but `most` - 1 was opened within the time.
          const at = sql.nthNewestOf.get(event.agent, held.most - 1)?.['at'];
          const after = typeof at === 'number' ? at + held.per - clock.now() : 0;
          if (after > 0) return { outcome: 'too-many', limit: 'rate', after };
        }
        const total = countOpen();
        if (total >= limits.total) return { outcome: 'too-many', limit: 'total', open: total };
        const first = transition(records.read(event.id), event);
        if (!first.ok) throw new Error(`approval ${event.id}: ${first.refusal}`);
        const { approval } = first;
        records.add(event.id, [event]);
        sql.index.run({ ...project(approval) });
        putBlob(event.id, 'call', call);
        return { outcome: 'opened', approval };
      });
      if (done.outcome === 'opened') records.written(done.approval);
      return done;
    },

    append: async (id, version, events, more = {}) => {
      const done = await write<AppendOutcome>(() => {
        const before = records.read(id);
        if (before?.version !== version) return { outcome: 'conflict', approval: before };
        if (more.before !== undefined && clock.now() >= more.before) return { outcome: 'too-late', approval: before };
        let approval = before;
        for (const event of events) {
          const next = transition(approval, event);
          if (!next.ok) return { outcome: 'refused', refusal: next.refusal, approval: before };
          approval = next.approval;
        }
        records.add(id, events);
        sql.index.run({ ...project(approval) });
        for (const { kind, bytes } of more.blobs ?? []) putBlob(id, kind, bytes);
        return { outcome: 'appended', approval };
      });
      if (done.outcome === 'appended') records.written(done.approval);
      return done;
    },

    load: (id) => step(() => records.read(id)),
    events: (id) => step(() => records.events(id)),
    findCurrent: (agent, digest) => step(() => current(agent, digest)),

    list: (query) =>
      step(() => {
        const limit = Math.min(Math.max(1, Math.trunc(query.limit)), MAX_PAGE);
        const below = query.cursor === undefined ? Number.MAX_SAFE_INTEGER : Number.parseInt(query.cursor, 36);
        if (!Number.isSafeInteger(below)) return { items: [], next: undefined };
        const rows = page(query, below, limit + 1);
        const more = rows.length > limit;
        const shown = more ? rows.slice(0, limit) : rows;
        const { status, agent } = query;
        const items = records.confirm(
          shown,
          (approval) =>
            (agent === undefined || approval.opened.agent === agent) &&
            (status === undefined || (status === 'open' ? isOpen(approval.status) : approval.status === status)),
        );
        return { items, next: more ? Number(shown.at(-1)?.['n']).toString(36) : undefined };
      }),

    countOpen: (agent) => step(() => countOpen(agent)),

    due: (now, limit) =>
      step(() =>
        records.search(
          sql.due,
          [now],
          limit,
          ({ status, opened }) => (status === 'pending' || status === 'approved') && opened.expiresAt <= now,
        ),
      ),

    interrupted: (replica) =>
      step(() =>
        records.confirm(
          sql.claimedBy.all(replica),
          ({ status, claim }) => (status === 'claimed' || status === 'sending') && claim?.replica === replica,
        ),
      ),

    withoutReceipt: (limit) =>
      step(() =>
        records.search(
          sql.unreceipted,
          [],
          limit,
          ({ id, status }) => !isOpen(status) && sql.blob.get(id, 'receipt') === undefined,
        ),
      ),

    orphaned: (limit) =>
      step(() =>
        records.search(
          sql.orphaned,
          [clock.now()],
          limit,
          ({ status, claim }) =>
            (status === 'claimed' || status === 'sending') && claim !== undefined && !leases.lives(claim.replica),
        ),
      ),

    lease: (name, holder, ttl) => step(() => leases.take(name, holder, ttl)),

    putBlob: (id, kind, bytes) =>
      write(() => {
        const approval = records.read(id);
        if (!approval) throw new Error(`approval ${id}: unknown`);
        sql.index.run({ ...project(approval) });
        putBlob(id, kind, bytes);
      }),

    blob: (id, kind) =>
      step(() => {
        const bytes = sql.blob.get(id, kind)?.['bytes'];
        return bytes instanceof Uint8Array ? bytes : undefined;
      }),

    dropBlob: (id, kind) =>
      write(() => {
        sql.dropBlob.run(id, kind);
        if (kind === 'receipt') sql.setReceipted.run(0, id);
      }),

    async prune(now) {
      let dropped = 0;
      for (;;) {
        const batch = await write(() => {
          const rows = sql.droppable.all(now, PRUNE_BATCH);
          for (const row of rows) sql.setDropped.run(String(row['id']));
          for (const { id } of records.confirm(rows, (approval) => (droppableFrom(approval) ?? Infinity) <= now)) {
            for (const kind of ['call', 'response']) dropped += Number(sql.dropBlob.run(id, kind).changes);
          }
          return rows.length;
        });
        if (batch < PRUNE_BATCH) return dropped;
      }
    },

    subscribe: (listener) => changes.subscribe(listener),

    // A write that is really made, larger than any step that holds a call: anything less would not notice a full disk.
    health: () =>
      write(() => {
        sql.putFact.run('health', new Uint8Array(PROBE_BYTES));
      }),

    async close() {
      if (closed) return;
      closed = true;
      changes.close();
      db.close();
    },
  };
}
