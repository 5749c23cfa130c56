import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createJwtVerifier } from '../../../src/proxy/auth/jwt-verifier.ts';
import { goodClaims, issuer, keySet, sign, signingKey, testClock } from './issuer.ts';

const [first, second] = await Promise.all([signingKey('ES256', 'k1'), signingKey('ES256', 'k2')]);
const endless = { ...goodClaims, exp: undefined };
const at = (now: number, key = first): Promise<string> =>
  sign(key, { ...endless, iat: Math.floor(now / 1000), exp: Math.floor(now / 1000) + 60 });

function setUp() {
  const keys = keySet(first.jwk);
  const clock = testClock();
  const verifier = createJwtVerifier([issuer()], clock, keys.fetchJwks);
  return { keys, clock, check: async (key = first) => verifier.verify(await at(clock.now(), key)) };
}

test('keys are fetched once for many tokens at the same time, and again after ten minutes', async () => {
  const { keys, clock, check } = setUp();
  const results = await Promise.all([check(), check(), check()]);
  expect(results.every((each) => each.ok)).toBe(true);
  expect(keys.fetches).toBe(1);
  clock.advance(10 * 60_000 + 1);
  expect(await check()).toMatchObject({ ok: true });
  expect(keys.fetches).toBe(2);
});

test('a new key is found at once, invented ones make one fetch each half minute at most', async () => {
  const { keys, clock, check } = setUp();
  await check();
  keys.keys = [first.jwk, second.jwk];
  clock.advance(30_000);
  expect(await check(second)).toMatchObject({ ok: true });
  expect(keys.fetches).toBe(2);
  const third = await signingKey('ES256', 'k3');
  for (let i = 0; i < 20; i++) expect(await check(third)).toEqual({ ok: false, why: 'token-refused' });
  expect(keys.fetches).toBe(2);
  clock.advance(30_000);
  await check(third);
  expect(keys.fetches).toBe(3);
});

test('a key that the issuer withdrew is refused after the next refresh', async () => {
  const { keys, clock, check } = setUp();
  await check();
  keys.keys = [second.jwk];
  clock.advance(10 * 60_000 + 1);
  expect(await check()).toEqual({ ok: false, why: 'token-refused' });
});

test('without keys an outage refuses, and is not hammered', async () => {
  const { keys, clock, check } = setUp();
  keys.down = true;
  expect(await check()).toEqual({ ok: false, why: 'issuer-unavailable' });
  expect(await check()).toEqual({ ok: false, why: 'issuer-unavailable' });
  expect(keys.fetches).toBe(1);
  keys.down = false;
  clock.advance(30_000);
  expect(await check()).toMatchObject({ ok: true });
});

test('known keys outlive an outage for a day, no longer', async () => {
  const { keys, clock, check } = setUp();
  await check();
  keys.down = true;
  clock.advance(23 * 3_600_000);
  expect(await check()).toMatchObject({ ok: true });
  clock.advance(2 * 3_600_000);
  expect(await check()).toEqual({ ok: false, why: 'issuer-unavailable' });
});

test.each([
  ['no keys', {}],
  ['a list', []],
  ['text', 'keys'],
  ['null', null],
])('an answer that is %s instead of a key set is an outage', async (_name, answer) => {
  const verifier = createJwtVerifier([issuer()], testClock(), () => Promise.resolve(answer));
  expect(await verifier.verify(await sign(first))).toEqual({ ok: false, why: 'issuer-unavailable' });
});

test('a symmetric key in the set verifies nothing', async () => {
  const oct = { kty: 'oct', k: 'c2VjcmV0', kid: 'k1', alg: 'HS256' };
  const verifier = createJwtVerifier([issuer()], testClock(), () => Promise.resolve({ keys: [oct] }));
  expect(await verifier.verify(await sign(first))).toEqual({ ok: false, why: 'token-refused' });
});

test('keys come from a file where one is named', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdgate-jwks-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'keys.json');
  writeFileSync(file, JSON.stringify({ keys: [first.jwk] }));
  const clock = testClock();
  const verifier = createJwtVerifier([issuer({ jwks_uri: undefined, jwks_file: file })], clock, undefined);
  expect(await verifier.verify(await at(clock.now()))).toMatchObject({ ok: true });
  writeFileSync(file, JSON.stringify({ keys: [second.jwk] }));
  clock.advance(30_000);
  expect(await verifier.verify(await at(clock.now(), second))).toMatchObject({ ok: true });
});

test.each([
  ['200 with a key set', '/jwks', true],
  ['a redirect', '/redirect', false],
  ['an error', '/error', false],
  ['no JSON', '/html', false],
  ['an endless answer', '/huge', false],
])('over HTTP: %s', async (_name, path, ok) => {
  const server = createServer((request, response) => {
    if (request.url === '/redirect') response.writeHead(302, { location: '/jwks' }).end();
    else if (request.url === '/error') response.writeHead(500).end(JSON.stringify({ keys: [first.jwk] }));
    else if (request.url === '/html') response.end('<html>');
    else if (request.url === '/huge') response.end(`{"keys":[],"x":"${'x'.repeat(600 * 1024)}"}`);
    else response.end(JSON.stringify({ keys: [first.jwk] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const uri = `http://127.0.0.1:${port}${path}`;
  const verifier = createJwtVerifier([issuer({ jwks_uri: uri })], testClock(), undefined);
  expect((await verifier.verify(await sign(first))).ok).toBe(ok);
});
