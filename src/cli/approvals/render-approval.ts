// One approval for a tired human: risk, state and effect first, then what exactly, why, who, and what their vote would mean.
import type { CallView } from '../../console/call-view.ts';
import type { CanVote } from '../../console/can-vote.ts';
import type { ApprovalView } from '../../core/approval/view.ts';
import { isVolatileHeader } from '../../core/digest.ts';
import { shortenedText, visibleText } from '../../core/visible-text.ts';
import { barred, clockTime, createStyle, duration, INDENT, labelled, wrap, wrapWords } from './layout.ts';
import { readableBody } from './render-body.ts';
import { actionLines, flagLines, grantLines, historyLines, previewLines } from './render-context.ts';

/** `GET /api/v1/approvals/{id}`. */
export interface ApprovalDetail extends ApprovalView {
  readonly call: CallView | null;
  readonly can_vote: CanVote;
}

export interface RenderOptions {
  readonly columns: number;
  readonly colour: boolean;
}

export interface RenderedApproval {
  readonly text: string;
  /** True if anything of the call itself is missing: then nobody may approve on the strength of it. */
  readonly cut: boolean;
}

/** Say nothing about what the call does; named, not shown. */
const ROUTINE_HEADERS = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'pragma',
  'priority',
]);
const MAX_URL = 1_000;
const MAX_HEADER = 300;
const MAX_SENTENCE = 300;

/** The state as one phrase. */
export function stateWords(view: ApprovalView): string {
  const last = view.votes.at(-1);
  const by = last ? ` by ${visibleText(last.by)}` : '';
  const why = view.why === null ? '' : `: ${shortenedText(view.why, MAX_SENTENCE)}`;
  const http = typeof view.result?.http_status === 'number' ? ` (HTTP ${view.result.http_status})` : '';
  switch (view.status) {
    case 'pending':
      return `waiting for approval · ${duration(view.time_left)} left`;
    case 'approved':
      return `approved${view.granted_by ? ' by a grant' : by}, not sent yet · ${duration(view.time_left)} left`;
    case 'claimed':
    case 'sending':
      return 'approved, being sent';
    case 'denied':
      return `denied${by}${why}`;
    case 'expired':
      return 'expired without a decision; nothing was sent';
    case 'cancelled':
      return `cancelled${why}; nothing was sent`;
    case 'void':
      return `void${why}; nothing was sent`;
    case 'not_sent':
      return `approved, but nothing was sent${why}`;
    case 'succeeded':
      return `done${http}`;
    case 'upstream_error':
      return `sent; the upstream answered with an error${http}; nothing was retried`;
    case 'indeterminate':
      return view.annotation
        ? `outcome was unknown; ${visibleText(view.annotation.by)} found: ${view.annotation.outcome === 'done' ? 'it was done' : 'it was not done'}`
        : `OUTCOME UNKNOWN: it may have run${why}`;
  }
}

/** `0 of 1 from group:security`, joined over the rules. */
export function quorumWords(view: ApprovalView): string {
  return view.required
    .map(
      ({ approvals, have, from }) =>
        `${have} of ${approvals} from ${visibleText(from.join(', ')) || 'anyone in people'}`,
    )
    .join(' and ');
}

function callLines(call: CallView, full: boolean, columns: number): { lines: string[]; cut: boolean } {
  const max = (limit: number): number => (full ? Number.POSITIVE_INFINITY : limit);
  const width = columns - INDENT;
  let cut = call.url.length > max(MAX_URL);
  const lines = wrap(`${visibleText(call.method)} ${shortenedText(call.url, max(MAX_URL))}`, width);
  const routine: string[] = [];
  for (const [name, value] of call.headers) {
    const lower = name.toLowerCase();
    if (!full && (ROUTINE_HEADERS.has(lower) || isVolatileHeader(lower, value))) {
      routine.push(visibleText(name));
      continue;
    }
    cut ||= value.length > max(MAX_HEADER);
    lines.push(...wrap(`${visibleText(name)}: ${shortenedText(value, max(MAX_HEADER))}`, width));
  }
  if (routine.length > 0) lines.push(...wrapWords(`(routine headers not shown: ${routine.join(', ')})`, width));
  return { lines: labelled('call', lines), cut };
}

function bodyLines(call: CallView, full: boolean, columns: number): { lines: string[]; cut: boolean } {
  const body = readableBody(call, full);
  const text = body.text === '' ? [] : barred(body.text, columns);
  return { lines: labelled('body', [body.kind, ...text]), cut: body.cut };
}

function whoLines(view: ApprovalView, columns: number): string[] {
  const acts = view.acts_for.length > 0 ? `, on behalf of ${view.acts_for.join(', ')}` : '';
  const asked = wrapWords(visibleText(`${view.agent}, owned by ${view.owner}${acts}`), columns - INDENT);
  if (view.justification === null) return labelled('asked by', [...asked, '(gave no justification)']);
  return [
    ...labelled('asked by', asked),
    ...labelled('it says', [
      "(the agent's own words, unverified)",
      ...barred(visibleText(view.justification), columns),
    ]),
  ];
}

function voteLines(view: ApprovalView, columns: number): string[] {
  const width = columns - INDENT;
  const lines = wrapWords(quorumWords(view), width);
  for (const { by, vote, reason, at } of view.votes) {
    const said = reason === null ? '' : `: ${shortenedText(reason, MAX_SENTENCE)}`;
    const verb = vote === 'approve' ? 'approved' : 'denied';
    lines.push(...wrapWords(`${verb} by ${visibleText(by)} at ${clockTime(at)}${said}`, width));
  }
  return labelled('votes', lines);
}

/** The whole approval. `full` shows what is otherwise shortened. */
export function renderApproval(
  detail: ApprovalDetail,
  options: RenderOptions & { readonly full: boolean },
): RenderedApproval {
  const { columns, colour, full } = options;
  const style = createStyle(colour);
  const width = columns - INDENT;
  const lines = [
    `${style.risk(detail.risk, `${detail.risk.toUpperCase()} RISK`)} · ${stateWords(detail)}`,
    ...wrapWords(shortenedText(detail.summary, MAX_SENTENCE), columns).map((line) => style.bold(line)),
    '',
    ...flagLines(detail, style, columns),
    ...actionLines(detail, full, columns),
  ];
  let cut = false;
  if (detail.call) {
    const call = callLines(detail.call, full, columns);
    const body = bodyLines(detail.call, full, columns);
    cut = call.cut || body.cut;
    lines.push(...call.lines, ...body.lines);
  } else {
    lines.push(
      ...labelled('call', [...wrap(visibleText(`${detail.method} ${detail.url}`), width), '(no longer kept)']),
    );
  }
  if (detail.uninspected !== null) {
    lines.push(
      ...labelled('WARNING', wrapWords(`policy could not read the body: ${visibleText(detail.uninspected)}`, width)),
    );
  }
  lines.push(...previewLines(detail, columns));
  const rules = detail.rules.length > 0 ? `rule ${detail.rules.join(', ')}: ` : `${detail.reason}: `;
  lines.push(...labelled('why held', wrapWords(shortenedText(rules + detail.detail, MAX_SENTENCE * 2), width)));
  lines.push(...whoLines(detail, columns), ...historyLines(detail, full, columns), ...voteLines(detail, columns));
  lines.push(...grantLines(detail, columns));
  if (detail.can_vote.why !== null) lines.push(...labelled('you', wrapWords(visibleText(detail.can_vote.why), width)));
  lines.push(...labelled('times', [`asked ${clockTime(detail.created_at)}, expires ${clockTime(detail.expires_at)}`]));
  lines.push(...labelled('id', [visibleText(detail.id)]), ...labelled('digest', [visibleText(detail.digest)]));
  if (detail.receipt_id !== null) lines.push(...labelled('receipt', [visibleText(detail.receipt_id)]));
  return { text: `${lines.join('\n')}\n`, cut };
}
