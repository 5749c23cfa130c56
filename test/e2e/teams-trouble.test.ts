// Teams that refuses, is slow or is away: nothing is lost, doubled or opened, and the messages are right afterwards.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { teamsHands } from './channel-hands.ts';
import { type RawUpstream, startRawUpstream } from './raw-upstream.ts';
import { startGate, type TestGate } from './running-gate.ts';

const RULES = `
  - id: asked
    match: {method: POST}
    effect: hold
    hold: {approvals: 1, from: ["group:security"]}
`;

const hands = teamsHands();
let upstream: RawUpstream;
let gate: TestGate;

beforeEach(async () => {
  upstream = await startRawUpstream();
  await hands.open();
  gate = await startGate({ upstream: upstream.url, rules: RULES, more: hands.config() });
  await hands.ready(gate);
});
afterEach(async () => {
  await gate.stop();
  await hands.close();
  await upstream.close();
});

const posts = (): number => hands.teams().messages.filter(({ thread }) => thread === undefined).length;

it('a storm of 429 and errors leaves one message for each approval, once it is over', async () => {
  const teams = hands.teams();
  let refused = 0;
  teams.intercept = (method, path) => {
    if (method !== 'POST' || !path.endsWith('/activities') || refused >= 6) return undefined;
    return ++refused % 2 ? { status: 429, retryAfter: 1 } : { status: 503 };
  };
  const calls = ['1', '2', '3'].map((body) => gate.call('/api/things', { method: 'POST', body }));
  await gate.heldConnections(3);
  const { items } = (await (await gate.api('/api/v1/approvals?status=open')).json()) as {
    items: Parameters<typeof gate.vote>[0][];
  };
  for (const approval of items) await hands.shows(approval, /0 of 1/);
  expect(posts()).toBe(3);
  for (const approval of items) await hands.approve('first', approval);
  for (const call of calls) expect((await call).status).toBe(200);
  for (const approval of items) await hands.shows(approval, /Done/);
  expect([posts(), upstream.requests.length, refused]).toEqual([3, 3, 6]);
});

it('Teams that cannot say who clicked takes no vote, and takes it afterwards', async () => {
  const teams = hands.teams();
  const calling = gate.call('/api/things', { method: 'POST', body: 'x' });
  const approval = await gate.held();
  await hands.shows(approval, /0 of 1/);
  teams.intercept = (_method, path) => (path.includes('/members/') ? { status: 503 } : undefined);
  await hands.approve('first', approval);
  await hands.told('first', /does not say who you are now; nothing was recorded/);
  expect(upstream.requests).toEqual([]);
  teams.intercept = () => undefined;
  await hands.approve('first', approval);
  expect((await calling).status).toBe(200);
});

it('Teams away altogether opens nothing and holds nobody up', async () => {
  hands.teams().intercept = () => ({ status: 500 });
  const calling = gate.call('/api/things', { method: 'POST', body: 'x' });
  const approval = await gate.held();
  expect(upstream.requests).toEqual([]);
  await gate.vote(approval, 'approve');
  expect((await calling).status).toBe(200);
  expect(posts()).toBe(0);
});
