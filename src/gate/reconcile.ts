// The audit log was written before every effect, and no store can take that back: an approval that the log shows as sent or denied
// never runs (again), whatever the store says of it. What the store says else comes from one that was rolled back.
import type { Approval } from '../core/approval/state.ts';
import type { GateDeps } from './deps.ts';
import { everyApproval } from './every-approval.ts';
import type { Grants } from './grants/grants.ts';
import { settle } from './record.ts';

/** How far back the log is read whatever the store says, ms: whoever can roll it back can hide its oldest approvals too. */
const LOOK_BACK = 86_400_000;
/** Approvals that are remembered; the oldest go first. */
const MOST = 100_000;

export type Ending = 'sent' | 'denied';

/** What this replica knows to be sent or denied, by its own record. */
export interface Endings {
  add(approvalId: string, how: Ending): void;
  of(approvalId: string): Ending | undefined;
}

export function createEndings(): Endings {
  const known = new Map<string, Ending>();
  return {
    add(id, how) {
      known.set(id, how);
      if (known.size <= MOST) return;
      for (const oldest of known.keys()) {
        known.delete(oldest);
        break;
      }
    },
    of: (id) => known.get(id),
  };
}

/** Reads the log back at start, before anything runs, and cancels what it contradicts; returns the ids. Rejects if the store or
 *  the log cannot be read. */
export async function reconcile(
  deps: GateDeps,
  endings: Endings,
  grants: Pick<Grants, 'reconcile'>,
): Promise<readonly string[]> {
  const open = [...(await everyApproval(deps, 'pending')), ...(await everyApproval(deps, 'approved'))];
  const recently = (await deps.store.now()) - LOOK_BACK;
  const logged = await deps.logged(Math.min(recently, ...open.map(({ opened }) => opened.at)));
  await grants.reconcile(logged);
  for (const [id, { sent, denied }] of logged) if (sent || denied) endings.add(id, sent ? 'sent' : 'denied');
  const cancelled: string[] = [];
  for (const approval of open) if (await ruledOut(deps, endings, approval)) cancelled.push(approval.id);
  return cancelled;
}

/** Ends an approval that this replica knows to be over although the store calls it open. False if there is nothing against it. */
export async function ruledOut(deps: GateDeps, endings: Endings, approval: Approval): Promise<boolean> {
  const how = endings.of(approval.id);
  if (how === undefined) return false;
  const why = `the audit log shows that it was ${how}, the store does not: the store was rolled back`;
  const stands = await settle(deps, approval, { type: 'cancelled', at: await deps.store.now(), why });
  // A denial that came between the look at the approval and this one is in the store too: nothing was rolled back.
  if (stands.why !== why) return true;
  deps.bus.emit('store:failed', { operation: 'reconcile', error: `approval ${approval.id}: ${why}` });
  return true;
}
