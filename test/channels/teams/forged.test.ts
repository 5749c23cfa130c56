// What claims to come from Teams and from people: over 120 tokens, posts and clicks that are forged, stale, early, replayed, of Entra instead of Bot Framework,
// of other bots, services and tenants, of guests, bots and people who left. None of them votes.
import { createHmac } from 'node:crypto';
import { type CryptoKey, exportSPKI, importJWK, type JWK } from 'jose';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buttonValue } from '../../../src/channels/card/button-value.ts';
import { lookOf } from '../../../src/core/approval/look.ts';
import { fold } from '../../../src/core/approval/transition.ts';
import { approvalView } from '../../../src/core/approval/view.ts';
import { opened } from '../../conformance/approval-events.ts';
import { secrets } from '../slack/slack-fixture.ts';
import {
  activityOf,
  answered,
  APP,
  claims,
  makeSigners,
  makeWorld,
  MEMBER,
  NOW,
  OBJECT,
  PLACE,
  post,
  SERVICE,
  type Signers,
  TENANT,
  USER,
  type World,
} from './teams-fixture.ts';

type Json = Readonly<Record<string, unknown>>;

const approval = fold([opened(NOW)]);
const look = lookOf(approvalView(approval, NOW));
const valueFor = (verb: string, over: Partial<{ approvalId: string; look: string }> = {}): string =>
  buttonValue(secrets, `teams_${verb}`, { approvalId: approval.id, look, ...over });
const value = valueFor('approve');
const OTHER = '99999999-8888-4777-8666-000000000000';
const S = NOW / 1000;

let signers: Signers;
let world: World;
let good: string;

beforeAll(async () => {
  signers = await makeSigners();
  good = await signers.real.sign(claims());
});
beforeEach(() => {
  world = makeWorld(signers, approval);
});

const bearer = (token: string): readonly string[] => ['Authorization', `Bearer ${token}`];
const send = async (activity: unknown): Promise<Json> =>
  JSON.parse((await post(world, activity, bearer(good))).body || '{}') as Json;
const click = (data: unknown = { value }, over: Json = {}, verb = 'approve'): Promise<Json> =>
  send(activityOf(data, over, verb));

describe('a token', () => {
  it('of Bot Framework for this bot is taken', async () => {
    const answer = await post(world, activityOf({ value }), bearer(good));
    expect([answer.status, world.votes.length, world.refused]).toEqual([200, 1, []]);
  });

  const over: readonly (readonly [string, Json])[] = [
    ...[
      `https://sts.windows.net/${TENANT}/`,
      `https://login.microsoftonline.com/${TENANT}/v2.0`,
      `https://sts.windows.net/${OTHER}/`,
      `https://login.microsoftonline.com/${OTHER}/v2.0`,
      'https://login.microsoftonline.com/botframework.com/v2.0',
      'https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/',
      'https://api.botframework.com/',
      'http://api.botframework.com',
      'https://API.botframework.com',
      'https://api.botframework.us',
      'https://api.botframework.com.evil.example',
      ['https://api.botframework.com'],
      '',
      undefined,
    ].map((iss) => [`issued by ${JSON.stringify(iss)}`, { iss }] as const),
    ...[
      OTHER,
      [APP],
      [APP, OTHER],
      APP.toUpperCase(),
      `api://${APP}`,
      'https://api.botframework.com',
      '',
      undefined,
    ].map((aud) => [`for ${JSON.stringify(aud)}`, { aud }] as const),
    ...[S - 61, S - 3600, 0, 'soon', null, undefined].map(
      (exp) => [`that ends ${JSON.stringify(exp)}`, { exp }] as const,
    ),
    ...[S + 61, S + 3600, 'now', null, undefined].map(
      (nbf) => [`that begins ${JSON.stringify(nbf)}`, { nbf }] as const,
    ),
    ['that lives for years', { exp: S + 400 * 86_400 }],
    ...[
      undefined,
      '',
      SERVICE.slice(0, -1),
      `${SERVICE}x`,
      SERVICE.toUpperCase(),
      'https://smba.trafficmanager.net/amer/',
      'https://evil.example.com/',
      [SERVICE],
      1,
    ].map((serviceurl) => [`with the service ${JSON.stringify(serviceurl)}`, { serviceurl }] as const),
    ['that spells the claim otherwise', { serviceurl: undefined, serviceUrl: SERVICE }],
  ];
  it.each(over)('%s is refused', async (_name, more) => {
    const token = await signers.real.sign(claims(more));
    expect((await post(world, activityOf({ value }), bearer(token))).status).toBe(401);
    expect(world.votes).toEqual([]);
  });

  const headers: readonly (readonly [string, Json])[] = [
    ['of an unknown key', { kid: 'unknown' }],
    ['without a key id', { kid: undefined }],
    ['with an empty key id', { kid: '' }],
    ['that says it is of the key of another channel', { kid: 'skype' }],
    ['that points to its keys', { jku: 'https://evil.example.com/keys' }],
    ['that points to a certificate', { x5u: 'https://evil.example.com/x' }],
    ['that brings its key', { jwk: { kty: 'RSA' } }],
    ['that was made for something else', { typ: 'at+jwt' }],
    ['that logs somebody out', { typ: 'logout+jwt' }],
  ];
  it.each(headers)('%s is refused', async (_name, header) => {
    const token = await signers.real.sign(claims(), header);
    expect((await post(world, activityOf({ value }), bearer(token))).status).toBe(401);
    expect(world.votes).toEqual([]);
  });

  const b64 = (json: unknown): string => Buffer.from(JSON.stringify(json)).toString('base64url');
  const made: readonly (readonly [string, () => Promise<string> | string])[] = [
    ['signed by somebody else under the same key id', () => signers.other.sign(claims())],
    ['of a key that speaks for other channels', () => signers.skype.sign(claims())],
    ['of a key that speaks for nobody', () => signers.unendorsed.sign(claims())],
    [
      'of Entra, with the audience of the bot and its own key',
      () => signers.other.sign(claims({ iss: `https://sts.windows.net/${TENANT}/`, tid: TENANT, appid: APP })),
    ],
    [
      'of Entra in another tenant, with the audience of the bot',
      () => signers.other.sign(claims({ iss: `https://login.microsoftonline.com/${OTHER}/v2.0`, tid: OTHER })),
    ],
    ['that is not signed', () => `${b64({ alg: 'none', kid: 'real' })}.${b64(claims())}.`],
    [
      'that is not signed, with something as the signature',
      () => `${b64({ alg: 'none', kid: 'real' })}.${b64(claims())}.AA`,
    ],
    [
      'signed with the public key as a secret',
      async () => {
        const key = await importJWK(signers.real.jwk as JWK, 'RS256', { extractable: true });
        const pem = await exportSPKI(key as CryptoKey);
        const signed = `${b64({ alg: 'HS256', kid: 'real', typ: 'JWT' })}.${b64(claims())}`;
        return `${signed}.${createHmac('sha256', pem).update(signed).digest('base64url')}`;
      },
    ],
    ['with other claims than were signed', () => good.replace(/\.[^.]+\./, `.${b64(claims({ more: 1 }))}.`)],
    ['with less signature', () => good.slice(0, -4)],
    ['with more signature', () => `${good}AAAA`],
    ['without a signature', () => good.replace(/\.[^.]+$/, '.')],
    ['of two parts', () => good.split('.').slice(0, 2).join('.')],
    ['of four parts', () => `${good}.AA`],
    ['of five parts', () => `${good}.AA.AA`],
    ['with padding', () => `${good}=`],
    ['with something before it', () => ` ${good}`],
    ['that is none', () => 'x.y.z'],
    ['that is not there', () => ''],
  ];
  it.each(made)('%s is refused', async (_name, make) => {
    expect((await post(world, activityOf({ value }), bearer(await make()))).status).toBe(401);
    expect(world.votes).toEqual([]);
  });

  const carried: readonly (readonly [string, (token: string) => readonly string[]])[] = [
    ['nowhere', () => []],
    ['twice', (token) => [...bearer(token), ...bearer(token)]],
    ['after another one', (token) => [...bearer('x'), ...bearer(token)]],
    ['by itself', (token) => ['Authorization', token]],
    ['as Basic', (token) => ['Authorization', `Basic ${token}`]],
    ['in a list', (token) => ['Authorization', `Bearer x, Bearer ${token}`]],
    ['in another header', (token) => ['X-Authorization', `Bearer ${token}`]],
  ];
  it.each(carried)('carried %s is refused', async (_name, head) => {
    expect((await post(world, activityOf({ value }), head(good))).status).toBe(401);
    expect(world.votes).toEqual([]);
  });

  it('is refused where the keys cannot be had, or are those of somebody else', async () => {
    for (const answer of [
      answered(500, {}),
      answered(200, []),
      answered(200, {
        issuer: 'https://evil.example.com',
        jwks_uri: 'https://login.botframework.com/v1/.well-known/keys',
      }),
      answered(200, { issuer: 'https://api.botframework.com', jwks_uri: 'https://evil.example.com/keys' }),
      { ok: false, why: 'away', sent: false } as const,
    ]) {
      world = makeWorld(signers, approval);
      world.intercept = ({ url }) => (url.includes('openidconfiguration') ? answer : undefined);
      expect((await post(world, activityOf({ value }), bearer(good))).status).toBe(401);
    }
  });

  it('of invented keys makes no traffic', async () => {
    const token = await signers.real.sign(claims(), { kid: 'unknown' });
    for (let i = 0; i < 20; i++) await post(world, activityOf({ value }), bearer(token));
    expect(world.requests.length).toBeLessThanOrEqual(2);
  });

  it('stays good over an outage of the keys for a day, and no longer', async () => {
    await click();
    world.intercept = ({ url }) => (url.includes('.well-known') ? answered(503, {}) : undefined);
    const later = async (ms: number): Promise<number> => {
      world.clock.advance(ms);
      const at = world.clock.now();
      const token = await signers.real.sign(claims({ nbf: at / 1000 - 1, exp: at / 1000 + 60 }));
      return (await post(world, activityOf({ value }, { timestamp: new Date(at).toISOString() }), bearer(token)))
        .status;
    };
    expect(await later(7_200_000)).toBe(200);
    expect(await later(86_400_000)).toBe(401);
  });
});

describe('a post', () => {
  const at = (ms: number): string => new Date(NOW + ms).toISOString();
  const over: readonly (readonly [string, Json])[] = [
    ...[`28:${OTHER}`, APP, `29:${APP}`, `28:${APP}x`, `28:${APP.replace('1', 'A')}`].map(
      (id) => [`for ${id}`, { recipient: { id } }] as const,
    ),
    ...['webchat', 'directline', 'emulator', 'skype', 'MSTEAMS', ''].map(
      (channelId) => [`of the channel ${JSON.stringify(channelId)}`, { channelId }] as const,
    ),
    [
      'of a tenant that is not named',
      { channelData: { tenant: { id: OTHER } }, conversation: { id: PLACE, tenantId: OTHER } },
    ],
    [
      'of a tenant that is not named, in a conversation without one',
      { channelData: { tenant: { id: OTHER } }, conversation: { id: PLACE } },
    ],
    ['of two tenants', { conversation: { id: PLACE, tenantId: OTHER } }],
    ['of two tenants, the other way round', { channelData: { tenant: { id: OTHER } } }],
    ...[-300_001, -3_600_000, 300_001, 3_600_000].map((ms) => [`${ms} ms off`, { timestamp: at(ms) }] as const),
    ...['', 'now', '0'].map((timestamp) => [`at ${JSON.stringify(timestamp)}`, { timestamp }] as const),
    ['of another service than the token says', { serviceUrl: 'https://smba.trafficmanager.net/amer/' }],
  ];
  it.each(over)('%s is refused', async (_name, more) => {
    expect((await post(world, activityOf({ value }, more), bearer(good))).status).toBe(401);
    expect([world.votes, world.refused.length]).toEqual([[], 1]);
  });

  it.each([
    'https://evil.example.com/',
    'http://smba.trafficmanager.net/emea/',
    'https://smba.trafficmanager.net:444/emea/',
    'x',
  ])('and a token that agree about the service %s are refused', async (serviceUrl) => {
    const token = await signers.real.sign(claims({ serviceurl: serviceUrl }));
    expect((await post(world, activityOf({ value }, { serviceUrl }), bearer(token))).status).toBe(401);
    expect(world.requests.filter(({ url }) => url.startsWith(serviceUrl))).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['nothing', ''],
    ['no JSON', '{'],
    ['a list', []],
    ['no tenant', activityOf({ value }, { channelData: {} })],
    ['a tenant by name', activityOf({ value }, { channelData: { tenant: { id: 'contoso' } } })],
    ['no conversation', activityOf({ value }, { conversation: undefined })],
    ['no recipient', activityOf({ value }, { recipient: undefined })],
    ['no time', activityOf({ value }, { timestamp: undefined })],
    ['no id', activityOf({ value }, { id: '' })],
    ['no service', activityOf({ value }, { serviceUrl: undefined })],
    ['an object id that is none', activityOf({ value }, { from: { id: USER, aadObjectId: 'ann' } })],
    ['nobody', activityOf({ value }, { from: { id: USER } })],
    ['a bot', activityOf({ value }, { from: { id: `28:${OTHER}`, aadObjectId: OBJECT } })],
    ['an invoke of another name', activityOf({ value }, { name: 'task/submit' })],
    [
      'another action',
      activityOf({ value }, { value: { action: { type: 'Action.Submit', verb: 'approve', data: { value } } } }),
    ],
    ['no action', activityOf({ value }, { value: { data: { value } } })],
    ['no value', activityOf({ value }, { value: undefined })],
  ])('of %s is nothing, though the token is real', async (_name, activity) => {
    expect((await post(world, activity, bearer(good))).status).toBe(400);
    expect(world.votes).toEqual([]);
  });

  it('that comes twice counts once', async () => {
    const activity = activityOf({ value });
    expect((await post(world, activity, bearer(good))).status).toBe(200);
    expect((await post(world, activity, bearer(good))).status).toBe(401);
    expect((await post(world, activity, bearer(await signers.real.sign(claims({ more: 1 }))))).status).toBe(401);
    expect(world.votes).toHaveLength(1);
  });

  it('of a message of somebody is answered, and votes for nothing', async () => {
    for (const type of ['message', 'conversationUpdate', 'installationUpdate', 'messageReaction'])
      expect((await post(world, activityOf({ value }, { type }), bearer(good))).status).toBe(200);
    expect(world.votes).toEqual([]);
  });
});

describe('a click', () => {
  it('of the right person on the right button votes, and shows the card as it is then', async () => {
    const answer = await click();
    expect(world.votes).toEqual([
      expect.objectContaining({
        approvalId: approval.id,
        vote: 'approve',
        digest: approval.opened.digest,
        channel: 'teams',
        person: { email: 'ann@example.com', groups: ['security'] },
      }),
    ]);
    expect(answer['type']).toBe('application/vnd.microsoft.card.adaptive');
  });

  it.each<[string, Json | undefined, RegExp]>([
    ['a guest', { userRole: 'guest' }, /Guests/],
    ['somebody anonymous', { userRole: 'anonymous' }, /Guests/],
    ['somebody of no role', { userRole: undefined }, /Guests/],
    ['a bot', { userRole: 'bot' }, /Guests/],
    ['a guest by name', { userPrincipalName: 'ann_example.com#EXT#@contoso.onmicrosoft.com' }, /Guests/],
    ['a member of another tenant', { tenantId: OTHER }, /Only members/],
    ['a member of no tenant', { tenantId: undefined }, /Only members/],
    ['another object', { objectId: OTHER }, /does not say who you are/],
    ['two objects', { aadObjectId: OTHER }, /does not say who you are/],
    ['no object', { objectId: undefined }, /does not say who you are/],
    ['another user than the one who clicked', { id: '29:eve' }, /does not say who you are/],
    ['somebody else by name', { userPrincipalName: 'eve@example.com' }, /holdgate link CODE0123456789ABCDEF/],
    [
      'somebody by their e-mail address alone',
      { userPrincipalName: 'x@example.com', email: 'ann@example.com' },
      /holdgate link/,
    ],
    ['somebody without a name', { userPrincipalName: undefined, email: 'ann@example.com' }, /holdgate link/],
    ['somebody who left', undefined, /does not say who you are/],
  ])('of %s does not', async (_name, more, words) => {
    world.member = more && { ...MEMBER, ...more };
    const answer = await click();
    expect(world.votes).toEqual([]);
    expect(String(answer['value'])).toMatch(words);
  });

  it.each<[string, Json]>([
    ['another object id', { from: { id: USER, aadObjectId: OTHER } }],
    ['another user id', { from: { id: '29:eve', aadObjectId: OBJECT } }],
  ])('that claims %s does not', async (_name, over) => {
    const answer = await click({ value }, over);
    expect(world.votes).toEqual([]);
    expect(String(answer['value'])).toMatch(/does not say who you are/);
  });

  it('is looked up anew each time, with a token of the bot, where the conversation is', async () => {
    await click();
    world.member = { ...MEMBER, userRole: 'guest' };
    expect(String((await click())['value'])).toMatch(/Guests/);
    expect(world.votes).toHaveLength(1);
    const lookups = world.requests.filter(({ method, url }) => method === 'GET' && url.includes('/members/'));
    expect(lookups.map(({ url }) => url)).toEqual(
      Array.from({ length: 2 }, () => `${SERVICE}v3/conversations/${encodeURIComponent(PLACE)}/members/29%3Aann`),
    );
    expect(lookups.every(({ headers }) => /^Bearer t\d+$/.test(headers['authorization'] ?? ''))).toBe(true);
    expect(world.requests.filter(({ url }) => url.includes('oauth2'))).toHaveLength(1);
  });

  it.each([401, 403, 429, 500, 503])('does not while the connector answers %s', async (status) => {
    world.intercept = ({ url }) => (url.includes('/members/') ? answered(status, {}) : undefined);
    expect(String((await click())['value'])).toMatch(/does not say who you are/);
    expect(world.votes).toEqual([]);
  });

  const mac = value.split('.').at(-1) ?? '';
  const values: readonly unknown[] = [
    '',
    approval.id,
    value.slice(0, -1),
    `${value}x`,
    value.replace('v1', 'v2'),
    value.replace('.1.', '.2.'),
    value.replace(look, '0'.repeat(16)),
    value.replace(approval.id, 'apr_01J000000000000000000000XX'),
    value.replace(mac, 'A'.repeat(22)),
    ` ${value}`,
    value.toUpperCase(),
    valueFor('deny'),
    valueFor('refresh'),
    valueFor('approve', { look: 'f'.repeat(16) }),
    valueFor('approve', { approvalId: 'apr_other' }),
    buttonValue(secrets, 'holdgate_approve', { approvalId: approval.id, look }),
    null,
    7,
    [value],
  ];
  it.each(values.map((each) => [JSON.stringify(each).slice(0, 60), each] as const))(
    'on a button that carries %s does not',
    async (_name, each) => {
      await click({ value: each });
      expect(world.votes).toEqual([]);
    },
  );

  it.each(['', 'Approve', 'approve ', 'teams_approve', 'holdgate_approve', 'constructor', 'refresh'])(
    'with the verb %j does not, whatever the value',
    async (verb) => {
      await click({ value }, {}, verb);
      await click({ value: verb === '' ? value : valueFor(verb) }, {}, verb);
      expect(world.votes).toEqual([]);
    },
  );

  it('on a card that shows something else than the approval is now does not', async () => {
    const flags = [{ id: 'wildcard-admin' as const, severity: 'critical' as const, title: 't', evidence: 'e' }];
    world.stands = fold([opened(NOW, { ...approval.opened, flags })]);
    expect(String((await click())['value'])).toMatch(/changed since you looked/);
    expect(world.votes).toEqual([]);
  });

  it('on what is decided does not, and says what became of it', async () => {
    world.stands = fold([approval.opened, { type: 'cancelled', at: NOW, why: 'the agent left' }]);
    expect(String((await click())['value'])).toMatch(/Decided already.*Cancelled/);
    expect(world.votes).toEqual([]);
  });

  it('on what is of too high a risk does not, whatever button was kept', async () => {
    world.stands = fold([opened(NOW, { ...approval.opened, risk: 'critical' })]);
    const kept = lookOf(approvalView(world.stands, NOW));
    await click({ value: valueFor('approve', { look: kept }) });
    expect(world.votes).toEqual([]);
  });

  it('denies with a reason, and not without one', async () => {
    for (const reason of [undefined, '', '  ', 7, ['x']]) {
      const answer = await click({ value: valueFor('deny'), reason }, {}, 'deny');
      expect(String(answer['value'])).toMatch(/Say why/);
    }
    expect(world.votes).toEqual([]);
    await click({ value: valueFor('deny'), reason: ' too much ' }, {}, 'deny');
    expect(world.votes).toEqual([expect.objectContaining({ vote: 'deny', reason: 'too much' })]);
  });

  it('of a token that was signed for nobody is never remembered', async () => {
    const token = await signers.other.sign(claims());
    await post(world, activityOf({ value }, { from: { id: '29:eve', aadObjectId: OBJECT } }), bearer(token));
    const card = JSON.stringify(await click());
    expect(card).toContain(USER);
    expect(card).not.toContain('29:eve');
  });
});
