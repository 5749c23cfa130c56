// One story, whatever table people sit at: held, shown, the wrong people refused, two votes, executed, shown as done; denied with a reason;
// left until it expires; escalated; decided across a restart; clicked at two tables at once.
import { describe, expect, it } from 'vitest';
import { apiHands, type Hands, slackHands, teamsHands, until } from './channel-hands.ts';
import { useTable } from './channel-table.ts';
import { cliHands } from './cli-hands.ts';
import { SECOND } from './running-gate.ts';

const RULES = `
  - id: escalated
    match: {method: POST, path: "/escalated"}
    effect: hold
    hold: {approvals: 1, from: ["group:security"], nudge: 2m, escalate: {after: 5m, to: ["group:sales"]}, expires: 20m}
  - id: asked
    match: {method: POST, path: "/things"}
    effect: hold
    hold: {approvals: 2, from: ["group:security"], expires: 10m}
`;
const MINUTE = 60_000;
/** Short beside what a channel may take. */
const STEP = 4_000;

describe.each([
  ['the API', apiHands],
  ['the command line', cliHands],
  ['Slack over sockets', () => slackHands('socket')],
  ['Slack over HTTP', () => slackHands('http')],
  ['Teams', teamsHands],
] satisfies [string, () => Hands][])('people at %s', (_name, make) => {
  const table = useTable({ hands: [make], rules: RULES });

  it('see it, are refused where they may not, vote, and see it done', async () => {
    const { hand, gate, upstream } = table;
    const calling = table.call('x');
    const approval = await gate.held();
    await hand.shows(approval, /0 of 2 from group:security/);
    await hand.approve('outsider', approval);
    await hand.told('outsider', /Only group:security may vote/);
    await hand.approve('owner', approval);
    await hand.told('owner', /You cannot vote on this: it was started for you by deploy-bot/);
    await hand.approve('first', approval);
    await hand.shows(approval, /1 of 2 from group:security/);
    await hand.approve('first', approval);
    await hand.told('first', /one person counts once/);
    expect(upstream.requests).toEqual([]);
    await hand.approve('second', approval);
    expect((await calling).status).toBe(200);
    await hand.shows(approval, /done.*HTTP 200/i);
    expect((await table.view(approval)).votes.map(({ by }) => by)).toEqual([
      'security-oncall@example.com',
      'second-oncall@example.com',
    ]);
    expect(upstream.requests).toHaveLength(1);
  });

  it('deny with a reason that reaches the agent', async () => {
    const { hand, gate, upstream } = table;
    const calling = table.call('y');
    const approval = await gate.held();
    await hand.deny('first', approval, 'wrong database <!channel> & more');
    const answer = await calling;
    expect(answer.status).toBe(403);
    expect(((await answer.json()) as { detail: string }).detail).toContain(
      'Denied by security-oncall@example.com: "wrong database <!channel> & more"',
    );
    await hand.shows(approval, /denied by security-oncall@example.com: wrong database/i);
    expect(upstream.requests).toEqual([]);
  });

  it('who leave it are shown that it is over, as the agent is told, and vote too late', async () => {
    const { hand, gate, upstream, clock } = table;
    const calling = table.call('e');
    const approval = await gate.held();
    await hand.approve('first', approval);
    await hand.shows(approval, /1 of 2 from group:security/);
    const late = await hand.grip(approval);
    await clock.pass(10 * MINUTE, STEP);
    const answer = await calling;
    expect([answer.status, await answer.json()]).toMatchObject([403, { reason: 'approval-expired' }]);
    await hand.shows(approval, /expired without a decision; nothing was sent/i);
    await late('second');
    await hand.told('second', /expired/i);
    expect((await table.view(approval)).status).toBe('expired');
    expect(upstream.requests).toEqual([]);
  });

  it('who do not decide are reminded, and then others decide, who could not before', async () => {
    const { hand, gate, upstream, clock } = table;
    const calling = table.call('s', '/api/escalated');
    const approval = await gate.held();
    await hand.shows(approval, /0 of 1 from group:security\b(?!, group:sales)/);
    await hand.approve('outsider', approval);
    await hand.told('outsider', /Only group:security may vote/);
    await clock.pass(6 * MINUTE, STEP);
    await hand.shows(approval, /0 of 1 from group:security, group:sales/);
    expect((await table.view(approval)).escalated_at).not.toBeNull();
    const told = hand.thread(approval);
    if (told)
      expect(told).toEqual([
        expect.stringMatching(/^Still waiting for group:security\./),
        expect.stringMatching(/group:sales/),
      ]);
    await hand.approve('outsider', approval);
    expect((await calling).status).toBe(200);
    await hand.shows(approval, /done.*HTTP 200/i);
    expect(upstream.requests).toHaveLength(1);
    if (told) await until(() => (hand.thread(approval)?.length === 3 ? true : undefined));
    if (told) expect(hand.thread(approval)?.at(-1)).toMatch(/Done, approved by outsider@example.com: HTTP 200/);
  });

  it('go on after a restart in the middle', async () => {
    const { hand, upstream } = table;
    const calling = table.call('z').catch(() => undefined);
    const approval = await table.gate.held();
    await hand.approve('first', approval);
    await hand.shows(approval, /1 of 2 from group:security/);
    await table.restart();
    await calling;
    const again = table.call('z');
    await hand.approve('second', approval);
    expect((await again).status).toBe(200);
    await hand.shows(approval, /done.*HTTP 200/i);
    expect(upstream.requests).toHaveLength(1);
  });

  it('and at the API at once are one vote each', async () => {
    const { hand, gate, upstream } = table;
    const calling = table.call('w');
    const approval = await gate.held();
    await hand.shows(approval, /0 of 2/);
    await Promise.all([
      hand.approve('first', approval),
      gate.vote(approval, 'approve'),
      hand.approve('first', approval),
    ]);
    await hand.shows(approval, /1 of 2/);
    expect((await table.view(approval)).votes).toHaveLength(1);
    expect(upstream.requests).toEqual([]);
    await gate.vote(approval, 'approve', { as: SECOND });
    expect((await calling).status).toBe(200);
    expect(upstream.requests).toHaveLength(1);
  });
});
