// What time does to an approval that nobody decides, on the store's clock. The approval's own log keeps it to once, over all replicas.
import type { ApprovalEvent } from '../../core/approval/events.ts';
import { dueEscalations } from '../../core/approval/quorum.ts';
import type { Approval } from '../../core/approval/state.ts';
import type { GateDeps } from '../deps.ts';
import { append, approvalEntry } from '../record.ts';
import type { Pace } from './pace.ts';

/** Lost races before it is left to the next look. */
const TRIES = 4;

/** Records what is due, and resolves to the approval as it stands then. Rejects with StoreUnavailable. */
export async function remind(
  deps: Pick<GateDeps, 'store' | 'bus' | 'audit'> & { readonly pace?: Pick<Pace, 'nudgeAt'> | undefined },
  approval: Approval,
  now: number,
): Promise<Approval> {
  let current = approval;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const [event] = due(current, now, deps.pace);
    if (!event) return current;
    const done = await append(deps, current, [event], { before: current.opened.expiresAt });
    if (done.outcome === 'appended') {
      const more = event.type === 'escalated' ? { rules: event.rules } : {};
      deps.audit.routine(approvalEntry(done.approval, event, more));
    }
    if (done.outcome === 'too-late' || done.outcome === 'refused' || !done.approval) return done.approval ?? current;
    current = done.approval;
  }
  return current;
}

function due(approval: Approval, now: number, pace: Pick<Pace, 'nudgeAt'> | undefined): ApprovalEvent[] {
  if (approval.status !== 'pending' || now >= approval.opened.expiresAt) return [];
  const { opened, nudgedAt } = approval;
  const rules = dueEscalations(approval, now);
  const { nudge } = opened.terms;
  const events: ApprovalEvent[] = [];
  if (rules.length > 0) events.push({ type: 'escalated', at: now, rules });
  if (nudge !== undefined && nudgedAt === undefined && now >= (pace?.nudgeAt(approval, now) ?? opened.at + nudge))
    events.push({ type: 'nudged', at: now });
  return events;
}
