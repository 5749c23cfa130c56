// After a replica died: what it had claimed is either certainly not sent or for a human to judge. Never APPROVED again.
import type { Approval } from '../core/approval/state.ts';
import type { GateDeps } from './deps.ts';
import { settle } from './record.ts';

interface Words {
  readonly claimed: string;
  readonly sending: string;
}

const OWN: Words = {
  claimed: 'the gate stopped before anything was sent',
  sending: 'the gate stopped while the call was being sent; what the upstream did is unknown',
};
const LEFT: Words = {
  claimed: 'the store took the claim too late to be heard of; nothing was sent',
  sending: 'the store took the intent too late to be heard of; a person must look whether anything was sent',
};
const OF_ANOTHER: Words = {
  claimed: 'the replica that had claimed it is gone before anything was sent',
  sending: 'the replica that was sending the call stopped; what the upstream did is unknown, a person must look',
};

/** Whoever is faster settles it: the append decides, also if the replica lives after all. */
async function settleInterrupted(deps: GateDeps, approval: Approval, words: Words): Promise<void> {
  const at = await deps.store.now();
  if (approval.status === 'claimed') {
    await settle(deps, approval, { type: 'void', at, why: words.claimed });
  } else {
    const token = approval.claim?.token ?? '';
    await settle(deps, approval, { type: 'result', at, token, outcome: 'indeterminate', detail: words.sending });
  }
}

/** Settles what the previous life of this replica left in CLAIMED or SENDING. Returns the ids of indeterminate ones. */
export async function recover(deps: GateDeps): Promise<readonly string[]> {
  const interrupted = await deps.store.interrupted(deps.replica);
  for (const approval of interrupted) await settleInterrupted(deps, approval, OWN);
  return interrupted.filter(({ status }) => status === 'sending').map(({ id }) => id);
}

/** Settles what a living replica has claimed by the store's account and does not run: a request that arrived after it was given up.
 *  Seen in two looks, so that nothing is judged that has just begun or ended. Returns what this look saw. */
export async function settleLeft(
  deps: GateDeps,
  runs: (approvalId: string) => boolean,
  seen: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const left = (await deps.store.interrupted(deps.replica)).filter(({ id }) => !runs(id));
  for (const approval of left) if (seen.has(approval.id)) await settleInterrupted(deps, approval, LEFT);
  return new Set(left.map(({ id }) => id));
}

/** Settles what a replica without a lease had claimed. */
export function settleOrphan(deps: GateDeps, approval: Approval): Promise<void> {
  return settleInterrupted(deps, approval, OF_ANOTHER);
}
