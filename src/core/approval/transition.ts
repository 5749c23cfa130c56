// The one pure reducer: production, the exhaustive search and the property tests all run this function.
// INVARIANT: every change of an approval goes through `transition`; terminal states absorb (I5).
import type { ApprovalEvent, Opened, Voted } from './events.ts';
import { refuseGranted } from './grant-guards.ts';
import {
  type Guards,
  guards,
  type LaterEvent,
  type Refusal,
  refuseClaim,
  refuseEscalation,
  refuseIntent,
  refuseNudge,
  refuseStatus,
  refuseVote,
} from './guards.ts';
import { quorumMet, quorumsOf } from './quorum.ts';
import type { Approval, Status } from './state.ts';

export type Transition =
  | { readonly ok: true; readonly approval: Approval }
  | { readonly ok: false; readonly refusal: Refusal };

export type Reducer = (approval: Approval | undefined, event: ApprovalEvent) => Transition;

const refuse = (refusal: Refusal): Transition => ({ ok: false, refusal });

function opened(event: Opened): Approval {
  return {
    id: event.id,
    version: 1,
    status: 'pending',
    opened: event,
    votes: [],
    claim: undefined,
    intent: undefined,
    result: undefined,
    deliveredAt: undefined,
    annotation: undefined,
    statusAt: event.at,
    why: undefined,
  };
}

function voted(g: Guards, approval: Approval, event: Voted): Transition {
  const refusal = refuseVote(g, approval, event);
  if (refusal) return refuse(refusal);
  const votes = [...approval.votes, event];
  if (event.vote === 'deny') {
    return { ok: true, approval: { ...approval, votes, status: 'denied', statusAt: event.at, why: event.reason } };
  }
  const approvers = votes.filter((vote) => vote.vote === 'approve');
  const done = quorumMet(quorumsOf(approval), approvers);
  return {
    ok: true,
    approval: { ...approval, votes, ...(done && { status: 'approved' as const, statusAt: event.at }) },
  };
}

function next(g: Guards, approval: Approval, event: LaterEvent): Transition {
  const to = (status: Status, more: Partial<Approval> = {}): Transition => ({
    ok: true,
    approval: { ...approval, status, statusAt: event.at, ...more },
  });
  switch (event.type) {
    case 'notified':
    case 'seen':
      return { ok: true, approval };
    case 'informed':
      return { ok: true, approval: { ...approval, informed: event } };
    case 'escalated': {
      const refusal = refuseEscalation(approval, event);
      const escalations = [...(approval.escalations ?? []), event];
      return refusal ? refuse(refusal) : { ok: true, approval: { ...approval, escalations } };
    }
    case 'nudged': {
      const refusal = refuseNudge(approval, event.at);
      return refusal ? refuse(refusal) : { ok: true, approval: { ...approval, nudgedAt: event.at } };
    }
    case 'voted':
      return voted(g, approval, event);
    case 'granted': {
      const refusal = refuseGranted(g, approval, event);
      return refusal ? refuse(refusal) : to('approved', { granted: event });
    }
    case 'expired':
      return g.expiryIsDue(approval, event) ? to('expired') : refuse('not-expired');
    case 'cancelled':
      return to('cancelled', { why: event.why });
    case 'claimed': {
      const refusal = refuseClaim(g, approval, event);
      return refusal ? refuse(refusal) : to('claimed', { claim: event });
    }
    case 'intent': {
      const refusal = refuseIntent(g, approval, event);
      return refusal ? refuse(refusal) : to('sending', { intent: event });
    }
    case 'not_sent':
      return g.tokenFences(approval, event) ? to('not_sent', { why: event.why }) : refuse('token-mismatch');
    case 'void':
      return to('void', { why: event.why });
    case 'result':
      if (!g.tokenFences(approval, event)) return refuse('token-mismatch');
      return to(event.outcome, { result: event, why: event.detail });
    case 'delivered':
      return { ok: true, approval: { ...approval, deliveredAt: event.at } };
    case 'annotated':
      return {
        ok: true,
        approval: { ...approval, annotation: { by: event.by, outcome: event.outcome, note: event.note } },
      };
  }
}

/** Builds the reducer over a set of guards; production uses {@link transition}. */
export function createReducer(g: Guards): Reducer {
  return (approval, event) => {
    if (event.type === 'opened') return approval ? refuse('already-open') : { ok: true, approval: opened(event) };
    if (!approval) return refuse('unknown-approval');
    const refusal = refuseStatus(g, approval, event);
    if (refusal) return refuse(refusal);
    const result = next(g, approval, event);
    return result.ok ? { ok: true, approval: { ...result.approval, version: approval.version + 1 } } : result;
  };
}

/** Applies one event; `event.at` is the store's time at which it happens. */
export const transition: Reducer = createReducer(guards);

/** Folds a stored log. Throws if the log could not have been written by this reducer: a corrupt or edited store. */
export function fold(events: readonly ApprovalEvent[]): Approval {
  let approval: Approval | undefined;
  for (const event of events) {
    const step = transition(approval, event);
    if (!step.ok) throw new Error(`event log refused at ${event.type}: ${step.refusal}`);
    approval = step.approval;
  }
  if (!approval) throw new Error('an approval without events');
  return approval;
}
