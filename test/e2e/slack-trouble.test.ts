// Slack that refuses, is slow, closes its sockets or is away: nothing is lost, doubled or opened, and the messages are right afterwards.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CHANNEL, slackHands, until } from './channel-hands.ts';
import { type RawUpstream, startRawUpstream } from './raw-upstream.ts';
import { startGate, type TestGate } from './running-gate.ts';

const RULES = `
  - id: asked
    match: {method: POST}
    effect: hold
    hold: {approvals: 1, from: ["group:security"]}
`;

const hands = slackHands('socket');
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

const posts = (): number =>
  hands.slack().messages.filter(({ channel, thread }) => channel === CHANNEL && thread === undefined).length;

it('a storm of 429 and errors leaves one message for each approval, once it is over', async () => {
  const slack = hands.slack();
  let refused = 0;
  slack.intercept = (method) => {
    if (method !== 'chat.postMessage' || refused >= 6) return undefined;
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
  expect([posts(), upstream.requests.length]).toEqual([3, 3]);
});

it('sockets that are closed or cut are opened again, and a click in between finds the other one', async () => {
  const slack = hands.slack();
  const calling = gate.call('/api/things', { method: 'POST', body: 'x' });
  const approval = await gate.held();
  await hands.shows(approval, /0 of 1/);
  const [one] = slack.sockets;
  one?.close();
  await until(() => (slack.sockets.size === 1 ? true : undefined));
  await hands.approve('outsider', approval);
  await hands.told('outsider', /Only group:security/);
  await until(() => (slack.sockets.size === 2 ? true : undefined));
  for (const each of slack.sockets) each.destroy();
  await until(() => (slack.sockets.size === 0 ? true : undefined));
  await until(() => (slack.sockets.size === 2 ? true : undefined));
  await hands.approve('first', approval);
  expect((await calling).status).toBe(200);
});

it('Slack away altogether opens nothing and holds nobody up', async () => {
  const slack = hands.slack();
  slack.intercept = () => ({ status: 500 });
  for (const each of slack.sockets) each.destroy();
  const calling = gate.call('/api/things', { method: 'POST', body: 'x' });
  const approval = await gate.held();
  expect(upstream.requests).toEqual([]);
  await gate.vote(approval, 'approve');
  expect((await calling).status).toBe(200);
  expect(posts()).toBe(0);
});
