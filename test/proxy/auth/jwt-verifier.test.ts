import { createHmac } from 'node:crypto';
import { exportSPKI, importJWK, type JWTPayload, SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { createJwtVerifier, type TokenIssuer, type TokenOutcome } from '../../../src/proxy/auth/jwt-verifier.ts';
import { goodClaims, ISSUER, issuer, keySet, NOW_S, sign, signingKey, testClock } from './issuer.ts';

const [es256, rs256, es384, ed25519, stranger] = await Promise.all([
  signingKey('ES256', 'es'),
  signingKey('RS256', 'rs'),
  signingKey('ES384', 'es384'),
  signingKey('Ed25519', 'ed'),
  signingKey('ES256', 'es'),
]);
const published = keySet(es256.jwk, rs256.jwk, es384.jwk, ed25519.jwk);

function verify(token: string, more: Partial<TokenIssuer> = {}): Promise<TokenOutcome> {
  return createJwtVerifier([issuer(more)], testClock(), published.fetchJwks).verify(token);
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const without = (...names: string[]): JWTPayload =>
  Object.fromEntries(Object.entries(goodClaims).filter(([name]) => !names.includes(name)));

test.each([
  ['ES256', es256],
  ['RS256', rs256],
  ['ES384', es384],
  ['Ed25519', ed25519],
])('%s is accepted where the issuer is configured for it, and refused where not', async (alg, key) => {
  const token = await sign(key);
  expect(await verify(token, { algorithms: [alg] })).toMatchObject({
    ok: true,
    claimed: { id: 'deploy-bot', owner: 'owner@example.com' },
  });
  expect(await verify(token, { algorithms: ['PS256'] })).toEqual({ ok: false, why: 'token-refused' });
});

test.each<[string, JWTPayload]>([
  ['an audience among others', { ...goodClaims, aud: ['x', 'holdgate'] }],
  ['no iat', without('iat')],
  ['an iat within the skew', { ...goodClaims, iat: NOW_S + 59 }],
  ['an nbf within the skew', { ...goodClaims, nbf: NOW_S + 59 }],
  ['an exp within the skew', { ...goodClaims, exp: NOW_S - 59 }],
  ['a lifetime of a day', { ...goodClaims, iat: NOW_S, exp: NOW_S + 86_400 }],
])('claims with %s are accepted', async (_name, claims) => {
  expect(await verify(await sign(es256, claims))).toMatchObject({ ok: true });
});

test.each<[string, JWTPayload, string]>([
  ['another issuer', { ...goodClaims, iss: 'https://evil.example.com' }, 'token-refused'],
  ['the issuer with a slash', { ...goodClaims, iss: `${ISSUER}/` }, 'token-refused'],
  ['the issuer in another case', { ...goodClaims, iss: ISSUER.toUpperCase() }, 'token-refused'],
  ['a list of issuers', { ...goodClaims, iss: [ISSUER] as unknown as string }, 'token-refused'],
  ['no issuer', without('iss'), 'token-refused'],
  ['another audience', { ...goodClaims, aud: 'holdgate2' }, 'token-refused'],
  ['an audience that only contains ours as a part', { ...goodClaims, aud: 'x holdgate' }, 'token-refused'],
  ['no audience', without('aud'), 'token-refused'],
  ['an empty list of audiences', { ...goodClaims, aud: [] }, 'token-refused'],
  ['no exp', without('exp'), 'token-refused'],
  ['an exp in the past', { ...goodClaims, exp: NOW_S - 61 }, 'expired'],
  ['an exp of zero', { ...goodClaims, exp: 0 }, 'expired'],
  ['an exp as text', { ...goodClaims, exp: String(NOW_S + 60) as unknown as number }, 'token-refused'],
  ['an exp of null', { ...goodClaims, exp: null as unknown as number }, 'token-refused'],
  ['an exp in milliseconds', { ...goodClaims, exp: NOW_S * 1000 }, 'token-refused'],
  ['a huge exp', { ...goodClaims, exp: Number.MAX_SAFE_INTEGER }, 'token-refused'],
  ['a lifetime over a day by iat', { ...goodClaims, iat: NOW_S - 86_400, exp: NOW_S + 300 }, 'token-refused'],
  ['a lifetime over a day without iat', { ...without('iat'), exp: NOW_S + 86_500 }, 'token-refused'],
  [
    'a lifetime over a day hidden by a late iat',
    { ...goodClaims, iat: NOW_S + 50, exp: NOW_S + 86_480 },
    'token-refused',
  ],
  ['an nbf in the future', { ...goodClaims, nbf: NOW_S + 61 }, 'token-refused'],
  ['an nbf as text', { ...goodClaims, nbf: 'now' as unknown as number }, 'token-refused'],
  ['an iat in the future', { ...goodClaims, iat: NOW_S + 61 }, 'token-refused'],
  ['no id', without('sub'), 'token-refused'],
  ['an empty id', { ...goodClaims, sub: '' }, 'token-refused'],
  ['an id of another type', { ...goodClaims, sub: ['a'] as unknown as string }, 'token-refused'],
  ['an id with a line break', { ...goodClaims, sub: 'a\nb' }, 'token-refused'],
  ['an id with a zero-width character', { ...goodClaims, sub: 'a\u200bb' }, 'token-refused'],
  ['an id that is too long', { ...goodClaims, sub: 'a'.repeat(257) }, 'token-refused'],
  ['an owner that is no address', { ...goodClaims, email: 'owner' }, 'token-refused'],
  ['an owner of another type', { ...goodClaims, email: { a: 1 } }, 'token-refused'],
  ['an actor without a subject', { ...goodClaims, act: {} }, 'token-refused'],
  ['an actor of another type', { ...goodClaims, act: 1 }, 'token-refused'],
])('claims with %s are refused', async (_name, claims, why) => {
  expect(await verify(await sign(es256, claims))).toEqual({ ok: false, why });
});

const publicPem = await exportSPKI(
  (await importJWK({ ...rs256.jwk }, 'RS256', { extractable: true })) as Parameters<typeof exportSPKI>[0],
);

function forgedByHmac(secret: string, header: object): string {
  const input = `${part(header)}.${part(goodClaims)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

const signed = await sign(es256);
const [head = '', body = '', signature = ''] = signed.split('.');

test.each<[string, string | Promise<string>]>([
  ['alg none without a signature', `${part({ alg: 'none' })}.${body}.`],
  ['alg None with a signature', `${part({ alg: 'None', kid: 'es' })}.${body}.${signature}`],
  ['alg in another case', `${part({ alg: 'es256', kid: 'es' })}.${body}.${signature}`],
  ['no alg', `${part({ kid: 'es' })}.${body}.${signature}`],
  ['a list of algs', `${part({ alg: ['ES256'], kid: 'es' })}.${body}.${signature}`],
  ['no signature', `${head}.${body}.`],
  ['a truncated signature', signed.slice(0, -4)],
  ['a signature of zeros (psychic)', `${head}.${body}.${'A'.repeat(86)}`],
  ['a signature over other claims', `${head}.${part({ ...goodClaims, sub: 'root' })}.${signature}`],
  ['HS256 keyed with the RSA public key', forgedByHmac(publicPem, { alg: 'HS256', kid: 'rs' })],
  ['HS256 keyed with the modulus', forgedByHmac(String(rs256.jwk.n), { alg: 'HS256', kid: 'rs' })],
  ['HS256 keyed with nothing', forgedByHmac('', { alg: 'HS256' })],
  ['another key under a known kid', sign(stranger)],
  ['a kid that nobody has', sign(es256, goodClaims, { kid: 'nobody' })],
  ['a kid of another key type', sign(es256, goodClaims, { kid: 'rs' })],
  ['a kid that is a path', sign(es256, goodClaims, { kid: '../../dev/null' })],
  ['a kid that is __proto__', sign(es256, goodClaims, { kid: '__proto__' })],
  ['its own key in jwk', sign(stranger, goodClaims, { jwk: stranger.jwk })],
  ['jku, though signed well', sign(es256, goodClaims, { jku: 'https://evil.example.com/jwks' })],
  ['x5u, though signed well', sign(es256, goodClaims, { x5u: 'https://evil.example.com/x5' })],
  ['x5c, though signed well', sign(es256, goodClaims, { x5c: ['AA=='] })],
  ['crit', `${part({ alg: 'ES256', kid: 'es', crit: ['exp'], exp: 1 })}.${body}.${signature}`],
  ['an unencoded payload', `${part({ alg: 'ES256', kid: 'es', b64: false, crit: ['b64'] })}.${body}.${signature}`],
  ['typ of a DPoP proof', sign(es256, goodClaims, { typ: 'dpop+jwt' })],
  ['typ of a logout token', sign(es256, goodClaims, { typ: 'logout+jwt' })],
  ['claims that are a list', `${head}.${part([goodClaims])}.${signature}`],
  ['claims that are no JSON', `${head}.${Buffer.from('{').toString('base64url')}.${signature}`],
  ['five parts (JWE)', `${head}.${body}.${signature}.${body}.${signature}`],
  ['blanks inside', `${head} .${body}.${signature}`],
  ['standard base64', `${head}.${body}.${signature}==`],
  ['nothing', ''],
])('a token with %s is refused', async (_name, token) => {
  expect(await verify(await token, { algorithms: ['ES256', 'RS256'] })).toEqual({ ok: false, why: 'token-refused' });
});

test.each(['at+jwt', 'AT+JWT', 'application/at+jwt', undefined])('typ %s is accepted', async (typ) => {
  const token = await new SignJWT(goodClaims)
    .setProtectedHeader({ alg: 'ES256', kid: 'es', ...(typ ? { typ } : {}) })
    .sign(es256.privateKey);
  expect(await verify(token)).toMatchObject({ ok: true });
});

test('of two keys that fit a token without kid none is guessed', async () => {
  const second = await signingKey('ES256', 'es2');
  const token = await new SignJWT(goodClaims).setProtectedHeader({ alg: 'ES256' }).sign(es256.privateKey);
  const verifier = createJwtVerifier([issuer()], testClock(), keySet(es256.jwk, second.jwk).fetchJwks);
  expect(await verifier.verify(token)).toEqual({ ok: false, why: 'token-refused' });
});

test('one issuer’s keys do not verify another’s tokens', async () => {
  const theirs = issuer({ issuer: 'https://other.example.com', jwks_uri: 'https://other.example.com/jwks' });
  const verifier = createJwtVerifier([issuer(), theirs], testClock(), (uri) =>
    Promise.resolve({ keys: [uri.startsWith(ISSUER) ? es256.jwk : stranger.jwk] }),
  );
  expect(await verifier.verify(await sign(es256))).toMatchObject({ ok: true });
  expect(await verifier.verify(await sign(stranger))).toEqual({ ok: false, why: 'token-refused' });
  expect(await verifier.verify(await sign(stranger, { ...goodClaims, iss: theirs.issuer }))).toMatchObject({
    ok: true,
  });
});

test('the owner of the issuer stands in where the token names none', async () => {
  const token = await sign(es256, without('email'));
  expect(await verify(token)).toMatchObject({ ok: true, claimed: { owner: undefined } });
  expect(await verify(token, { owner: 'team@example.com' })).toMatchObject({
    ok: true,
    claimed: { owner: 'team@example.com' },
  });
});
