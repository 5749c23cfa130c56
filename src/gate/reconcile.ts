// At start, before anything runs: an approval that the store calls open although the log says that it was sent or denied comes
// from a store that was rolled back. It never runs (again); a person looks.
import type { GateDeps } from './deps.ts';
import { everyApproval } from './every-approval.ts';
import { settle } from './record.ts';

/** Cancels what the log contradicts; returns the ids. Rejects if the store or the log cannot be read. */
export async function reconcile(deps: GateDeps): Promise<readonly string[]> {
  const open = [...(await everyApproval(deps, 'pending')), ...(await everyApproval(deps, 'approved'))];
  const since = Math.min(...open.map(({ opened }) => opened.at));
  const logged = await deps.logged(new Set(open.map(({ id }) => id)), since);
  const cancelled: string[] = [];
  for (const approval of open) {
    const known = logged.get(approval.id);
    if (!known?.sent && !known?.denied) continue;
    const what = known.sent ? 'sent' : 'denied';
    const why = `the audit log shows that it was ${what}, the store does not: the store was rolled back`;
    await settle(deps, approval, { type: 'cancelled', at: await deps.store.now(), why });
    deps.bus.emit('store:failed', { operation: 'reconcile', error: `approval ${approval.id}: ${why}` });
    cancelled.push(approval.id);
  }
  return cancelled;
}
