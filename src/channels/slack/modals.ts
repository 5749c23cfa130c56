// Dialogs: everything about an approval, with a reason to give. What is submitted carries the same value as a button would.
import { covered, lookOfShown, type Shown } from '../../core/similar/shown.ts';
import { buttonValue } from '../card/button-value.ts';
import { offeredHere } from '../card/grant-offer.ts';
import { Cutter } from '../card/cutter.ts';
import { type Block, plain, preformatted, words } from './blocks.ts';
import type { MessageTerms } from '../card/terms.ts';
import type { SlackMessage } from './message.ts';

/** callback_id of the dialogs, and so the action of the values in their metadata. */
export const SUBMIT_APPROVE = 'holdgate_submit_approve';
export const SUBMIT_DENY = 'holdgate_submit_deny';
const REASON_BLOCK = 'holdgate_reason';
const REASON = 'reason';
const GRANT_BLOCK = 'holdgate_grant';
const GRANT = 'grant';
const MAX_REASON = 2000;

export type Modal = Readonly<Record<string, unknown>>;

/** Denies, with a reason that the agent is told. */
export function denyModal(shown: Shown, terms: Pick<MessageTerms, 'secrets'>): Modal {
  const count = covered(shown).length;
  return {
    ...frame('Deny', 'Deny', SUBMIT_DENY, shown, terms),
    blocks: [
      preformatted('What it does', new Cutter().fit(shown.view.summary, 900)),
      ...(count > 1 ? [words(`and ${count - 1} similar calls: all of them are denied.`)] : []),
      reason('Why? The agent is told what you write.', false),
    ],
  };
}

/** Everything that is known; approves where `message` has a button that does. */
export function reviewModal(shown: Shown, message: SlackMessage, terms: MessageTerms): Modal {
  const blocks = message.blocks.filter(({ type }) => type !== 'actions');
  const approvable = message.approvable && covered(shown).length > 0;
  if (!approvable) return { type: 'modal', title: plain('Review'), close: plain('Close'), blocks };
  return {
    ...frame('Review', 'Approve', SUBMIT_APPROVE, shown, terms),
    blocks: [...blocks, reason('Reason (goes on record)', true), ...granting(shown)],
  };
}

function frame(
  title: string,
  submit: string,
  action: string,
  shown: Shown,
  { secrets }: Pick<MessageTerms, 'secrets'>,
): Modal {
  return {
    type: 'modal',
    callback_id: action,
    private_metadata: buttonValue(secrets, action, { approvalId: shown.id, look: lookOfShown(shown) }),
    title: plain(title),
    submit: plain(submit),
    close: plain('Back'),
  };
}

const reason = (label: string, optional: boolean): Block => ({
  type: 'input',
  block_id: REASON_BLOCK,
  optional,
  label: plain(label),
  element: { type: 'plain_text_input', action_id: REASON, multiline: true, max_length: MAX_REASON },
});

/** To be ticked by whoever approves. */
function granting(shown: Shown): readonly Block[] {
  const offered = offeredHere(shown);
  if (!offered) return [];
  const option = { text: plain(`Yes, ${offered.time}; anybody can revoke it`), value: GRANT };
  return [
    preformatted('You may grant this ahead', offered.words),
    {
      type: 'input',
      block_id: GRANT_BLOCK,
      optional: true,
      label: plain('Grant it together with this approval'),
      element: { type: 'checkboxes', action_id: GRANT, options: [option] },
    },
  ];
}

/** True if it was ticked. */
export function submittedGrant(state: unknown): boolean {
  const ticked = member(member(member(member(state, 'values'), GRANT_BLOCK), GRANT), 'selected_options');
  return Array.isArray(ticked) && ticked.length === 1 && member(ticked[0], 'value') === GRANT;
}

/** What was written; undefined where nothing was. */
export function submittedReason(state: unknown): string | undefined {
  const values = member(member(state, 'values'), REASON_BLOCK);
  const text = member(member(values, REASON), 'value');
  return typeof text === 'string' && text.trim() !== '' ? text.trim().slice(0, MAX_REASON) : undefined;
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}
