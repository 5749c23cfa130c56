// One story, whatever table people sit at: held, shown, the wrong people refused, two votes, executed, shown as done; denied with a reason;
// decided across a restart; clicked at two tables at once.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { apiHands, type Hands, slackHands, teamsHands } from './channel-hands.ts';
import { type RawUpstream, startRawUpstream } from './raw-upstream.ts';
import { SECOND, startGate, type TestGate } from './running-gate.ts';

const RULES = `
  - id: asked
    match: {method: POST}
    effect: hold
    hold: {approvals: 2, from: ["group:security"]}
`;

describe.each([() => apiHands(), () => slackHands('socket'), () => slackHands('http'), () => teamsHands()])(
  'people at a table',
  (make) => {
    let hands: Hands;
    let upstream: RawUpstream;
    let gate: TestGate;
    let folder: string;

    const start = async (): Promise<void> => {
      gate = await startGate({ upstream: upstream.url, rules: RULES, folder, more: hands.config() });
      await hands.ready(gate);
    };
    const call = (body: string): Promise<Response> => gate.call('/api/things', { method: 'POST', body });

    beforeEach(async () => {
      hands = make();
      folder = mkdtempSync(join(tmpdir(), 'holdgate-channels-'));
      upstream = await startRawUpstream();
      await hands.open();
      await start();
    });
    afterEach(async () => {
      await gate.stop();
      await hands.close();
      await upstream.close();
      rmSync(folder, { recursive: true, force: true });
    });

    it('see it, are refused where they may not, vote, and see it done', async () => {
      const calling = call('x');
      const approval = await gate.held();
      await hands.shows(approval, /0 of 2 from group:security/);
      await hands.approve('outsider', approval);
      await hands.told('outsider', /Only group:security may vote/);
      await hands.approve('owner', approval);
      await hands.told('owner', /You cannot vote on this: it was started for you by deploy-bot/);
      await hands.approve('first', approval);
      await hands.shows(approval, /1 of 2 from group:security/);
      await hands.approve('first', approval);
      await hands.told('first', /one person counts once/);
      expect(upstream.requests).toEqual([]);
      await hands.approve('second', approval);
      expect((await calling).status).toBe(200);
      await hands.shows(approval, /Done, approved by security-oncall@example.com, second-oncall@example.com: HTTP 200/);
      expect(upstream.requests).toHaveLength(1);
    });

    it('deny with a reason that reaches the agent', async () => {
      const calling = call('y');
      const approval = await gate.held();
      await hands.deny('first', approval, 'wrong database <!channel> & more');
      const answer = await calling;
      expect(answer.status).toBe(403);
      expect(((await answer.json()) as { detail: string }).detail).toContain(
        'Denied by security-oncall@example.com: "wrong database <!channel> & more"',
      );
      await hands.shows(approval, /Denied by security-oncall@example.com: wrong database/);
      expect(upstream.requests).toEqual([]);
    });

    it('go on after a restart in the middle', async () => {
      const calling = call('z').catch(() => undefined);
      const approval = await gate.held();
      await hands.approve('first', approval);
      await hands.shows(approval, /1 of 2 from group:security/);
      await gate.stop();
      await calling;
      await start();
      const again = call('z');
      await hands.approve('second', approval);
      expect((await again).status).toBe(200);
      await hands.shows(approval, /Done/);
      expect(upstream.requests).toHaveLength(1);
    });

    it('and at another one at once are one vote each', async () => {
      const calling = call('w');
      const approval = await gate.held();
      await hands.shows(approval, /0 of 2/);
      await Promise.all([
        hands.approve('first', approval),
        gate.vote(approval, 'approve'),
        hands.approve('first', approval),
      ]);
      await hands.shows(approval, /1 of 2/);
      expect(upstream.requests).toEqual([]);
      await gate.vote(approval, 'approve', { as: SECOND });
      expect((await calling).status).toBe(200);
      expect(upstream.requests).toHaveLength(1);
    });
  },
);
