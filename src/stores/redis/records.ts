// The events of one approval as they lie in Redis: each entry is its seal and its JSON. INVARIANT: nothing of an approval is
// believed before the seal over all its events was checked; what Redis says besides is only where to look.
import { hash } from 'node:crypto';
import type { ApprovalEvent } from '../../core/approval/events.ts';
import type { Approval } from '../../core/approval/state.ts';
import { fold } from '../../core/approval/transition.ts';
import { RecordDamaged, RecordUnreadable, StoreUnavailable } from '../../ports/approval-store.ts';
import type { Sealer } from '../../ports/sealer.ts';
import { createEventSeal } from '../event-seal.ts';
import type { SeenVersions } from '../seen-versions.ts';

/** An approval with the text it was folded from. */
export interface StoredApproval {
  readonly approval: Approval;
  readonly entries: readonly string[];
  readonly bodies: readonly string[];
  /** SHA-1 of all entries, as the scripts compute it: what they compare the store with. */
  readonly sha1: string;
}

export interface Records {
  /** Undefined where there are no entries and none were ever seen. `asked`: the version that was known when they were asked for
   *  (another connection may have told of later ones since). Throws RecordDamaged, RecordUnreadable. */
  read(id: string, entries: readonly string[], asked: number): StoredApproval | undefined;
  /** The latest version that was heard of; 0 for none. */
  heard(id: string): number;
  /** Tells of an approval that ought to be there and has no events. */
  gone(id: string): void;
  /** Entries that come behind `bodies`. */
  write(id: string, bodies: readonly string[], events: readonly ApprovalEvent[]): readonly string[];
}

export interface RecordsOptions {
  /** Without one nothing is sealed: for tests of everything else. */
  readonly sealer: Sealer | undefined;
  readonly seen: SeenVersions;
  /** Epoch ms of the store, as far as it is known. */
  readonly now: () => number;
  /** Hears of each finding once. `cut`: the record as it stands, where all of it was written by a gate but is not all that was. */
  readonly onDamaged: (id: string, finding: string, cut: StoredApproval | undefined) => void;
  /** Hears of each approval that cannot be read for now, once. */
  readonly onUnreadable: (id: string, why: string) => void;
}

/** What stands for a seal where there is none: no two entries are ever the same text. */
let unsealed = 0;
/** Findings that are remembered, so that each is told once. */
const TOLD = 10_000;

export const entriesSha1 = (entries: readonly string[]): string => hash('sha1', entries.join('\n'));

export function createRecords({ sealer, seen, now, onDamaged, onUnreadable }: RecordsOptions): Records {
  const seal = sealer && createEventSeal(sealer);
  const told = new Set<string>();
  /** Approvals whose record was found cut. */
  const ended = new Set<string>();

  function once(id: string, finding: string, tell: (id: string, finding: string) => void): void {
    const what = `${id}\n${finding}`;
    if (told.has(what)) return;
    if (told.size >= TOLD) told.clear();
    told.add(what);
    tell(id, finding);
  }

  function damaged(id: string, finding: string, cut?: StoredApproval): RecordDamaged {
    // What is found of a record that was ended for it follows from that.
    if (!ended.has(id)) once(id, finding, () => onDamaged(id, finding, cut));
    if (cut && ended.size < TOLD) ended.add(id);
    return new RecordDamaged(`approval ${id} is damaged or was edited: ${finding}`);
  }

  function verified(id: string, entries: readonly string[]): StoredApproval {
    const split = entries.map((entry) => entry.indexOf(' '));
    const bodies = entries.map((entry, n) => entry.slice((split[n] ?? -1) + 1));
    const last = entries.at(-1)?.slice(0, Math.max(0, split.at(-1) ?? 0)) ?? '';
    if (seal) seal.check(id, bodies, Buffer.from(last, 'base64url'));
    const approval = fold(bodies.map((body) => JSON.parse(body) as ApprovalEvent));
    if (approval.id !== id) throw new Error(`its events are those of ${approval.id}`);
    return { approval, entries, bodies, sha1: entriesSha1(entries) };
  }

  return {
    read(id, entries, asked) {
      let record: StoredApproval | undefined;
      try {
        record = entries.length === 0 ? undefined : verified(id, entries);
      } catch (error) {
        if (error instanceof RecordUnreadable) once(id, error.message, onUnreadable);
        if (error instanceof StoreUnavailable) throw error;
        throw damaged(id, error instanceof Error ? error.message : String(error));
      }
      const digest = (events: number): string => entriesSha1(entries.slice(0, events));
      const lost = seen.look(id, record?.approval, now(), asked, digest);
      if (lost === undefined) return record;
      throw damaged(id, lost, record);
    },
    heard: (id) => seen.version(id),
    gone: (id) => void damaged(id, 'its events are gone'),
    write(id, bodies, events) {
      const all = [...bodies];
      return events.map((event) => {
        const body = JSON.stringify(event);
        all.push(body);
        return `${seal ? Buffer.from(seal.seal(id, all)).toString('base64url') : `-${++unsealed}`} ${body}`;
      });
    },
  };
}
