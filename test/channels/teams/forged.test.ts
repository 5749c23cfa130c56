// What claims to come from Teams: over 100 tokens and posts that are forged, stale, early, replayed, of Entra instead of Bot Framework,
// of other bots, services and tenants. None of them is taken.
import { createHmac } from 'node:crypto';
import { type CryptoKey, exportSPKI, importJWK, type JWK } from 'jose';
import { describe, expect, it } from 'vitest';
import {
  activityOf,
  answered,
  APP,
  claims,
  makeWorld,
  NOW,
  OBJECT,
  PLACE,
  post,
  SERVICE,
  TENANT,
  USER,
} from './teams-fixture.ts';
import { approval, bearer, type Json, OTHER, useTable, value } from './table.ts';

const S = NOW / 1000;
const table = useTable();

describe('a token', () => {
  it('of Bot Framework for this bot is taken', async () => {
    const answer = await post(table.world, activityOf({ value }), bearer(table.good));
    expect([answer.status, table.world.votes.length, table.world.refused]).toEqual([200, 1, []]);
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
    const token = await table.signers.real.sign(claims(more));
    expect((await post(table.world, activityOf({ value }), bearer(token))).status).toBe(401);
    expect(table.world.votes).toEqual([]);
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
    const token = await table.signers.real.sign(claims(), header);
    expect((await post(table.world, activityOf({ value }), bearer(token))).status).toBe(401);
    expect(table.world.votes).toEqual([]);
  });

  const b64 = (json: unknown): string => Buffer.from(JSON.stringify(json)).toString('base64url');
  const made: readonly (readonly [string, () => Promise<string> | string])[] = [
    ['signed by somebody else under the same key id', () => table.signers.other.sign(claims())],
    ['of a key that speaks for other channels', () => table.signers.skype.sign(claims())],
    ['of a key that speaks for nobody', () => table.signers.unendorsed.sign(claims())],
    [
      'of Entra, with the audience of the bot and its own key',
      () => table.signers.other.sign(claims({ iss: `https://sts.windows.net/${TENANT}/`, tid: TENANT, appid: APP })),
    ],
    [
      'of Entra in another tenant, with the audience of the bot',
      () => table.signers.other.sign(claims({ iss: `https://login.microsoftonline.com/${OTHER}/v2.0`, tid: OTHER })),
    ],
    ['that is not signed', () => `${b64({ alg: 'none', kid: 'real' })}.${b64(claims())}.`],
    [
      'that is not signed, with something as the signature',
      () => `${b64({ alg: 'none', kid: 'real' })}.${b64(claims())}.AA`,
    ],
    [
      'signed with the public key as a secret',
      async () => {
        const key = await importJWK(table.signers.real.jwk as JWK, 'RS256', { extractable: true });
        const pem = await exportSPKI(key as CryptoKey);
        const signed = `${b64({ alg: 'HS256', kid: 'real', typ: 'JWT' })}.${b64(claims())}`;
        return `${signed}.${createHmac('sha256', pem).update(signed).digest('base64url')}`;
      },
    ],
    ['with other claims than were signed', () => table.good.replace(/\.[^.]+\./, `.${b64(claims({ more: 1 }))}.`)],
    ['with less signature', () => table.good.slice(0, -4)],
    ['with more signature', () => `${table.good}AAAA`],
    ['without a signature', () => table.good.replace(/\.[^.]+$/, '.')],
    ['of two parts', () => table.good.split('.').slice(0, 2).join('.')],
    ['of four parts', () => `${table.good}.AA`],
    ['of five parts', () => `${table.good}.AA.AA`],
    ['with padding', () => `${table.good}=`],
    ['with something before it', () => ` ${table.good}`],
    ['that is none', () => 'x.y.z'],
    ['that is not there', () => ''],
  ];
  it.each(made)('%s is refused', async (_name, make) => {
    expect((await post(table.world, activityOf({ value }), bearer(await make()))).status).toBe(401);
    expect(table.world.votes).toEqual([]);
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
    expect((await post(table.world, activityOf({ value }), head(table.good))).status).toBe(401);
    expect(table.world.votes).toEqual([]);
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
      const world = makeWorld(table.signers, approval);
      world.intercept = ({ url }) => {
        if (url === 'https://evil.example.com/keys') return answered(200, { keys: [table.signers.real.jwk] });
        return url.includes('openidconfiguration') ? answer : undefined;
      };
      expect((await post(world, activityOf({ value }), bearer(table.good))).status).toBe(401);
      expect(world.votes).toEqual([]);
    }
  });

  it('of invented keys makes no traffic', async () => {
    const token = await table.signers.real.sign(claims(), { kid: 'unknown' });
    for (let i = 0; i < 20; i++) await post(table.world, activityOf({ value }), bearer(token));
    expect(table.world.requests.length).toBeLessThanOrEqual(2);
  });

  it('stays good over an outage of the keys for a day, and no longer', async () => {
    await table.click();
    table.world.intercept = ({ url }) => (url.includes('.well-known') ? answered(503, {}) : undefined);
    const later = async (ms: number): Promise<number> => {
      table.world.clock.advance(ms);
      const at = table.world.clock.now();
      const token = await table.signers.real.sign(claims({ nbf: at / 1000 - 1, exp: at / 1000 + 60 }));
      return (await post(table.world, activityOf({ value }, { timestamp: new Date(at).toISOString() }), bearer(token)))
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
    expect((await post(table.world, activityOf({ value }, more), bearer(table.good))).status).toBe(401);
    expect([table.world.votes, table.world.refused.length]).toEqual([[], 1]);
  });

  it.each([
    'https://evil.example.com/',
    'http://smba.trafficmanager.net/emea/',
    'https://smba.trafficmanager.net:444/emea/',
    'x',
  ])('and a token that agree about the service %s are refused', async (serviceUrl) => {
    const token = await table.signers.real.sign(claims({ serviceurl: serviceUrl }));
    expect((await post(table.world, activityOf({ value }, { serviceUrl }), bearer(token))).status).toBe(401);
    expect(table.world.requests.filter(({ url }) => url.startsWith(serviceUrl))).toEqual([]);
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
    expect((await post(table.world, activity, bearer(table.good))).status).toBe(400);
    expect(table.world.votes).toEqual([]);
  });

  it('that comes twice counts once', async () => {
    const activity = activityOf({ value });
    expect((await post(table.world, activity, bearer(table.good))).status).toBe(200);
    expect((await post(table.world, activity, bearer(table.good))).status).toBe(401);
    expect((await post(table.world, activity, bearer(await table.signers.real.sign(claims({ more: 1 }))))).status).toBe(
      401,
    );
    expect(table.world.votes).toHaveLength(1);
  });

  it('of a message of somebody is answered, and votes for nothing', async () => {
    for (const type of ['message', 'conversationUpdate', 'installationUpdate', 'messageReaction'])
      expect((await post(table.world, activityOf({ value }, { type }), bearer(table.good))).status).toBe(200);
    expect(table.world.votes).toEqual([]);
  });
});
