// Where an approval stands, in one line of our own words; always a word beside the sign.
import type { ApprovalView } from '../../core/approval/view.ts';
import { visibleText } from '../../core/visible-text.ts';

const SIGNS: Readonly<Record<ApprovalView['status'], string>> = {
  pending: '⏳',
  approved: '☑️',
  claimed: '☑️',
  sending: '☑️',
  denied: '⛔',
  expired: '⌛',
  cancelled: '⚪',
  void: '⚠️',
  not_sent: '⚠️',
  succeeded: '✅',
  upstream_error: '⚠️',
  indeterminate: '❓',
};

const clock = (at: string): string => `${at.slice(11, 16)} UTC`;

/** `view.why` and names of people are shown as they are, made visible. */
export function stateLine(view: ApprovalView): string {
  return `${SIGNS[view.status]} ${stateWords(view)}`;
}

function stateWords(view: ApprovalView): string {
  const approvers = view.votes.filter(({ vote }) => vote === 'approve').map(({ by }) => by);
  const by = approvers.length > 0 ? ` by ${[...new Set(approvers)].join(', ')}` : '';
  const denier = view.votes.findLast(({ vote }) => vote === 'deny');
  const why = view.why === null ? '' : `: ${visibleText(view.why).slice(0, 500)}`;
  switch (view.status) {
    case 'pending':
      return pendingWords(view);
    case 'approved':
    case 'claimed':
      return `Approved${by} · waiting for the agent`;
    case 'sending':
      return `Approved${by} · sending…`;
    case 'succeeded':
      return `Done${by ? `, approved${by}` : ''}: HTTP ${view.result?.http_status ?? '?'} · receipt ${view.receipt_id ?? ''}`;
    case 'upstream_error':
      return `Approved${by}, but the API answered HTTP ${view.result?.http_status ?? '?'}; nothing was tried again`;
    case 'indeterminate':
      return `Approved${by} and sent once; what it did is unknown${why}. Somebody has to look`;
    case 'denied':
      return `Denied by ${denier?.by ?? 'somebody'}${why}; the agent is told`;
    case 'expired':
      return 'Expired without a decision; nothing was sent';
    case 'cancelled':
      return `Cancelled${why}; nothing was sent`;
    case 'void':
      return `Void${why}; nothing was sent`;
    case 'not_sent':
      return `Approved${by}, but certainly not sent${why}`;
  }
}

function pendingWords(view: ApprovalView): string {
  const parts = view.required.map(({ approvals, from, have }) => {
    const whom = from.length === 0 ? 'anybody in people' : from.join(', ');
    return `${have} of ${approvals} from ${whom}`;
  });
  const voted = view.votes.map(({ by, at }) => `${by} approved ${clock(at)}`).join(', ');
  const more = view.escalated_at === null ? '' : ` · others asked since ${clock(view.escalated_at)}`;
  return `Waiting: ${parts.join(' and ')}${voted ? ` (${voted})` : ''} · expires ${clock(view.expires_at)}${more}`;
}
