// Several similar calls in one message, in Slack and in Teams: everything that differs is there, or nobody approves by it.
import { describe, expect, it } from 'vitest';
import { slackMessage } from '../../../src/channels/slack/message.ts';
import { teamsCard } from '../../../src/channels/teams/card.ts';
import { readButtonValue } from '../../../src/channels/card/button-value.ts';
import { current, STALE } from '../../../src/channels/card/looked-at.ts';
import { stateLineOf } from '../../../src/channels/card/state-line.ts';
import { voteOn } from '../../../src/channels/card/vote-on.ts';
import { blocksFault } from '../../../src/cli/demo/slack/block-limits.ts';
import { fold } from '../../../src/core/approval/transition.ts';
import type { ApprovalView } from '../../../src/core/approval/view.ts';
import { alone, askedFor, covered, lookOfShown, type Shown, type Similar } from '../../../src/core/similar/shown.ts';
import type { ChannelVote, ChannelVoteOutcome } from '../../../src/ports/votes.ts';
import { opened } from '../../conformance/approval-events.ts';
import { approvalOf, terms } from '../slack/slack-fixture.ts';

const LEAD = approvalOf();

interface Made {
  readonly text: string;
  readonly approvable: boolean;
  readonly approves: boolean;
}

const slack = (shown: Shown): Made => {
  const { blocks, approvable } = slackMessage(shown, terms);
  expect(blocksFault(blocks)).toBeUndefined();
  const text = JSON.stringify(blocks);
  return { text, approvable, approves: text.includes('"holdgate_approve"') };
};
const teams = (shown: Shown): Made => {
  const { card, approvable } = teamsCard(shown, terms, { users: [] });
  const text = JSON.stringify(card);
  return { text, approvable, approves: text.includes('"verb":"approve"') };
};

function similar(i: number, over: Partial<ApprovalView> = {}, value = `"target-${i}"`): Similar {
  const view = {
    ...LEAD,
    id: `apr_${i}`,
    summary: `Create target-${i}`,
    digest: `${i}`.padStart(64, '0'),
    ...over,
  };
  return { view, differs: [{ place: 'body /name', value }] };
}
const shownOf = (others: readonly Similar[]): Shown => ({ ...alone(LEAD, null), others });
const many = (count: number, value?: string): Shown =>
  shownOf(Array.from({ length: count }, (_, i) => similar(i, {}, value)));

describe.each([
  ['Slack', slack],
  ['Teams', teams],
] as const)('several calls in one message of %s', (_name, make) => {
  it('are all listed, with what they differ in, under one button', () => {
    const { text, approves } = make(many(39));
    expect(approves).toBe(true);
    expect(text).toContain('40 similar calls');
    for (let i = 0; i < 39; i++) expect(text).toContain(`Create target-${i}`);
    expect(text).toContain('body /name: \\"target-38\\"'.replaceAll('\\"', String.raw`\"`));
  });

  it('are under one button still when many have been decided', () => {
    const by = { by: 'somebody-with-a-long-name@example.com', vote: 'approve' as const, reason: null };
    const done = {
      status: 'succeeded' as const,
      result: { http_status: 201, at: '' },
      receipt_id: `rcp_${'1'.repeat(26)}`,
      votes: [{ ...by, at: '', channel: 'slack' }],
    };
    const all = Array.from({ length: 49 }, (_, i) =>
      similar(i, { ...(i < 40 && done), summary: `Create ${'long-'.repeat(8)}target-${i}` }),
    );
    const { text, approves } = make(shownOf(all));
    expect(approves).toBe(true);
    for (let i = 40; i < 49; i++) expect(text).toContain(`target-${i}`);
    expect(text).toMatch(/and \d+ more/);
  });

  it('are not said to be done because the first one is', () => {
    const done = { status: 'succeeded' as const, result: { http_status: 201, at: '' }, receipt_id: 'rcp_1' };
    const lost = { status: 'indeterminate' as const, receipt_id: 'rcp_2', summary: 'Create lost' };
    const many49 = Array.from({ length: 49 }, (_, i) =>
      similar(i, i === 48 ? lost : { ...done, summary: `Create ${'long-'.repeat(40)}${i}` }),
    );
    const { text } = make({ ...shownOf(many49), view: { ...LEAD, ...done } });
    expect(text).toContain('50 similar calls · decided');
    expect(text).toContain('Create lost');
    expect(make({ ...shownOf([similar(1, done)]), view: { ...LEAD, ...done } }).text).toContain('calls · succeeded');
  });

  it('show that a value is empty as no value can look', () => {
    expect(make(shownOf([similar(1, {}, '')])).text).toContain('body /name: ⟦empty⟧');
    expect(make(shownOf([similar(1, {}, '⟦empty⟧')])).text).toContain('body /name: ⟦U+27E6⟧empty⟦U+27E7⟧');
  });

  it('are a message that is taken, however much there is to say', () => {
    const long = '"\\'.repeat(5_000);
    const flag = { id: 'force' as const, severity: 'high' as const, title: 't'.repeat(200), evidence: long };
    const view = { ...LEAD, summary: long, url: long, agent: long, owner: long, detail: long, justification: long };
    const whole = {
      ...view,
      flags: Array.from({ length: 24 }, () => flag),
      actions: Array.from({ length: 20 }, (_, i) => ({
        provider: 'http',
        service: 'api',
        operation: 'create',
        name: `n${i}`,
        level: 'write' as const,
        levelSource: 'heuristic' as const,
        tags: [],
        resource: {},
        params: {},
        summary: long,
        confidence: 'exact' as const,
      })),
    };
    const others = Array.from({ length: 49 }, (_, i) => similar(i, { summary: long }, long));
    for (const each of [alone(whole, null), { ...shownOf(others), view: whole }, shownOf(others)]) {
      const body = { text: long, size: long.length, truncated: false };
      expect(make({ ...each, body }).approves).toBe(false);
    }
  });

  it.each([
    ['a value is too long', many(2, 'x'.repeat(300))],
    ['they do not fit', many(49, 'y'.repeat(200))],
    [
      'one differs in too much',
      shownOf([{ ...similar(1), differs: Array.from({ length: 13 }, (_, i) => ({ place: `p${i}`, value: 'v' })) }]),
    ],
    ['the summary of one is too long', shownOf([similar(1, { summary: 'z'.repeat(400) })])],
    ['the risk is too high', { ...many(2), view: { ...LEAD, risk: 'high' as const } }],
  ])('have no button that approves where %s', (_what, shown) => {
    const made = make(shown);
    expect([made.approvable, made.approves]).toEqual([false, false]);
  });

  it('name what is no longer like them, and do not cover it', () => {
    const shown = shownOf([similar(1), { ...similar(2), differs: null }]);
    const { text, approves } = make(shown);
    expect(approves).toBe(true);
    expect(text).toContain('it is decided by itself (holdgate approvals show apr_2)');
    expect(covered(shown).map(({ id }) => id)).toEqual(
      [LEAD.id, 'apr_1'].map((id, i) => (i === 0 ? shown.view.id : id)),
    );
  });

  it('say what became of each, and lose the button, when all are decided', () => {
    const done = { status: 'succeeded' as const, result: { http_status: 201, at: '' }, receipt_id: 'rcp_1' };
    const shown = { ...shownOf([similar(1, done), similar(2, done)]), view: { ...LEAD, ...done } };
    const { text, approves } = make(shown);
    expect(approves).toBe(false);
    expect(text).toContain('3 similar calls, each with its own receipt');
    expect(make(shownOf([similar(1, done), similar(2, { status: 'denied' })])).text).toMatch(
      /1 waiting · ✅ 1 done · ⛔ 1 denied/,
    );
  });
});

describe('who is asked', () => {
  it('is everybody who is asked for any that waits, whichever is shown whole', () => {
    const [quorum] = LEAD.required;
    if (!quorum) throw new Error('nobody is asked');
    const escalated = { required: [{ ...quorum, from: ['group:managers'] }] };
    expect(askedFor(shownOf([similar(1), similar(2, escalated)]))).toContain('group:managers');
    expect(askedFor(shownOf([similar(1, { ...escalated, status: 'denied' })]))).not.toContain('group:managers');
    expect(askedFor(alone({ ...LEAD, required: [] }, null))).toBe('anybody in people');
  });

  it('and how far it is, is not said of all where it is so of one only', () => {
    const vote = { by: 'a@example.com', vote: 'approve' as const, reason: null, at: '', channel: 'api' };
    expect(stateLineOf(shownOf([similar(1)]))).toContain('one vote for all)');
    expect(stateLineOf(shownOf([similar(1, { votes: [vote] })]))).toContain('not all have the same votes');
  });
});

describe('what a click covers', () => {
  const value = { approvalId: 'apr_1', look: lookOfShown(many(3)) };
  const votes = (shown: Shown): { readonly shown: () => Promise<Shown> } => ({ shown: async () => shown });

  it('is what stood there: one more, one less or one changed is stale', async () => {
    expect(await current(votes(many(3)), value)).toEqual(many(3));
    for (const now of [
      many(4),
      many(2),
      alone(LEAD, null),
      shownOf([
        similar(0),
        similar(1),
        similar(2, { flags: [{ id: 'force', severity: 'high', title: 't', evidence: 'e' }] }),
      ]),
      shownOf([similar(0), similar(1), { ...similar(2), differs: null }]),
      shownOf([similar(0), similar(1), similar(2, { status: 'denied' })]),
    ])
      expect(await current(votes(now), value)).toBe(STALE);
  });

  it('is not stale for a vote on some of them', async () => {
    const vote = { by: 'a@example.com', vote: 'approve' as const, reason: null, at: '', channel: 'api' };
    const now = shownOf([similar(0), similar(1), similar(2, { votes: [vote] })]);
    expect(await current(votes(now), value)).toEqual(now);
  });

  it('is voted on one by one, and whoever voted hears how many counted', async () => {
    const cast: ChannelVote[] = [];
    const recording = async (input: ChannelVote): Promise<ChannelVoteOutcome> => {
      cast.push(input);
      return { outcome: 'recorded', approval: fold([opened(0)]) };
    };
    const choice = { person: { email: 'a@example.com', groups: [] }, vote: 'approve', reason: undefined } as const;
    const input = { ...choice, channel: 'slack' };
    expect(await voteOn({ vote: recording }, many(3), input)).toBeUndefined();
    expect(cast.map(({ approvalId, digest }) => [approvalId, digest])).toEqual(
      covered(many(3)).map(({ id, digest }) => [id, digest]),
    );
    const refusing =
      (refused: (id: string) => boolean) =>
      async (one: ChannelVote): Promise<ChannelVoteOutcome> =>
        refused(one.approvalId) ? { outcome: 'refused', detail: 'not you' } : recording(one);
    expect(await voteOn({ vote: refusing(() => true) }, many(0), input)).toBe('not you');
    expect(await voteOn({ vote: refusing(() => true) }, many(3), input)).toBe('not you');
    expect(await voteOn({ vote: refusing((id) => id === 'apr_1') }, many(3), input)).toBe(
      '3 of 4 votes were recorded. Of the others: not you',
    );
  });

  it('is bound to the message by its button', () => {
    const { blocks } = slackMessage(many(3), terms);
    const [, text = ''] = /"action_id":"holdgate_approve".*?"value":"([^"]+)"/.exec(JSON.stringify(blocks)) ?? [];
    expect(readButtonValue(terms.secrets, 'holdgate_approve', text)?.look).toBe(lookOfShown(many(3)));
    expect(lookOfShown(many(3))).not.toBe(lookOfShown(many(2)));
  });
});
