// One approval at several tables at once: a human counts once wherever they click, a call runs once whoever decides it, and every place
// shows the same end.
import { describe, expect, it } from 'vitest';
import type { ApprovalView } from '../../src/core/approval/view.ts';
import { type Hands, slackHands, teamsHands } from './channel-hands.ts';
import { useTable } from './channel-table.ts';
import { SECOND } from './running-gate.ts';

const RULES = `
  - id: by-one
    match: {method: POST, path: "/one"}
    effect: hold
    hold: {approvals: 1, from: ["group:security"]}
  - id: by-two
    match: {method: POST, path: "/two"}
    effect: hold
    hold: {approvals: 2, from: ["group:security"]}
`;
/** Who is first changes from round to round. */
const ROUNDS = [0, 1, 2, 3, 4, 5];

describe.each([
  ['sockets', 1],
  ['HTTP', 1],
  ['sockets', 2],
] as const)('Slack over %s and Teams, at %i gates on one store', (mode, gates) => {
  const table = useTable<Hands>({
    hands: [() => slackHands(mode === 'HTTP' ? 'http' : 'socket'), () => teamsHands()],
    rules: RULES,
    gates,
  });
  const both = (): [Hands, Hands] => table.hands as [Hands, Hands];
  const shown = async (approval: ApprovalView, words: RegExp): Promise<void> =>
    void (await Promise.all(both().map((each) => each.shows(approval, words))));
  const held = async (body: string, path: string): Promise<[Promise<Response>, ApprovalView]> => {
    const calling = table.call(body, path);
    const [approval] = await table.open(1);
    if (!approval) throw new Error('nothing is held');
    await shown(approval, /0 of/);
    return [calling, approval];
  };

  it('one human who clicks everywhere at once is one vote', async () => {
    const [slack, teams] = both();
    for (const round of ROUNDS) {
      const [calling, approval] = await held(`${round}`, '/api/two');
      const clicks = [
        () => slack.approve('first', approval),
        () => teams.approve('first', approval),
        async () => table.gates.at(-1)?.vote(approval, 'approve'),
      ];
      await Promise.all([...clicks.slice(round % 3), ...clicks.slice(0, round % 3)].map((click) => click()));
      await shown(approval, /1 of 2/);
      const { status, votes } = await table.view(approval);
      expect([status, votes.map(({ by }) => by)]).toEqual(['pending', ['security-oncall@example.com']]);
      expect(table.upstream.requests).toHaveLength(round);
      await table.gate.vote(approval, 'approve', { as: SECOND });
      expect((await calling).status).toBe(200);
      await shown(approval, /Done, approved by security-oncall@example.com, second-oncall@example.com: HTTP 200/);
    }
    expect(table.upstream.requests).toHaveLength(ROUNDS.length);
  });

  it('two humans who approve at once, where one is enough, are one send', async () => {
    const [slack, teams] = both();
    for (const round of ROUNDS) {
      const [calling, approval] = await held(`${round}`, '/api/one');
      const clicks = [() => slack.approve('first', approval), () => teams.approve('second', approval)];
      await Promise.all((round % 2 === 0 ? clicks : clicks.toReversed()).map((click) => click()));
      expect((await calling).status).toBe(200);
      await shown(approval, /Done, approved by .*HTTP 200/);
      expect((await table.view(approval)).status).toBe('succeeded');
      expect(table.upstream.requests).toHaveLength(round + 1);
    }
  });

  it('of a yes and a no at once one counts, the same for the agent, the upstream and both places', async () => {
    const [slack, teams] = both();
    let sent = 0;
    for (const round of ROUNDS) {
      const [calling, approval] = await held(`${round}`, '/api/one');
      const clicks = [() => slack.approve('first', approval), () => teams.deny('second', approval, 'no')];
      await Promise.all((round % 2 === 0 ? clicks : clicks.toReversed()).map((click) => click()));
      const answer = await calling;
      expect([200, 403]).toContain(answer.status);
      const approved = answer.status === 200;
      sent += approved ? 1 : 0;
      await shown(approval, approved ? /Done, approved by security-oncall/ : /Denied by second-oncall@example.com: no/);
      expect((await table.view(approval)).status).toBe(approved ? 'succeeded' : 'denied');
      expect(table.upstream.requests).toHaveLength(sent);
    }
  });
});
