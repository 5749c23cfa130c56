// The local PagerDuty is as strict as PagerDuty: what it refuses, the product must not say.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FakePagerDuty, startFakePagerDuty } from '../../src/cli/demo/pagerduty/fake-pagerduty.ts';
import { createManualClock, type ManualClock } from '../ports/manual-clock.ts';

let clock: ManualClock;
let fake: FakePagerDuty;

beforeEach(async () => {
  clock = createManualClock();
  fake = await startFakePagerDuty(clock);
  fake.schedules.set('P1', ['ann@example.com', 'bob@example.com']);
});
afterEach(() => fake.close());

const get = (path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  fetch(`${fake.apiUrl}${path}`, {
    headers: {
      authorization: `Token token=${fake.token}`,
      accept: 'application/vnd.pagerduty+json;version=2',
      ...headers,
    },
  });
const ASK = '/oncalls?schedule_ids%5B%5D=P1';

it.each([
  ['another token', ASK, { authorization: 'Token token=x' }, 401],
  ['a bearer token', ASK, { authorization: 'Bearer u+fakePagerDutyToken' }, 401],
  ['another version', ASK, { accept: 'application/vnd.pagerduty+json;version=1' }, 406],
  ['a schedule that is not there', '/oncalls?schedule_ids%5B%5D=P2', {}, 400],
  ['a page over 100', `${ASK}&limit=101`, {}, 400],
  ['another path', '/incidents', {}, 404],
])('refuses %s', async (_name, path, headers, status) => {
  expect((await get(path, headers)).status).toBe(status);
  expect(fake.faults).toHaveLength(1);
});

it('gives pages, and addresses only where users are asked for', async () => {
  const page = (await (await get(`${ASK}&limit=1&include%5B%5D=users`)).json()) as {
    oncalls: unknown[];
    more: boolean;
  };
  expect(page).toMatchObject({ oncalls: [{ user: { email: 'ann@example.com' } }], more: true });
  const last = (await (await get(`${ASK}&limit=1&offset=1`)).json()) as { oncalls: { user: object }[]; more: boolean };
  expect(last.more).toBe(false);
  expect(last.oncalls[0]?.user).not.toHaveProperty('email');
});

it('takes so many requests a minute', async () => {
  for (let i = 0; i < 960; i++) await (await get('/incidents')).arrayBuffer();
  expect((await get(ASK)).status).toBe(429);
  clock.advance(60_001);
  expect((await get(ASK)).status).toBe(200);
});

it('ties events to incidents by their key, and takes only whole ones', async () => {
  const send = async (event: object): Promise<number> =>
    (
      await fetch(fake.eventsUrl, {
        method: 'POST',
        body: JSON.stringify({ routing_key: fake.routingKey, dedup_key: 'k', ...event }),
      })
    ).status;
  const payload = { summary: 's', source: 'bot', severity: 'error' };
  expect(await send({ event_action: 'resolve' })).toBe(202);
  expect(fake.incidents.size).toBe(0);
  expect(await send({ event_action: 'trigger', payload })).toBe(202);
  expect(await send({ event_action: 'trigger', payload })).toBe(202);
  expect(await send({ event_action: 'resolve' })).toBe(202);
  expect(fake.incidents.get('k')).toMatchObject({ status: 'resolved', actions: ['trigger', 'trigger', 'resolve'] });
  for (const wrong of [
    { event_action: 'open', payload },
    { event_action: 'trigger', payload, routing_key: 'x' },
    { event_action: 'trigger', payload, dedup_key: 'k'.repeat(256) },
    { event_action: 'trigger', payload: { ...payload, summary: 'x'.repeat(1025) } },
    { event_action: 'trigger', payload: { ...payload, severity: 'high' } },
    { event_action: 'trigger', payload: { ...payload, source: '' } },
  ])
    expect(await send(wrong)).toBe(400);
});
