// Which message an approval stands in: its own, or that of a similar one that came shortly before. INVARIANT: over all replicas an approval is
// taken into one message; whatever fails on the way leaves it with a message of its own.
import type { Approval } from '../../core/approval/state.ts';
import { MOST_SIMILAR, SIMILAR_WITHIN, similarityKey } from '../../core/similar/similarity.ts';
import { templateOf } from '../../core/similar/template.ts';
import { RecordDamaged, RecordUnreadable } from '../../ports/approval-store.ts';
import type { SharedRecords } from '../../ports/shared-records.ts';
import type { GateDeps } from '../deps.ts';
import { within } from '../within.ts';
import { NOTICE, readNotice } from './notice.ts';
import { READ_WITHIN, type ShownDeps } from './shown.ts';
import type { Turns } from './turns.ts';

export interface GatheringDeps extends Pick<GateDeps, 'store'>, ShownDeps {
  readonly records: Pick<SharedRecords, 'get' | 'put'>;
  /** A burst that one process holds comes one after the other, so that it does not race itself. */
  readonly turns: Turns;
}

export interface Gathering {
  /** The approval whose message this one stands in; its own id where it is the first of its kind. Rejects with StoreUnavailable. */
  leadOf(approval: Approval): Promise<string>;
}

/** The newest message for calls of one kind. */
interface Gathered {
  readonly lead: string;
  /** Epoch ms when that was opened. */
  readonly at: number;
  readonly members: readonly string[];
}

const KIND = 'similar';
/** Nobody joins later than this; ms. */
const KEPT = 2 * SIMILAR_WITHIN;
/** Lost races before an approval gets a message of its own. */
const TRIES = 20;

export function createGathering({ store, records, clock, call, turns }: GatheringDeps): Gathering {
  async function joinable({ lead, at, members }: Gathered, { opened }: Approval): Promise<boolean> {
    if (members.length >= MOST_SIMILAR || Math.abs(opened.at - at) >= SIMILAR_WITHIN) return false;
    const first = await store.load(lead).catch((error: unknown) => {
      if (error instanceof RecordDamaged || error instanceof RecordUnreadable) return undefined;
      throw error;
    });
    // A message that somebody has voted on is no longer added to.
    if (first?.status !== 'pending' || first.votes.length > 0) return false;
    const notice = await records.get(NOTICE, lead);
    // Nor one that was taken away from its place: nobody would see who joins.
    const places = notice ? Object.values(readNotice(notice.value).places) : [];
    return !places.some(({ ref, over }) => ref !== undefined && over === true);
  }

  async function join(key: string, approval: Approval): Promise<string> {
    const { id, opened } = approval;
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const known = await records.get(KIND, key);
      const gathered = known && (JSON.parse(known.value) as Gathered);
      if (gathered?.members.includes(id)) return gathered.lead;
      const joins = gathered !== undefined && (await joinable(gathered, approval));
      const next: Gathered = joins
        ? { ...gathered, members: [...gathered.members, id] }
        : { lead: id, at: opened.at, members: [id] };
      const put = await records.put(KIND, key, known?.version ?? 0, JSON.stringify(next), { keepFor: KEPT });
      if (put.outcome === 'written') return next.lead;
    }
    return id;
  }

  return {
    async leadOf(approval) {
      if (approval.status !== 'pending') return approval.id;
      // What cannot be read is like nothing else.
      const held = await within(clock, READ_WITHIN, call(approval.id)).catch(() => undefined);
      const key = held && similarityKey(approval, templateOf(held));
      return key === undefined ? approval.id : turns(key, () => join(key, approval));
    },
  };
}
