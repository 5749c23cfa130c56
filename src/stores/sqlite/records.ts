// Approvals as the fold of their events, and what becomes of those whose events are not what was written.
// INVARIANT: a damaged record is never returned: it cannot be joined, voted on or run, and it keeps no others waiting.
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import type { ApprovalEvent } from '../../core/approval/events.ts';
import type { Approval } from '../../core/approval/state.ts';
import { fold } from '../../core/approval/transition.ts';
import { RecordDamaged, RecordUnreadable, StoreUnavailable } from '../../ports/approval-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventSeal } from '../event-seal.ts';
import { createSeenVersions } from '../seen-versions.ts';
import { project } from './projection.ts';
import type { Statements } from './statements.ts';
import { asUnavailable } from './unavailable.ts';

export type Row = Readonly<Record<string, unknown>>;
export type Keep = (approval: Approval) => boolean;

type Hear = (id: string, finding: string) => void;

export interface Records {
  /** Undefined where there are no events. Throws RecordDamaged, RecordUnreadable. */
  read(id: string): Approval | undefined;
  events(id: string): readonly ApprovalEvent[];
  /** The newest sound approval of this agent's call. */
  newest(agent: string, digest: string): Approval | undefined;
  /** Adds events behind those that are there. */
  add(id: string, events: readonly ApprovalEvent[]): void;
  /** Remembers how far an approval has come, once that is on disk. */
  written(approval: Approval): void;
  /** Folds candidates that the index named; keeps those of which the events say the same. */
  confirm(rows: readonly Row[], keep: Keep): Approval[];
  /** Up to `limit` confirmed approvals; candidates that are not confirmed never hide those behind them. */
  search(statement: StatementSync, from: readonly SQLInputValue[], limit: number, keep: Keep): Approval[];
  /** Takes what was found damaged out of the index: it must not fill anybody's cap, nor come up at every look. Until that was
   *  done outside of a transaction, which may yet be rolled back, it is done again. */
  setAside(): void;
  /** Looks again at what an earlier life had set aside: it may have been restored since. */
  reconsider(): void;
}

const SEARCH_BATCH = 100;
/** Findings that are remembered, so that each is told once. */
const TOLD = 10_000;

/** Of each finding is told once, never from inside a transaction. */
export function createRecords(
  sql: Statements,
  {
    file,
    clock,
    seal,
    onDamaged,
    onUnreadable,
    inTransaction,
  }: {
    readonly file: string;
    readonly clock: Pick<Clock, 'now'>;
    readonly seal: EventSeal | undefined;
    readonly onDamaged: Hear | undefined;
    readonly onUnreadable: Hear | undefined;
    readonly inTransaction: () => boolean;
  },
): Records {
  const seen = createSeenVersions();
  const told = new Set<string>();
  /** Damaged approvals that are still in the index. */
  const aside = new Set<string>();

  function readBodies(id: string): string[] {
    const rows = sql.events.all(id);
    const bodies = rows.map((row, index) => {
      if (row['seq'] !== index + 1) throw new Error(`event ${index + 1} is missing`);
      return String(row['body']);
    });
    if (seal && bodies.length > 0) seal.check(id, bodies, rows.at(-1)?.['seal']);
    return bodies;
  }

  const parse = (bodies: readonly string[]): ApprovalEvent[] => bodies.map((body) => JSON.parse(body) as ApprovalEvent);

  /** False where it was told before. */
  function tell(id: string, finding: string, whom: Hear | undefined): boolean {
    const what = `${id}\n${finding}`;
    if (told.has(what)) return false;
    if (told.size >= TOLD) told.clear();
    told.add(what);
    // A listener may well use the store.
    queueMicrotask(() => whom?.(id, finding));
    return true;
  }

  function damaged(id: string, finding: string): RecordDamaged {
    if (tell(id, finding, onDamaged)) aside.add(id);
    return new RecordDamaged(`${file}: approval ${id} is damaged or was edited: ${finding}`);
  }

  function read(id: string): Approval | undefined {
    let finding: string | undefined;
    try {
      const events = parse(readBodies(id));
      const approval = events.length === 0 ? undefined : fold(events);
      if (approval && approval.id !== id) throw new Error(`its events are those of ${approval.id}`);
      finding = seen.look(id, approval, clock.now());
      if (finding === undefined) return approval;
    } catch (error) {
      const translated = asUnavailable(file, error);
      if (translated instanceof RecordUnreadable) tell(id, translated.message, onUnreadable);
      if (translated instanceof StoreUnavailable) throw translated;
      finding = error instanceof Error ? error.message : String(error);
    }
    throw damaged(id, finding);
  }

  /** For looks at many: a damaged one is left out, and one that the index names must have events. One that cannot be read for
   *  now hides no others, but a repeat of its call may join it: that has to wait. */
  function sound(id: string, indexed: boolean): Approval | undefined {
    try {
      const approval = read(id);
      if (!approval && indexed) damaged(id, 'its events are gone');
      return approval;
    } catch (error) {
      if (error instanceof RecordDamaged || (indexed && error instanceof RecordUnreadable)) return undefined;
      throw error;
    }
  }

  function confirm(rows: readonly Row[], keep: Keep): Approval[] {
    return rows.flatMap((row) => {
      const approval = sound(String(row['id']), true);
      return approval && keep(approval) ? [approval] : [];
    });
  }

  return {
    read,
    confirm,
    events: (id) => (read(id) ? parse(readBodies(id)) : []),
    newest(agent, digest) {
      for (const row of sql.openedBy.iterate(agent, digest)) {
        const approval = sound(String(row['approval']), false);
        if (approval) return approval;
      }
      return undefined;
    },
    add(id, events) {
      const bodies = readBodies(id);
      for (const event of events) {
        bodies.push(JSON.stringify(event));
        sql.addEvent.run(id, bodies.length, event.type, bodies.at(-1) ?? '', seal?.seal(id, bodies) ?? null);
      }
    },
    written: (approval) => void seen.look(approval.id, approval, clock.now()),
    search(statement, from, limit, keep) {
      const found: Approval[] = [];
      for (let offset = 0; found.length < limit; offset += SEARCH_BATCH) {
        const rows = statement.all(...from, SEARCH_BATCH, offset);
        found.push(...confirm(rows, keep));
        if (rows.length < SEARCH_BATCH) break;
      }
      return found.slice(0, limit);
    },
    setAside() {
      for (const id of aside) {
        sql.setAside.run(id);
        if (!inTransaction()) aside.delete(id);
      }
    },
    reconsider() {
      for (const row of sql.setAsideOnes.all()) {
        const approval = sound(String(row['id']), true);
        if (approval) sql.index.run({ ...project(approval) });
      }
    },
  };
}
