// What an agent reads when its held call did not run (or must not run again): who decided, why, and whether asking again helps.
import type { Approval } from '../core/approval/state.ts';
import { receiptId } from '../core/approval/view.ts';
import type { ProblemType } from '../core/problems.ts';
import type { HoldAnswer } from '../gate/hold-answer.ts';
import type { Exchange } from './exchange.ts';
import type { Refusal } from './refusal.ts';
import { refuse } from './refuse.ts';

/** Seconds after which a waiting agent should send the same call again: it joins, and waits for its budget again. */
const RETRY_PENDING = 2;

function ended(approval: Approval): { readonly type: ProblemType; readonly detail: string } {
  const why = approval.why ?? 'no reason was recorded';
  const denier = approval.votes.findLast((vote) => vote.vote === 'deny');
  switch (approval.status) {
    case 'denied':
      return {
        type: 'denied-by-person',
        detail: `Denied by ${denier?.by ?? 'an approver'}: "${why}". Do not try to reach the same effect another way.`,
      };
    case 'expired':
      return {
        type: 'approval-expired',
        detail: 'Nobody decided before the approval expired; nothing was sent. Sending the call again asks again.',
      };
    case 'cancelled':
      return { type: 'approval-cancelled', detail: `The approval was cancelled (${why}); nothing was sent.` };
    case 'void':
      return {
        type: 'approval-void',
        detail: `Nothing was sent: ${why}. Sending the call again asks for a new approval.`,
      };
    case 'not_sent':
      return {
        type: 'not-sent',
        // `why` may name addresses inside the upstream's network: it is for approvers and the record.
        detail:
          'Approved, but certainly not sent: the upstream could not be reached or the call could not be prepared. Sending the call again asks for a new approval.',
      };
    default:
      return {
        type: 'outcome-unknown',
        detail: `The call was sent once and its outcome is unknown: ${why}. It will not be sent again; a person has to look.`,
      };
  }
}

function common(exchange: Exchange, approval: Approval): Omit<Refusal, 'detail'> {
  const base = exchange.deps.consoleUrl;
  const [ruleId] = approval.opened.rules;
  return {
    approvalId: approval.id,
    ...(base !== undefined && { approvalUrl: `${base}/api/v1/approvals/${approval.id}` }),
    ...(ruleId !== undefined && { ruleId }),
  };
}

/** Answers a held call whose wait ended without a response of the upstream. */
export function answerHeld(exchange: Exchange, answer: Exclude<HoldAnswer, { kind: 'replay' }>): void {
  switch (answer.kind) {
    case 'pending':
      return refuse(exchange, 'approval-pending', {
        ...common(exchange, answer.approval),
        detail:
          'A person has to approve this call first. Send exactly the same call again to go on waiting; it joins this approval and runs at most once.',
        retryAfter: RETRY_PENDING,
        extra: { expires_at: new Date(answer.approval.opened.expiresAt).toISOString() },
      });
    case 'ended': {
      const { type, detail } = ended(answer.approval);
      return refuse(exchange, type, {
        ...common(exchange, answer.approval),
        detail,
        extra: { receipt_id: receiptId(answer.approval.id) },
        ...(type === 'not-sent' || type === 'approval-void' ? { retryAfter: RETRY_PENDING } : {}),
      });
    }
    case 'gone':
      return refuse(exchange, 'already-executed', {
        ...common(exchange, answer.approval),
        detail:
          'This call was approved and has run; its response was too large to be kept, or was delivered to another connection. It will not run again.',
        extra: { receipt_id: receiptId(answer.approval.id) },
      });
    case 'shutting-down':
      return refuse(exchange, 'shutting-down', {
        ...common(exchange, answer.approval),
        detail: 'The gate is restarting. Send exactly the same call again; it joins the approval that is already open.',
        retryAfter: 1,
        close: true,
      });
    case 'unavailable':
      return refuse(exchange, 'gate-unavailable', {
        detail: 'The approval cannot be read right now; nothing was sent.',
        retryAfter: 1,
      });
  }
}
