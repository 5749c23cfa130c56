// Where an approval stands, in one line of our own words; always a word beside the sign.
import type { ApprovalView } from '../../core/approval/view.ts';
import { covered, type Shown } from '../../core/similar/shown.ts';
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

/** Where everything stands that a message shows. */
export function stateLineOf(shown: Shown): string {
  const { view, others } = shown;
  if (others.length === 0) return stateLine(view);
  const views = [view, ...others.map((each) => each.view)];
  const asked = covered(shown);
  const waiting = asked.length;
  const counts = new Map<ApprovalView['status'], number>();
  for (const { status } of views) counts.set(status, (counts.get(status) ?? 0) + 1);
  const votes = new Set(
    asked.map(({ votes: each }) =>
      each
        .map(({ by }) => by)
        .toSorted()
        .join(),
    ),
  );
  const unlike = votes.size > 1 ? ' · not all have the same votes' : '';
  if (counts.size === 1 && (waiting === views.length || waiting === 0))
    return `${stateLine(view)} (${views.length} similar calls${waiting > 0 ? `, one vote for all${unlike}` : ', each with its own receipt'})`;
  const parts = [...counts].map(([status, count]) => `${SIGNS[status]} ${count} ${STATUS_WORDS[status] ?? status}`);
  return `${parts.join(' · ')}${waiting > 0 ? ` · ${pendingWords(view)}${unlike}` : ''}`;
}

const STATUS_WORDS: Readonly<Partial<Record<ApprovalView['status'], string>>> = {
  pending: 'waiting',
  claimed: 'approved',
  succeeded: 'done',
  upstream_error: 'refused by the API',
  indeterminate: 'with unknown outcome',
  not_sent: 'not sent',
};

function stateWords(view: ApprovalView): string {
  const approvers = view.votes.filter(({ vote }) => vote === 'approve').map(({ by }) => by);
  const granted = view.granted_by ? ` by a grant of ${view.granted_by.people.map(({ by }) => by).join(', ')}` : '';
  const by = approvers.length > 0 ? ` by ${[...new Set(approvers)].join(', ')}` : granted;
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
