// An approval as a message: what happens, to what, who asks, what to look at twice, where it stands, and the buttons that fit its risk.
// INVARIANTS: if anything that matters was cut, there is no button that approves; the blocks are no more than Slack takes in all.
import { covered, lookOfShown, type Shown } from '../../core/similar/shown.ts';
import { buttonValue } from '../card/button-value.ts';
import { Cutter } from '../card/cutter.ts';
import type { Part } from '../card/part.ts';
import { tellAll } from '../card/parts.ts';
import { RISK_SIGNS, withinRisk } from '../card/risk.ts';
import { stateLineOf } from '../card/state-line.ts';
import { fullView, type MessageTerms } from '../card/terms.ts';
import { type Block, divider, escaped, fields, header, MAX_BLOCKS, preformatted, small, words } from './blocks.ts';

export const APPROVE = 'holdgate_approve';
export const DENY = 'holdgate_deny';
export const REVIEW = 'holdgate_review';

export interface SlackMessage {
  /** For notifications and readers of screens; mrkdwn, escaped. */
  readonly text: string;
  readonly blocks: readonly Block[];
  /** True if an approver does not see everything here. */
  readonly cut: boolean;
  /** True if its button approves. */
  readonly approvable: boolean;
}

/** Of all blocks as JSON. Slack refuses a message of about 13 200 characters for good (`msg_blocks_too_long`), and counts something for each
 *  block beside its text: https://github.com/slackapi/bolt-js/issues/2509 */
const MOST_CHARACTERS = 12_000;
const SMALLER = [1, 0.5, 0.2, 0.1] as const;

/** `most`: characters of all blocks; 0 for as few as there can be. */
export function slackMessage(shown: Shown, terms: MessageTerms, most: number = MOST_CHARACTERS): SlackMessage {
  const look = lookOfShown(shown);
  let message: SlackMessage | undefined;
  for (const share of SMALLER) {
    message = messageOf(shown, terms, look, share);
    if (JSON.stringify(message.blocks).length <= most) break;
  }
  if (!message) throw new Error('a message has a size');
  return message;
}

function messageOf(shown: Shown, terms: MessageTerms, look: string, share: number): SlackMessage {
  const { view } = shown;
  const cutter = new Cutter(share);
  const told = tellAll(shown, cutter).map(blockOf);
  const { cut } = cutter;
  const approvable = !cut && withinRisk(view.risk, terms.approveUpTo);
  const actions = covered(shown).length > 0 ? buttons(shown, look, terms, { cut, approvable }) : [];
  const state = stateLineOf(shown);
  const blocks = [...told.slice(0, MAX_BLOCKS - actions.length - 2), divider, words(state), ...actions];
  const name = `${RISK_SIGNS[view.risk]} ${view.risk} risk`;
  const text = `${name}: ${escaped(view.summary.slice(0, 300))}: ${escaped(state.slice(0, 300))}`;
  const votes = [view, ...shown.others.map((each) => each.view)].reduce((sum, each) => sum + each.votes.length, 0);
  return {
    text,
    blocks: blocks.map((block, i) => ({ ...block, block_id: `hg_${i}_${look}_${votes}` })),
    cut,
    approvable,
  };
}

function blockOf(part: Part): Block {
  switch (part.kind) {
    case 'heading':
      return header(part.text);
    case 'quoted':
      return preformatted(part.label, part.text);
    case 'pairs':
      return fields(part.pairs);
    case 'note':
      return small(part.text);
    case 'words':
      return words(part.text);
  }
}

function buttons(
  shown: Shown,
  look: string,
  { secrets, consoleUrl }: MessageTerms,
  { cut, approvable }: Pick<SlackMessage, 'cut' | 'approvable'>,
): Block[] {
  const { view } = shown;
  const seen = { approvalId: shown.id, look };
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
  const why = cut ? 'Not everything fits here' : `Of ${view.risk} risk`;
  const hint = approvable
    ? []
    : [small(`${why}: it is approved with your own credential, in the full view: ${fullView(view, consoleUrl)}`)];
  return [...hint, { type: 'actions', elements }];
}
