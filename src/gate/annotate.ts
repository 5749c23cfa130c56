// A human says what an indeterminate send did. It changes nothing but the record: I13, it never runs again.
import { humanId } from '../core/principal.ts';
import { RecordDamaged } from '../ports/approval-store.ts';
import type { ApprovalGate, VoteOutcome } from './api.ts';
import type { GateDeps } from './deps.ts';
import { append, approvalEntry } from './record.ts';
import { DAMAGED_TEXT } from './refusal-text.ts';

/** Never rejects: what could not be made durable is `not-recorded`. */
export async function annotate(deps: GateDeps, input: Parameters<ApprovalGate['annotate']>[0]): Promise<VoteOutcome> {
  try {
    const approval = await deps.store.load(input.approvalId);
    if (!approval) return { outcome: 'not-found' };
    const event = {
      type: 'annotated',
      at: await deps.store.now(),
      by: humanId(input.person.email),
      outcome: input.outcome,
      note: input.note,
    } as const;
    await deps.audit.durable(approvalEntry(approval, event, { actor: { email: event.by }, outcome: event.outcome }));
    const done = await append(deps, approval, [event]);
    if (done.outcome === 'appended') return { outcome: 'recorded', approval: done.approval };
    return {
      outcome: 'refused',
      refusal: 'wrong-status',
      detail: `Only an indeterminate outcome can be annotated; this approval stands at "${approval.status}".`,
      approval,
    };
  } catch (error) {
    if (error instanceof RecordDamaged) return { outcome: 'not-recorded', detail: DAMAGED_TEXT };
    deps.bus.emit('store:failed', { operation: 'annotate', error: String(error) });
    return { outcome: 'not-recorded', detail: 'The note could not be recorded. Try again in a moment.' };
  }
}
