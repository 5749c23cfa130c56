// An approval as a message: what happens, to what, who asks, what to look at twice, where it stands, and the buttons that fit its risk.
// INVARIANT: if anything that matters was cut, there is no button that approves.
import type { SecretSource } from '../../ports/secret-source.ts';
import { lookOf } from '../../core/approval/look.ts';
import type { ApprovalView } from '../../core/approval/view.ts';
import type { Risk } from '../../core/policy/types.ts';
import type { BodyText } from '../../ports/channel.ts';
import { visibleText } from '../../core/visible-text.ts';
import { type Block, divider, escaped, fields, header, MAX_BLOCKS, preformatted, small, words } from './blocks.ts';
import { buttonValue } from '../card/button-value.ts';
import { Cutter } from '../card/cutter.ts';
import { RISK_SIGNS, withinRisk } from '../card/risk.ts';
import { stateLine } from '../card/state-line.ts';

export interface MessageTerms {
  /** Keys of the values of buttons. */
  readonly secrets: SecretSource;
  /** Highest risk that may be approved by a click here. */
  readonly approveUpTo: Risk;
  /** The console as people reach it. */
  readonly consoleUrl: string | undefined;
}

export const APPROVE = 'holdgate_approve';
export const DENY = 'holdgate_deny';
export const REVIEW = 'holdgate_review';

const MOST_FLAGS = 6;
const MOST_ACTIONS = 8;
const MOST_CHANGES = 12;

export interface SlackMessage {
  /** For notifications and readers of screens; mrkdwn, escaped. */
  readonly text: string;
  readonly blocks: readonly Block[];
  /** True if an approver does not see everything here. */
  readonly cut: boolean;
  /** True if its button approves. */
  readonly approvable: boolean;
}

/** `body`: of the call; null where there is none, or where it is no longer kept. */
export function slackMessage(view: ApprovalView, body: BodyText | null, terms: MessageTerms): SlackMessage {
  const cutter = new Cutter();
  const told = [...headline(view, cutter), ...details(view, cutter), ...bodyBlocks(body, cutter)];
  const { cut } = cutter;
  const approvable = !cut && withinRisk(view.risk, terms.approveUpTo);
  const actions = view.status === 'pending' ? buttons(view, terms, { cut, approvable }) : [];
  const blocks = [...told.slice(0, MAX_BLOCKS - actions.length - 2), divider, words(stateLine(view)), ...actions];
  const name = `${RISK_SIGNS[view.risk]} ${view.risk} risk`;
  const text = `${name}: ${escaped(view.summary.slice(0, 300))}: ${escaped(stateLine(view).slice(0, 300))}`;
  return {
    text,
    blocks: blocks.map((block, i) => ({ ...block, block_id: `hg_${i}_${lookOf(view)}_${view.votes.length}` })),
    cut,
    approvable,
  };
}

function headline(view: ApprovalView, cutter: Cutter): Block[] {
  const { agent, owner, acts_for: actsFor, upstream, risk } = view;
  const behind = [owner, ...actsFor].join(', ');
  return [
    header(
      `${RISK_SIGNS[risk]} ${risk.toUpperCase()} RISK · ${view.status === 'pending' ? 'approval needed' : view.status.replaceAll('_', ' ')}`,
    ),
    preformatted('What it does', cutter.fit(view.summary, 900)),
    fields([
      ['Agent', cutter.fit(agent, 200)],
      ['For', cutter.fit(behind, 400)],
      ['On', cutter.fit(upstream, 200)],
      ['Why held', cutter.fit(`${view.rules.join(', ') || 'default'}: ${view.detail}`, 600)],
    ]),
  ];
}

function details(view: ApprovalView, cutter: Cutter): Block[] {
  const { flags, actions, context, justification } = view;
  const blocks: Block[] = [];
  for (const { severity, title, evidence } of flags.slice(0, MOST_FLAGS))
    blocks.push(preformatted(`⚑ ${severity}: ${visibleText(title)}`.slice(0, 250), cutter.fit(evidence, 300)));
  if (flags.length > MOST_FLAGS) {
    cutter.leave();
    blocks.push(small(`and ${flags.length - MOST_FLAGS} more flags`));
  }
  if (actions.length > 1) {
    const lines = actions.slice(0, MOST_ACTIONS).map(({ name, summary }) => `${name}: ${summary}`);
    if (actions.length > MOST_ACTIONS) {
      cutter.leave();
      lines.push(`and ${actions.length - MOST_ACTIONS} more`);
    }
    blocks.push(preformatted('All that it does', cutter.fit(lines.join('\n'), 2000, true)));
  }
  blocks.push(preformatted('The call', cutter.fit(`${view.method} ${view.url}`, 1500)));
  const changes = context?.preview.changes ?? [];
  if (changes.length > 0) blocks.push(preformatted('What would change', changeLines(changes, cutter)));
  // The agent's plea is not what is approved: cutting it hides nothing that happens.
  if (justification !== null)
    blocks.push(preformatted("The agent's words (nobody checked them)", new Cutter().fit(justification, 800, true)));
  if (view.uninspected !== null) blocks.push(words(`⚠️ Policy could not read the body (${view.uninspected}).`));
  return blocks;
}

function bodyBlocks(body: BodyText | null, cutter: Cutter): Block[] {
  if (!body) return [];
  const label = `Body (${body.size} bytes)`;
  if (body.text !== null && !body.truncated) return [preformatted(label, cutter.fit(body.text, 2400, true))];
  cutter.leave();
  return [small(`${label}: ${body.text === null ? 'no text' : 'too long'} to be shown here`)];
}

type Change = NonNullable<ApprovalView['context']>['preview']['changes'][number];

function changeLines(changes: readonly Change[], cutter: Cutter): string {
  const lines = changes
    .slice(0, MOST_CHANGES)
    .map(({ path, before, after }) => `${path}: ${before ?? '–'} → ${after ?? '–'}`);
  // The preview helps, the call decides: what is left out of it stands in the call.
  if (changes.length > MOST_CHANGES) lines.push(`and ${changes.length - MOST_CHANGES} more`);
  return cutter.fit(lines.join('\n'), 2000, true);
}

function buttons(
  view: ApprovalView,
  { secrets, consoleUrl }: MessageTerms,
  { cut, approvable }: Pick<SlackMessage, 'cut' | 'approvable'>,
): Block[] {
  const seen = { approvalId: view.id, look: lookOf(view) };
  const button = (action: string, label: string, more: Block = {}): Block => ({
    type: 'button',
    action_id: action,
    text: { type: 'plain_text', text: label, emoji: false },
    value: buttonValue(secrets, action, seen),
    ...more,
  });
  const elements = [
    button(REVIEW, 'Review'),
    ...(approvable ? [button(APPROVE, 'Approve')] : []),
    button(DENY, 'Deny', { style: 'danger' }),
  ];
  const full =
    consoleUrl === undefined ? `holdgate approvals show ${view.id}` : `${consoleUrl}/api/v1/approvals/${view.id}`;
  const why = cut ? 'Not everything fits here' : `Of ${view.risk} risk`;
  const hint = approvable ? [] : [small(`${why}: it is approved with your own credential, in the full view: ${full}`)];
  return [...hint, { type: 'actions', elements }];
}
