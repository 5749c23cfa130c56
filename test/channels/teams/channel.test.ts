// What goes out to Teams and what its answers mean: tokens, messages, rewrites, threads, refusals, waits; and who sees a card of their own.
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { activityFault } from '../../../src/cli/demo/teams/card-limits.ts';
import { fold } from '../../../src/core/approval/transition.ts';
import { approvalView } from '../../../src/core/approval/view.ts';
import { alone } from '../../../src/core/similar/shown.ts';
import type { Delivery, NoticeMessage } from '../../../src/ports/channel.ts';
import { opened } from '../../conformance/approval-events.ts';
import {
  activityOf,
  answered,
  claims,
  makeSigners,
  makeWorld,
  MEMBER,
  NOW,
  PLACE,
  post,
  SERVICE,
  settings,
  type Signers,
  USER,
  type World,
} from './teams-fixture.ts';

type Json = Readonly<Record<string, unknown>>;

const approval = fold([opened(NOW)]);
const message = (reason: NoticeMessage['reason'] = 'posted'): NoticeMessage => ({
  reason,
  shown: alone(approvalView(approval, NOW), null),
  version: 1,
  key: 'k',
});
const HERE = `v3/conversations/${encodeURIComponent(PLACE)}/activities`;

let signers: Signers;
let world: World;

beforeAll(async () => {
  signers = await makeSigners();
});
beforeEach(() => {
  world = makeWorld(signers, approval);
});

const deliver = (reason?: NoticeMessage['reason'], ref?: string): Promise<Delivery> =>
  world.teams.channel.deliver(PLACE, message(reason), ref);
const calls = (): readonly (readonly [string, string])[] =>
  world.requests.filter(({ url }) => url.includes('/v3/')).map(({ method, url }) => [method, url] as const);
const tokens = (): number => world.requests.filter(({ url }) => url === settings.tokenUrl).length;
const hear = async (over: Json = {}): Promise<void> => {
  const token = await signers.real.sign(claims());
  const answer = await post(world, activityOf({ value: '' }, { type: 'conversationUpdate', ...over }), [
    'authorization',
    `Bearer ${token}`,
  ]);
  expect(answer.status).toBe(200);
};

describe('a message', () => {
  it('is posted, rewritten in its place, and reminded of in its thread', async () => {
    expect(await deliver()).toEqual({ outcome: 'delivered', ref: '1700000000001' });
    expect(await deliver('updated', '1700000000001')).toEqual({ outcome: 'delivered', ref: '1700000000001' });
    await deliver('escalated', '1700000000001');
    const thread = `v3/conversations/${encodeURIComponent(`${PLACE};messageid=1700000000001`)}/activities`;
    expect(calls()).toEqual([
      ['POST', `${settings.serviceUrl}${HERE}`],
      ['PUT', `${settings.serviceUrl}${HERE}/1700000000001`],
      ['PUT', `${settings.serviceUrl}${HERE}/1700000000001`],
      ['POST', `${settings.serviceUrl}${thread}`],
    ]);
    for (const { url, body } of world.requests)
      if (url.includes('/v3/')) expect(activityFault(JSON.parse(String(body)))).toBeUndefined();
    expect(String(world.requests.at(-1)?.body)).toContain('Now asked as well: group:security.');
  });

  it('goes where the conversation was heard from, and nobody who was not verified changes that', async () => {
    await deliver();
    await hear({ conversation: { id: `${PLACE};messageid=7` } });
    await deliver();
    const token = await signers.other.sign(claims({ serviceurl: 'https://smba.trafficmanager.net/evil/' }));
    await post(world, activityOf({}, { serviceUrl: 'https://smba.trafficmanager.net/evil/' }), [
      'authorization',
      `Bearer ${token}`,
    ]);
    await deliver();
    expect(calls().map(([, url]) => url)).toEqual([
      `${settings.serviceUrl}${HERE}`,
      `${SERVICE}${HERE}`,
      `${SERVICE}${HERE}`,
    ]);
  });

  it.each([
    [400, 'refused'],
    [403, 'refused'],
    [404, 'refused'],
    [413, 'refused'],
    [401, 'later'],
    [408, 'later'],
    [409, 'later'],
    [412, 'later'],
    [429, 'later'],
    [500, 'later'],
    [502, 'later'],
    [503, 'later'],
  ] as const)('answered with %s is %s', async (status, outcome) => {
    world.intercept = ({ url }) =>
      url.includes('/v3/') ? answered(status, { error: { code: 'Words', message: 'a secret <x>' } }) : undefined;
    for (const ref of [undefined, '1'])
      expect(await deliver('updated', ref)).toEqual({ outcome, why: `HTTP ${status} Words` });
  });

  it.each([
    ['7', 7000],
    [new Date(NOW + 9000).toUTCString(), 9000],
    ['soon', undefined],
  ])('waits as long as Retry-After %s says', async (retry, after) => {
    world.intercept = ({ url }) => (url.includes('/v3/') ? answered(429, {}, { 'retry-after': retry }) : undefined);
    expect(await deliver()).toEqual({ outcome: 'later', why: 'HTTP 429', ...(after !== undefined && { after }) });
  });

  it('that cannot be sent is for later, and says why without the secret', async () => {
    world.intercept = ({ url }) => (url.includes('/v3/') ? { ok: false, why: 'no route', sent: false } : undefined);
    expect(await deliver()).toEqual({ outcome: 'later', why: 'no route' });
    world = makeWorld(signers, approval);
    world.intercept = () => answered(401, { error: 'invalid_client', error_description: 'the secret' });
    expect(await deliver()).toEqual({ outcome: 'later', why: 'no token: HTTP 401 (invalid_client)' });
  });
});

describe('the token of the bot', () => {
  it('is asked for once, by everybody at once, and anew before it ends', async () => {
    await Promise.all([deliver(), deliver(), deliver()]);
    expect(tokens()).toBe(1);
    world.clock.advance(3_299_000);
    await deliver();
    expect(tokens()).toBe(1);
    world.clock.advance(2_000);
    await deliver();
    expect(tokens()).toBe(2);
    const form = new URLSearchParams(String(world.requests.find(({ url }) => url === settings.tokenUrl)?.body));
    expect(Object.fromEntries(form)).toEqual({
      grant_type: 'client_credentials',
      client_id: settings.appId,
      client_secret: 'the secret',
      scope: 'https://api.botframework.com/.default',
    });
  });

  it('is used to its end where no other can be had, and not after it', async () => {
    await deliver();
    world.intercept = ({ url }) => (url === settings.tokenUrl ? answered(503, {}) : undefined);
    world.clock.advance(3_500_000);
    expect((await deliver()).outcome).toBe('delivered');
    world.clock.advance(100_000);
    expect(await deliver()).toEqual({ outcome: 'later', why: 'no token: HTTP 503' });
  });

  it('that was refused is not used again', async () => {
    world.intercept = ({ url }) => (url.includes('/v3/') ? answered(401, {}) : undefined);
    await deliver();
    world.intercept = () => undefined;
    expect((await deliver()).outcome).toBe('delivered');
    expect(tokens()).toBe(2);
  });

  it.each([
    {},
    { access_token: 'x' },
    { access_token: 'a\r\nb', expires_in: 60 },
    { access_token: '', expires_in: 60 },
    [],
  ])('is none in %j', async (json) => {
    world.intercept = ({ url }) => (url === settings.tokenUrl ? answered(200, json) : undefined);
    expect(await deliver()).toEqual({ outcome: 'later', why: 'no token: HTTP 200' });
    expect(calls()).toEqual([]);
  });
});

describe('a card of their own', () => {
  const card = async (): Promise<Json> => {
    await deliver();
    const { attachments } = JSON.parse(String(world.requests.at(-1)?.body)) as {
      attachments: readonly { content: Json }[];
    };
    return attachments[0]?.content ?? {};
  };
  const act = async (action: Json): Promise<Json> => {
    const token = await signers.real.sign(claims());
    const answer = await post(world, activityOf(action['data'], {}, String(action['verb'])), [
      'authorization',
      `Bearer ${token}`,
    ]);
    return JSON.parse(answer.body) as Json;
  };

  it('is made for those who have clicked here, and votes for nothing', async () => {
    expect((await card())['refresh']).toBeUndefined();
    const token = await signers.real.sign(claims());
    await post(world, activityOf({ value: 'x' }), ['authorization', `Bearer ${token}`]);
    const { userIds, action } = (await card())['refresh'] as { userIds: readonly string[]; action: Json };
    expect(userIds).toEqual([USER]);
    expect(JSON.stringify((await act(action))['value'])).toContain('"verb":"approve"');
    // A guest sees what everybody sees; what they click is refused.
    world.clock.advance(300_001);
    world.member = { ...MEMBER, userRole: 'guest' };
    const at = world.clock.now();
    const later = await signers.real.sign(claims({ exp: at / 1000 + 60 }));
    const over = { timestamp: new Date(at).toISOString() };
    const seen = await post(world, activityOf(action['data'], over, 'refresh'), ['authorization', `Bearer ${later}`]);
    expect(seen.body).toContain('AdaptiveCard');
    expect(world.votes).toEqual([]);
  });

  it('is the card as it is now, also when it was decided long ago', async () => {
    const token = await signers.real.sign(claims());
    await post(world, activityOf({ value: 'x' }), ['authorization', `Bearer ${token}`]);
    const { action } = (await card())['refresh'] as { action: Json };
    world.stands = fold([approval.opened, { type: 'cancelled', at: NOW, why: 'the agent left' }]);
    const said = JSON.stringify(await act(action));
    expect(said).toContain('Cancelled');
    expect(said).not.toContain('"verb":"approve"');
  });
});
