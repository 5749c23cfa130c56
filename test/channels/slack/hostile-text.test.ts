// Text that agents write, in messages, dialogs and home tabs: within Slack's limits, without a link, a mention or markup that is theirs, and
// with nothing hidden.
import { describe, expect, it } from 'vitest';
import { slackMessage } from '../../../src/channels/slack/message.ts';
import { denyModal, reviewModal } from '../../../src/channels/slack/modals.ts';
import { blocksFault, viewFault } from '../../../src/cli/demo/slack/block-limits.ts';
import type { Action } from '../../../src/core/action.ts';
import type { ApprovalView } from '../../../src/core/approval/view.ts';
import { alone } from '../../../src/core/similar/shown.ts';
import { hostileStrings } from './hostile-strings.ts';
import { approvalOf, terms, withOther } from './slack-fixture.ts';

type Json = Readonly<Record<string, unknown>>;

/** Every text object and where it stands: what Slack would read as markup is of type mrkdwn, or the `text` beside the blocks. */
function textsOf(
  value: unknown,
  path: string,
  found: { path: string; type: string; text: string }[] = [],
): typeof found {
  if (Array.isArray(value)) for (const [i, each] of value.entries()) textsOf(each, `${path}[${i}]`, found);
  else if (typeof value === 'object' && value !== null) {
    const { type, text, emoji } = value as Json;
    if (typeof type === 'string' && typeof text === 'string')
      found.push({ path, type: type === 'plain_text' && emoji !== false ? 'plain_text with emoji' : type, text });
    for (const [name, each] of Object.entries(value)) textsOf(each, `${path}.${name}`, found);
  }
  return found;
}

const HIDDEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Default_Ignorable_Code_Point}]/u;
const PLACES: readonly ((text: string) => Partial<ApprovalView>)[] = [
  (text) => ({ summary: text }),
  (text) => ({ url: `https://api.example.com/${text}` }),
  (text) => ({ agent: text }),
  (text) => ({ justification: text }),
];

describe('hostile text', () => {
  const strings = hostileStrings();

  it('is there in quantity', () => {
    expect(new Set(strings).size).toBeGreaterThanOrEqual(500);
  });

  it('breaks no limit, hides nothing, and is never markup', () => {
    for (const text of strings) {
      for (const place of PLACES) {
        const view = { ...approvalOf(), ...place(text) };
        const shown = withOther(alone(view, { text, size: Buffer.byteLength(text), truncated: false }), text);
        const message = slackMessage(shown, terms);
        expect(blocksFault(message.blocks), JSON.stringify(text.slice(0, 80))).toBeUndefined();
        expect(message.text).not.toMatch(/<[^>]*>|<!/);
        for (const dialog of [denyModal(shown, terms), reviewModal(shown, message, terms)])
          expect(viewFault(dialog)).toBeUndefined();
        for (const each of textsOf(message.blocks, 'blocks')) {
          expect(['plain_text', 'text'], `${each.path} ${each.type}`).toContain(each.type);
          expect(each.text.replaceAll('\n', '').replaceAll('\t', '')).not.toMatch(HIDDEN);
        }
      }
    }
  });

  it('that does not fit takes the button away that approves, wherever it stands', () => {
    const long = 'x'.repeat(5000);
    const has = (message: ReturnType<typeof slackMessage>): boolean =>
      JSON.stringify(message.blocks).includes('holdgate_approve');
    expect(has(slackMessage(alone(approvalOf(), null), terms))).toBe(true);
    for (const more of [
      { summary: long },
      { url: `https://x/${long}` },
      { agent: long },
      { owner: long },
      { detail: long },
    ]) {
      const message = slackMessage(alone({ ...approvalOf(), ...more }, null), terms);
      expect([message.cut, has(message)], Object.keys(more).join()).toEqual([true, false]);
    }
    for (const body of [
      { text: long, size: 5000, truncated: false },
      { text: 'x', size: 90_000, truncated: true },
      { text: null, size: 10, truncated: false },
    ]) {
      expect(has(slackMessage(alone(approvalOf(), body), terms))).toBe(false);
    }
    const flags = Array.from({ length: 7 }, () => ({
      id: 'wildcard-admin' as const,
      severity: 'high' as const,
      title: 't',
      evidence: 'e',
    }));
    expect(has(slackMessage(alone({ ...approvalOf(), flags }, null), terms))).toBe(false);
    const actions = Array.from({ length: 9 }, () => ({ name: 'aws:iam:PutUserPolicy', summary: 's' }) as Action);
    expect(has(slackMessage(alone({ ...approvalOf(), actions }, null), terms))).toBe(false);
    // What the agent pleads is not what happens.
    expect(has(slackMessage(alone({ ...approvalOf(), justification: long }, null), terms))).toBe(true);
  });

  it.each([
    ['low', true],
    ['medium', true],
    ['high', false],
    ['critical', false],
  ] as const)('of %s risk can be approved by a click: %s', (risk, can) => {
    const message = slackMessage(alone({ ...approvalOf(), risk }, null), terms);
    expect([message.approvable, JSON.stringify(message.blocks).includes('holdgate_approve')]).toEqual([can, can]);
    expect(JSON.stringify(message.blocks)).toContain('holdgate_deny');
  });

  it('that is decided has no buttons', () => {
    for (const status of ['denied', 'expired', 'succeeded', 'indeterminate', 'approved'] as const)
      expect(JSON.stringify(slackMessage(alone({ ...approvalOf(), status }, null), terms).blocks)).not.toContain(
        '"actions"',
      );
  });
});
