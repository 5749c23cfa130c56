// Sees to it that somebody looks at an approval that changed: at its own message, or at the one that it shares with similar ones.
import { type Approval, isOpen } from '../../core/approval/state.ts';
import type { SharedRecord, SharedRecords } from '../../ports/shared-records.ts';
import type { GateDeps } from '../deps.ts';
import { createGathering } from './gathering.ts';
import { KEPT, NOTICE, type Notice, readNotice, writeNotice } from './notice.ts';
import type { ShownDeps } from './shown.ts';
import { createTurns } from './turns.ts';

export interface ToucherDeps extends Pick<GateDeps, 'store'>, ShownDeps {
  readonly records: SharedRecords;
}

/** Lost races before it is left to the next look. */
const TRIES = 8;

/** Its message is due now, or right after whoever works on it. Rejects with StoreUnavailable. */
export function createToucher(deps: ToucherDeps): (approval: Approval) => Promise<void> {
  const { records } = deps;
  const turns = createTurns();
  const gathering = createGathering({ ...deps, turns });

  /** `member` is added to it. False where others were always faster. */
  async function due(id: string, stands: SharedRecord | undefined, member: string | undefined): Promise<boolean> {
    let known = stands;
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const now = await records.now();
      const notice: Notice = known ? readNotice(known.value) : { touched: 0, places: {} };
      const busy = notice.lease !== undefined && notice.lease.until > now;
      const value = writeNotice({ ...withMember(notice, member), touched: notice.touched + 1 });
      const terms = { dueAt: busy ? known?.dueAt : now, keepFor: KEPT };
      const put = await records.put(NOTICE, id, known?.version ?? 0, value, terms);
      if (put.outcome === 'written') return true;
      known = put.record;
    }
    return false;
  }

  const touch = async (approval: Approval): Promise<void> => {
    const { id } = approval;
    const own = await records.get(NOTICE, id);
    // Nobody is asked about what was granted; whoever was asked all the same is told.
    if (!own && (!isOpen(approval.status) || approval.granted)) return;
    const lead = own ? (readNotice(own.value).lead ?? id) : await gathering.leadOf(approval);
    if (lead === id) return void (await due(id, own, undefined));
    // The message first: a replica that dies in between leaves an approval that is looked for again, not one that nobody shows.
    const taken = await turns(`message ${lead}`, async () => due(lead, await records.get(NOTICE, lead), id));
    if (own) return;
    const pointer = writeNotice({ touched: 0, places: {}, ...(taken && { lead }) });
    const now = await records.now();
    // Nobody writes it again: it is kept for as long as somebody may look for what is shown nowhere.
    const keepFor = Math.max(0, approval.opened.expiresAt - now) + KEPT;
    await records.put(NOTICE, id, 0, pointer, { dueAt: taken ? undefined : now, keepFor });
  };
  return (approval) => turns(`approval ${approval.id}`, () => touch(approval));
}

function withMember(notice: Notice, member: string | undefined): Notice {
  const { members = [] } = notice;
  return member === undefined || members.includes(member) ? notice : { ...notice, members: [...members, member] };
}
