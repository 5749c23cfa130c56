// After a crash: what this replica had claimed is either certainly not sent or for a human to judge. Never APPROVED again.
import type { GateDeps } from './deps.ts';
import { settle } from './record.ts';

/** Settles what the previous life of this replica left in CLAIMED or SENDING. Returns the ids of indeterminate ones. */
export async function recover(deps: GateDeps): Promise<readonly string[]> {
  const unknown: string[] = [];
  for (const approval of await deps.store.interrupted(deps.replica)) {
    const at = await deps.store.now();
    const token = approval.claim?.token ?? '';
    if (approval.status === 'claimed') {
      await settle(deps, approval, { type: 'void', at, why: 'the gate stopped before anything was sent' });
    } else {
      const detail = 'the gate stopped while the call was being sent; what the upstream did is unknown';
      await settle(deps, approval, { type: 'result', at, token, outcome: 'indeterminate', detail });
      unknown.push(approval.id);
    }
  }
  return unknown;
}
