// Tokens that people sign in with, and those that nobody should: signed with real keys, checked by what the gate checks them with.
import { createHmac } from 'node:crypto';
import { exportSPKI, importJWK, type JWTPayload } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';
import type { SignInIssuer } from '../../src/core/sign-in-settings.ts';
import { createDirectory } from '../../src/people/directory.ts';
import { createOneAddress } from '../../src/people/one-address.ts';
import { createRememberedGroups, type RememberedGroups } from '../../src/people/remembered-groups.ts';
import { createTokenSignIn, type TokenSignIn } from '../../src/people/token-sign-in.ts';
import { createTokenChecker } from '../../src/proxy/auth/token-checker.ts';
import { StoreUnavailable } from '../../src/ports/approval-store.ts';
import { createManualClock, type ManualClock } from '../ports/manual-clock.ts';
import { keySet, sign, signingKey } from '../proxy/auth/issuer.ts';
import { createMemoryRecords, type RecordsDisk } from '../stores/memory-records.ts';
import { IDP, idp } from './issuer-settings.ts';

const [key, stranger, rsa] = await Promise.all([
  signingKey('ES256', 'es'),
  signingKey('ES256', 'es'),
  signingKey('RS256', 'rs'),
]);
const START = 1_700_000_000_000;
const NOW = START / 1000;
const claims = (more: Readonly<Record<string, unknown>> = {}): JWTPayload => ({
  iss: IDP,
  aud: 'holdgate-people',
  sub: '00u1',
  email: 'ann@example.com',
  email_verified: true,
  groups: ['idp-security', 'everybody'],
  iat: NOW - 10,
  exp: NOW + 3600,
  ...more,
});
const part = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

describe('a token of an identity provider', () => {
  let clock: ManualClock;
  let published: ReturnType<typeof keySet>;
  let remembered: RememberedGroups;
  let isStoreAway: boolean;
  let disk: RecordsDisk;

  function signIn(token: string, more: Partial<SignInIssuer> = {}): Promise<TokenSignIn> {
    const issuers = [idp(more)];
    const records = createMemoryRecords(clock, disk);
    const kept: typeof records = {
      ...records,
      put: (...input) => (isStoreAway ? Promise.reject(new StoreUnavailable('away')) : records.put(...input)),
    };
    remembered = createRememberedGroups({
      records: kept,
      issuers,
      clock,
      onTrouble: () => undefined,
    });
    const people = createDirectory({
      people: [{ email: 'ann@example.com', groups: ['staff'] }],
      sources: [remembered],
      onCall: { of: () => [] },
    });
    const checker = createTokenChecker(issuers, clock, () => published.fetchJwks);
    return createTokenSignIn({
      verify: async (text) => {
        const checked = await checker.check(text);
        return checked.ok ? { ok: true, issuer: checked.issuer.issuer, claims: checked.claims } : checked;
      },
      issuers,
      takeAddress: createOneAddress({ records: kept, clock }),
      remembered,
      people,
      clock,
    })(token);
  }
  const person = async (token: string, more?: Partial<SignInIssuer>): Promise<unknown> => {
    const done = await signIn(token, more);
    return done.ok ? { email: done.person.email, groups: done.person.groups } : done.why;
  };

  beforeEach(() => {
    clock = createManualClock(START);
    published = keySet(key.jwk, rsa.jwk);
    isStoreAway = false;
    disk = new Map();
  });

  it('says who somebody is and which of our groups they are in', async () => {
    expect(await person(await sign(key, claims()))).toEqual({
      email: 'ann@example.com',
      groups: ['staff', 'security'],
    });
    expect(await person(await sign(key, claims({ groups: ['idp-platform'], iat: NOW - 5 })))).toMatchObject({
      groups: ['staff', 'platform', 'oncallers'],
    });
  });

  it.each<[string, Readonly<Record<string, unknown>>, Partial<SignInIssuer>]>([
    ['an address in other letters', { email: 'Ann@EXAMPLE.com' }, {}],
    ['an audience in a list of one', { aud: ['holdgate-people'] }, {}],
    ['no groups at all', { groups: undefined }, {}],
    ['an empty list of groups', { groups: [] }, {}],
    ['a domain that its provider speaks for', {}, { domains: ['example.com'] }],
    [
      'claims elsewhere',
      { email: undefined, u: { mail: 'ann@example.com' }, ok: true, email_verified: undefined },
      { claims: { email: 'u.mail', emailVerified: 'ok', groups: '/u/groups' } },
    ],
    ['an iat within the skew of max_age', { iat: NOW - 7200 - 59 }, {}],
  ])('is taken with %s', async (_name, more, settings) => {
    expect(await person(await sign(key, claims(more)), settings)).toMatchObject({ email: 'ann@example.com' });
  });

  const NOT = 'The token is not accepted.';
  it.each<[string, Readonly<Record<string, unknown>>, string | RegExp, Partial<SignInIssuer>?]>([
    ['another issuer', { iss: 'https://evil.example.com' }, NOT],
    ['the issuer with a slash', { iss: `${IDP}/` }, NOT],
    ['another audience', { aud: 'holdgate' }, NOT],
    ['no audience', { aud: undefined }, NOT],
    ['an audience among others', { aud: ['holdgate-people', 'holdgate'] }, /also for somebody else/],
    ['the audience twice', { aud: ['holdgate-people', 'holdgate-people'] }, /also for somebody else/],
    ['an exp in the past', { exp: NOW - 61, iat: NOW - 600 }, /has expired/],
    ['no exp', { exp: undefined }, NOT],
    ['an exp beyond a day', { exp: NOW + 90_000 }, NOT],
    ['an nbf to come', { nbf: NOW + 61 }, NOT],
    ['an iat to come', { iat: NOW + 61 }, NOT],
    ['no iat', { iat: undefined }, /iat/],
    ['an iat that is too old', { iat: NOW - 7200 - 61 }, /too old/],
    ['no account', { sub: undefined }, /whose account/],
    ['an account of more than 255 characters', { sub: 'x'.repeat(256) }, /whose account/],
    ['no address', { email: undefined }, /not a plain e-mail address/],
    ['an address that is not verified', { email_verified: false }, /verified/],
    ['no word about the address', { email_verified: undefined }, /verified/],
    ['a text for "verified"', { email_verified: 'true' }, /verified/],
    ['a number for "verified"', { email_verified: 1 }, /verified/],
    ['a list of addresses', { email: ['ann@example.com'] }, /not a plain/],
    ['an address with a homoglyph', { email: 'аnn@example.com' }, /not a plain/],
    ['an address with a zero-width character', { email: 'ann\u200b@example.com' }, /not a plain/],
    ['an address with a blank', { email: ' ann@example.com' }, /not a plain/],
    ['an address with a line break', { email: 'ann@example.com\n' }, /not a plain/],
    ['an address in full-width letters', { email: 'ａｎｎ@example.com' }, /not a plain/],
    ['a quoted address', { email: '"ann"@example.com' }, /not a plain/],
    [
      'a domain that is not the provider’s',
      {},
      /does not speak for addresses at example\.com/,
      { domains: ['example.org'] },
    ],
    [
      'a domain below the provider’s',
      { email: 'ann@sub.example.com' },
      /sub\.example\.com/,
      { domains: ['example.com'] },
    ],
    ['a person who is not known', { email: 'eve@example.com' }, 'eve@example.com is not a person of this gate.'],
    ['groups as a text', { groups: 'idp-security' }, /not a list of texts/],
    ['groups as an object', { groups: { 'idp-security': true } }, /not a list of texts/],
    ['groups of null', { groups: null }, /not a list of texts/],
    ['a group that is a list', { groups: [['idp-security']] }, /not a list of texts/],
    ['a group that is a number', { groups: ['idp-security', 1] }, /not a list of texts/],
    ['a group that is too long', { groups: ['x'.repeat(257)] }, /not a list of texts/],
    ['more groups than can be', { groups: Array.from({ length: 2001 }, () => 'g') }, /more than 2000 groups/],
    ['groups elsewhere (overage)', { groups: undefined, _claim_names: { groups: 'src1' } }, /overage/],
    [
      'groups elsewhere (overage), named by a pointer',
      { groups: undefined, _claim_names: { groups: 'src1' } },
      /overage/,
      { claims: { email: 'email', emailVerified: 'email_verified', groups: '/groups' } },
    ],
    [
      'groups elsewhere (implicit flow), named by a pointer',
      { groups: undefined, hasgroups: true },
      /overage/,
      { claims: { email: 'email', emailVerified: 'email_verified', groups: '/groups' } },
    ],
    ['groups elsewhere beside some', { _claim_names: { groups: 'src1' } }, /overage/],
    ['groups elsewhere (implicit flow)', { groups: undefined, hasgroups: true }, /overage/],
    ['somebody who acts for them', { act: { sub: 'bot' } }, /acts for you/],
    ['a key that it is bound to', { cnf: { jkt: 'x' } }, /bound to a key/],
  ])('is refused with %s', async (_name, more, why, settings) => {
    const done = await person(await sign(key, claims(more)), settings);
    if (typeof why === 'string') expect(done).toBe(why);
    else expect(done).toMatch(why);
  });

  it.each<[string, readonly string[]]>([
    ['the name of one of ours', ['security', 'platform']],
    ['a schedule', ['oncall:platform']],
    ['its name as rules write it', ['group:security']],
    ['what every object inherits', ['constructor', '__proto__', 'toString', 'hasOwnProperty']],
    ['the mapped name in other letters', ['IDP-SECURITY', 'idp-security ', 'idp-securit\u0443']],
  ])('never reaches a group by %s', async (_name, groups) => {
    expect(await person(await sign(key, claims({ groups })))).toEqual({ email: 'ann@example.com', groups: ['staff'] });
  });

  it('is refused unsigned, or signed by whoever has only the public key', async () => {
    const body = part(claims());
    const header = { kid: 'rs', typ: 'JWT' };
    const none = `${part({ ...header, alg: 'none' })}.${body}.`;
    const input = `${part({ ...header, alg: 'HS256' })}.${body}`;
    const pem = await exportSPKI((await importJWK(rsa.jwk, 'RS256')) as Parameters<typeof exportSPKI>[0]);
    const confused = [pem, JSON.stringify(rsa.jwk), rsa.jwk.n ?? ''].map(
      (secret) => `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`,
    );
    for (const token of [none, ...confused]) expect(await person(token, { algorithms: ['ES256', 'RS256'] })).toBe(NOT);
  });

  it('is refused by an algorithm that is not named, by another key, and by a key that nobody published', async () => {
    expect(await person(await sign(rsa, claims()))).toBe(NOT);
    expect(await person(await sign(stranger, claims()))).toBe(NOT);
    expect(await person(await sign(key, claims(), { kid: 'other' }))).toBe(NOT);
    expect(await person(await sign(key, claims(), { jwk: stranger.jwk }))).toBe(NOT);
    expect(await person(await sign(key, claims(), { jku: `${IDP}/jwks` }))).toBe(NOT);
  });

  it('is refused with another address of the same account, for as long as the first one counts', async () => {
    const token = (email: string, more: Readonly<Record<string, unknown>> = {}): Promise<string> =>
      sign(key, claims({ email, iat: clock.now() / 1000, exp: clock.now() / 1000 + 3600, ...more }));
    const provisions = { provision: true };
    const says = async (text: string): Promise<unknown> => person(text, provisions);
    expect(await says(await token('ann@example.com'))).toMatchObject({ email: 'ann@example.com' });
    expect(await says(await token('ann+2@example.com'))).toBe(
      'Your account signed in with another address, which counts until 2023-11-15 10:14 UTC.',
    );
    expect(remembered.of('ann+2@example.com')).toEqual([]);
    expect(await says(await token('Ann@example.com'))).toMatchObject({ email: 'ann@example.com' });
    expect(await says(await token('bob@example.com', { sub: '00u2' }))).toMatchObject({ email: 'bob@example.com' });
    // 12 h of remembering, and the skew.
    clock.advance(12 * 3_600_000 + 59_999);
    expect(await says(await token('ann.new@example.com'))).toMatch(/another address/);
    clock.advance(1);
    expect(await says(await token('ann.new@example.com'))).toMatchObject({ email: 'ann.new@example.com' });
    expect(await says(await token('ann@example.com'))).toMatch(/another address/);
  });

  it('keeps nothing of accounts of strangers', async () => {
    expect(await person(await sign(key, claims({ email: 'eve@example.com', groups: [] })))).toMatch(/not a person/);
    expect([...(disk.get('idpaccount') ?? [])]).toEqual([]);
  });

  it.each(['dpop+jwt', 'logout+jwt', 'JOSE'])('is refused as %s', async (typ) => {
    expect(await person(await sign(key, claims(), { typ }))).toBe(NOT);
  });

  it('is refused where a claim stands twice, whichever would count', async () => {
    const signed = async (payload: string): Promise<string> => {
      const input = `${part({ alg: 'ES256', kid: 'es' })}.${part(payload)}`;
      const algorithm = { name: 'ECDSA', hash: 'SHA-256' };
      const signature = await crypto.subtle.sign(algorithm, key.privateKey, Buffer.from(input));
      return `${input}.${Buffer.from(signature).toString('base64url')}`;
    };
    const text = JSON.stringify(claims());
    expect(await person(await signed(text))).toMatchObject({ email: 'ann@example.com' });
    for (const twice of ['"email":"eve@example.com",', '"\\u0065mail":"eve@example.com",', '"exp":1,'])
      expect(await person(await signed(text.replace('{', `{${twice}`)))).toBe(NOT);
  });

  it.each<[string, (token: string) => string]>([
    ['padding', (token) => `${token}=`],
    ['a fourth part', (token) => `${token}.x`],
    ['a missing part', (token) => token.split('.').slice(0, 2).join('.')],
    ['a blank', (token) => `${token} `],
    ['far too much', (token) => token.replace('.', `${'x'.repeat(20_000)}.`)],
  ])('is refused with %s', async (_name, change) => {
    expect(await person(change(await sign(key, claims())))).toBe(NOT);
  });

  it('waits for keys and for the store, and signs nobody in without them', async () => {
    published.down = true;
    expect(await signIn(await sign(key, claims()))).toMatchObject({ ok: false, kind: 'away' });
    published.down = false;
    isStoreAway = true;
    expect(await signIn(await sign(key, claims()))).toMatchObject({ ok: false, kind: 'away' });
    expect(remembered.of('ann@example.com')).toEqual([]);
  });

  it('admits a person without an entry only where that is said, and only for a mapped group', async () => {
    const eve = { email: 'eve@example.com' };
    expect(await person(await sign(key, claims(eve)), { provision: true })).toEqual({ ...eve, groups: ['security'] });
    expect(await person(await sign(key, claims({ ...eve, groups: ['everybody'] })), { provision: true })).toBe(
      'eve@example.com is not a person of this gate, nor in a group that is.',
    );
  });

  it('ends when it says, or when it is too old', async () => {
    expect(await signIn(await sign(key, claims()))).toMatchObject({ until: (NOW + 3600) * 1000 });
    const settings = { maxAge: 600_000 };
    expect(await signIn(await sign(key, claims()), settings)).toMatchObject({ until: (NOW - 10 + 600) * 1000 });
  });
});
