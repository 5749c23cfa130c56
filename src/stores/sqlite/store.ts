// ApprovalStore on one SQLite file, shared by any number of processes of one machine.
// INVARIANTS: whatever decides is folded from `events` inside the transaction that acts on it; every write is one
// BEGIN IMMEDIATE transaction that is on disk (synchronous=FULL) before its promise resolves.
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import type { ApprovalEvent } from '../../core/approval/events.ts';
import { droppableFrom, isCurrent } from '../../core/approval/current.ts';
import { type Approval, isOpen } from '../../core/approval/state.ts';
import { fold, transition } from '../../core/approval/transition.ts';
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
import { createSeenVersions } from '../seen-versions.ts';
import { createChanges } from './changes.ts';
import { openDatabase } from './database.ts';
import { createLeases } from './leases.ts';
import { project } from './projection.ts';
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
  /** Told of an approval whose events do not fold; lists leave it out. Called with the id and what is wrong. */
  readonly onCorrupt?: (id: string, finding: string) => void;
}

export interface SqliteStore extends ApprovalStore {
  prune(now: number): Promise<number>;
}

type Row = Readonly<Record<string, unknown>>;
type Keep = (approval: Approval) => boolean;

const PRUNE_BATCH = 200;
const SEARCH_BATCH = 100;
const MAX_PAGE = 200;
const PROBE_BYTES = 32_768;

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
  const seal = options.sealer && createEventSeal(options.sealer);
  const seen = createSeenVersions();
  const leases = createLeases(db, sql, clock);
  let closed = false;

  function readBodies(id: string): string[] {
    const rows = sql.events.all(id);
    const bodies = rows.map((row, index) => {
      if (row['seq'] !== index + 1) throw new Error(`event ${index + 1} is missing`);
      return String(row['body']);
    });
    if (seal && bodies.length > 0) seal.check(id, bodies, rows.at(-1)?.['seal']);
    return bodies;
  }

  const readEvents = (id: string): ApprovalEvent[] => readBodies(id).map((body) => JSON.parse(body) as ApprovalEvent);

  /** The folded approval, or what is wrong with its events. */
  function examine(id: string): { readonly approval: Approval | undefined } | { readonly finding: string } {
    let finding: string;
    try {
      const events = readEvents(id);
      const approval = events.length === 0 ? undefined : fold(events);
      if (approval && approval.id !== id) throw new Error(`its events are those of ${approval.id}`);
      const lost = seen.look(id, approval, clock.now());
      if (lost === undefined) return { approval };
      finding = lost;
    } catch (error) {
      const translated = asUnavailable(file, error);
      if (translated instanceof StoreUnavailable) throw translated;
      finding = error instanceof Error ? error.message : String(error);
    }
    options.onCorrupt?.(id, finding);
    return { finding };
  }

  function read(id: string): Approval | undefined {
    const found = examine(id);
    if ('approval' in found) return found.approval;
    throw new StoreUnavailable(`${file}: approval ${id} is damaged or was edited: ${found.finding}`);
  }

  /** Folds candidates that the index named; keeps those of which the events say the same. */
  function confirm(rows: readonly Row[], keep: Keep): Approval[] {
    return rows.flatMap((row) => {
      const found = examine(String(row['id']));
      return 'approval' in found && found.approval && keep(found.approval) ? [found.approval] : [];
    });
  }

  /** Up to `limit` confirmed approvals; candidates that are not confirmed never hide those behind them. */
  function search(statement: StatementSync, from: readonly SQLInputValue[], limit: number, keep: Keep): Approval[] {
    const found: Approval[] = [];
    for (let offset = 0; found.length < limit; offset += SEARCH_BATCH) {
      const rows = statement.all(...from, SEARCH_BATCH, offset);
      found.push(...confirm(rows, keep));
      if (rows.length < SEARCH_BATCH) break;
    }
    return found.slice(0, limit);
  }

  /** Runs one step; whatever SQLite throws leaves as StoreUnavailable. */
  async function step<T>(work: () => T): Promise<T> {
    if (closed) throw new StoreUnavailable(`${file}: the store is closed`);
    try {
      return work();
    } catch (error) {
      throw asUnavailable(file, error);
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

  function newest(agent: string, digest: string): Approval | undefined {
    // Only the newest can be current: a new one is opened only once the one before has stopped being so, for good.
    const row = sql.newestOf.get(agent, digest);
    const approval = row && read(String(row['approval']));
    return approval && isCurrent(approval, clock.now()) ? approval : undefined;
  }

  const countOpen = (agent?: string): number =>
    Number((agent === undefined ? sql.countOpen.get() : sql.countOpenOf.get(agent))?.['n']);

  /** Adds events behind those that are there. */
  function addEvents(id: string, events: readonly ApprovalEvent[]): void {
    const bodies = readBodies(id);
    for (const event of events) {
      bodies.push(JSON.stringify(event));
      sql.addEvent.run(id, bodies.length, event.type, bodies.at(-1) ?? '', seal?.seal(id, bodies) ?? null);
    }
  }

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
  } catch (error) {
    db.close();
    throw asUnavailable(file, error);
  }

  return {
    now: () => step(() => clock.now()),

    open: async (event, call, limits) => {
      const done = await write<OpenOutcome>(() => {
        const current = newest(event.agent, event.digest);
        if (current) return { outcome: 'joined', approval: current };
        const ofAgent = countOpen(event.agent);
        if (ofAgent >= limits.perAgent) return { outcome: 'too-many', limit: 'agent', open: ofAgent };
        const total = countOpen();
        if (total >= limits.total) return { outcome: 'too-many', limit: 'total', open: total };
        const first = transition(read(event.id), event);
        if (!first.ok) throw new Error(`approval ${event.id}: ${first.refusal}`);
        const { approval } = first;
        addEvents(event.id, [event]);
        sql.index.run({ ...project(approval) });
        putBlob(event.id, 'call', call);
        return { outcome: 'opened', approval };
      });
      if (done.outcome === 'opened') seen.look(event.id, done.approval, clock.now());
      return done;
    },

    append: async (id, version, events, more = {}) => {
      const done = await write<AppendOutcome>(() => {
        const before = read(id);
        if (before?.version !== version) return { outcome: 'conflict', approval: before };
        if (more.before !== undefined && clock.now() >= more.before) return { outcome: 'too-late', approval: before };
        let approval = before;
        for (const event of events) {
          const next = transition(approval, event);
          if (!next.ok) return { outcome: 'refused', refusal: next.refusal, approval: before };
          approval = next.approval;
        }
        addEvents(id, events);
        sql.index.run({ ...project(approval) });
        if (more.blob) putBlob(id, more.blob.kind, more.blob.bytes);
        return { outcome: 'appended', approval };
      });
      if (done.outcome === 'appended') seen.look(id, done.approval, clock.now());
      return done;
    },

    load: (id) => step(() => read(id)),
    events: (id) => step(() => (read(id) ? readEvents(id) : [])),
    findCurrent: (agent, digest) => step(() => newest(agent, digest)),

    list: (query) =>
      step(() => {
        const limit = Math.min(Math.max(1, Math.trunc(query.limit)), MAX_PAGE);
        const below = query.cursor === undefined ? Number.MAX_SAFE_INTEGER : Number.parseInt(query.cursor, 36);
        if (!Number.isSafeInteger(below)) return { items: [], next: undefined };
        const rows = page(query, below, limit + 1);
        const more = rows.length > limit;
        const shown = more ? rows.slice(0, limit) : rows;
        const { status, agent } = query;
        const items = confirm(
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
        search(
          sql.due,
          [now],
          limit,
          ({ status, opened }) => (status === 'pending' || status === 'approved') && opened.expiresAt <= now,
        ),
      ),

    interrupted: (replica) =>
      step(() =>
        confirm(
          sql.claimedBy.all(replica),
          ({ status, claim }) => (status === 'claimed' || status === 'sending') && claim?.replica === replica,
        ),
      ),

    withoutReceipt: (limit) =>
      step(() =>
        search(
          sql.unreceipted,
          [],
          limit,
          ({ id, status }) => !isOpen(status) && sql.blob.get(id, 'receipt') === undefined,
        ),
      ),

    orphaned: (limit) =>
      step(() =>
        search(
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
        const approval = read(id);
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
          for (const { id } of confirm(rows, (approval) => (droppableFrom(approval) ?? Infinity) <= now)) {
            for (const kind of ['call', 'response']) dropped += Number(sql.dropBlob.run(id, kind).changes);
          }
          return rows.length;
        });
        if (batch < PRUNE_BATCH) return dropped;
      }
    },

    subscribe: (listener) => changes.subscribe(listener),

    // A write that is really made, as large as a typical held call: anything less would not notice a full disk.
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
