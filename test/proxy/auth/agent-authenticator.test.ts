import { expect, test } from 'vitest';
import { sha256 } from '../../../src/core/sha256.ts';
import {
  type AgentAuth,
  createAgentAuthenticator,
  type KnownAgent,
} from '../../../src/proxy/auth/agent-authenticator.ts';
import type { ReceivedHead } from '../../../src/proxy/auth/signed-call.ts';
import { goodClaims, issuer, keySet, sign, signingKey, testClock } from './issuer.ts';

const credential = (name: string): string => `hg_${name.padEnd(43, '-')}`;
const known = (id: string, more: Partial<KnownAgent> = {}): KnownAgent => ({
  id,
  owner: 'Owner@Example.com',
  labels: { env: 'ci' },
  acts_for: ['Actor@Example.com'],
  credentials: [{ bearer_sha256: sha256(credential(id)) }, { bearer_sha256: sha256(credential(`${id}-next`)) }],
  disabled: false,
  ...more,
});
const key = await signingKey('ES256', 'k1');
const authenticator = createAgentAuthenticator({
  agents: [known('bot'), known('other'), known('off', { disabled: true }), known('deploy-bot', { credentials: [] })],
  issuers: [issuer()],
  clock: testClock(),
  fetchJwks: keySet(key.jwk).fetchJwks,
});
const received = (headers: readonly string[]): ReceivedHead => ({
  method: 'GET',
  path: '/',
  query: undefined,
  headers,
  body: false,
});
const authenticate = (headers: readonly string[]): AgentAuth | Promise<AgentAuth> =>
  authenticator.authenticate(received(headers));

function now(...headers: string[]): AgentAuth {
  const result = authenticate(headers);
  if (result instanceof Promise) throw new Error('a bearer credential must not take a promise');
  return result;
}

const basic = (id: string, secret: string): string => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
const B = credential('bot');

test('a bearer credential names its agent at once, with humans in canonical form', () => {
  expect(now('Host', 'x', 'Authorization', `Bearer ${B}`)).toEqual({
    ok: true,
    agent: {
      id: 'bot',
      owner: 'owner@example.com',
      labels: { env: 'ci' },
      actsFor: ['actor@example.com'],
      method: 'bearer',
    },
    strip: ['authorization'],
  });
});

test.each([
  ['Authorization in another case', ['AUTHORIZATION', `bearer ${B}`], 'bearer', ['authorization']],
  [
    'the second credential of the agent',
    ['authorization', `Bearer ${credential('bot-next')}`],
    'bearer',
    ['authorization'],
  ],
  ['Proxy-Authorization Bearer', ['Proxy-Authorization', `Bearer ${B}`], 'bearer', ['proxy-authorization']],
  ['Proxy-Authorization Basic', ['Proxy-Authorization', basic('bot', B)], 'basic', ['proxy-authorization']],
  ['Holdgate-Agent', ['Holdgate-Agent', B], 'bearer', ['holdgate-agent']],
  ['Authorization as clients of GitHub say it', ['authorization', `token ${B}`], 'bearer', ['authorization']],
  [
    'the upstream’s own Authorization beside ours',
    ['Authorization', 'Bearer ghp_x', 'Holdgate-Agent', B],
    'bearer',
    ['holdgate-agent'],
  ],
  [
    'an AWS signature beside ours',
    ['authorization', 'AWS4-HMAC-SHA256 Credential=A/b', 'holdgate-agent', B],
    'bearer',
    ['holdgate-agent'],
  ],
  [
    'a foreign JWT beside ours',
    ['authorization', 'Bearer e30.eyJpc3MiOiJodHRwczovL2V2aWwifQ.x', 'holdgate-agent', B],
    'bearer',
    ['holdgate-agent'],
  ],
  [
    'three sources that agree',
    ['authorization', `Bearer ${B}`, 'proxy-authorization', basic('bot', B), 'holdgate-agent', credential('bot-next')],
    'bearer',
    ['authorization', 'proxy-authorization', 'holdgate-agent'],
  ],
])('%s authenticates, and what carried it is stripped', (_name, headers, method, strip) => {
  expect(now(...headers)).toMatchObject({ ok: true, agent: { id: 'bot', method }, strip });
});

test.each([
  ['nothing', [], 'missing'],
  ['only the upstream’s own Authorization', ['authorization', 'Bearer ghp_x'], 'missing'],
  ['our credential under another scheme of Authorization', ['authorization', `Digest ${B}`], 'missing'],
  ['a token of GitHub', ['authorization', 'token ghp_x'], 'missing'],
  ['a JWT said as to GitHub', ['authorization', 'token e30.eyJpc3MiOiJodHRwczovL2V2aWwifQ.x'], 'missing'],
  ['the scheme of GitHub for the proxy', ['proxy-authorization', `token ${B}`], 'malformed'],
  ['Basic in Authorization', ['authorization', basic('bot', B)], 'missing'],
  ['an unknown credential', ['authorization', `Bearer ${credential('nobody')}`], 'unknown'],
  ['the stored hash', ['authorization', `Bearer hg_${sha256(B)}`], 'unknown'],
  ['a disabled agent', ['authorization', `Bearer ${credential('off')}`], 'disabled'],
  ['a disabled agent by Basic', ['proxy-authorization', basic('off', credential('off'))], 'disabled'],
  ['Basic with another id', ['proxy-authorization', basic('other', B)], 'id-mismatch'],
  ['Basic without an id', ['proxy-authorization', basic('', B)], 'id-mismatch'],
  ['Basic without a colon', ['proxy-authorization', `Basic ${Buffer.from(B).toString('base64')}`], 'malformed'],
  ['Basic that is not base64', ['proxy-authorization', 'Basic ***'], 'malformed'],
  ['an unknown scheme for the proxy', ['proxy-authorization', 'Digest x'], 'malformed'],
  ['an empty Holdgate-Agent', ['holdgate-agent', ''], 'malformed'],
  ['a foreign token in Holdgate-Agent', ['holdgate-agent', 'ghp_x'], 'malformed'],
  ['Holdgate-Agent with a scheme', ['holdgate-agent', `Bearer ${B}`], 'malformed'],
  ['a foreign JWT in Holdgate-Agent', ['holdgate-agent', 'e30.eyJpc3MiOiJodHRwczovL2V2aWwifQ.x'], 'unknown'],
  ['Authorization twice', ['authorization', `Bearer ${B}`, 'Authorization', `Bearer ${B}`], 'malformed'],
  ['Authorization twice, one not ours', ['authorization', 'Bearer x', 'authorization', `Bearer ${B}`], 'malformed'],
  ['Holdgate-Agent twice', ['holdgate-agent', B, 'holdgate-agent', B], 'malformed'],
  ['two credentials in one value', ['authorization', `Bearer ${B}, Bearer ${B}`], 'missing'],
  ['a value that is too long', ['holdgate-agent', `hg_${'a'.repeat(20_000)}`], 'malformed'],
  ['two agents', ['authorization', `Bearer ${B}`, 'holdgate-agent', credential('other')], 'conflict'],
  [
    'a good and an unknown credential',
    ['authorization', `Bearer ${B}`, 'holdgate-agent', credential('nobody')],
    'unknown',
  ],
  [
    'a good credential and an unreadable one',
    ['authorization', `Bearer ${B}`, 'proxy-authorization', 'Basic'],
    'malformed',
  ],
])('%s is refused', (_name, headers, why) => {
  expect(now(...headers)).toEqual({ ok: false, why });
});

test('a token of a configured issuer is accepted from all three headers', async () => {
  const token = await sign(key, { ...goodClaims, sub: 'ci-42' });
  const agent = { id: 'ci-42', owner: 'owner@example.com', labels: {}, actsFor: [], method: 'jwt' };
  expect(await authenticate(['authorization', `Bearer ${token}`])).toEqual({
    ok: true,
    agent,
    strip: ['authorization'],
  });
  expect(await authenticate(['proxy-authorization', basic('ci-42', token)])).toMatchObject({ ok: true, agent });
  expect(await authenticate(['proxy-authorization', basic('ci-43', token)])).toEqual({ ok: false, why: 'id-mismatch' });
  expect(await authenticate(['holdgate-agent', token])).toMatchObject({ ok: true, agent, strip: ['holdgate-agent'] });
});

test('a listed agent pins owner and labels of its token; the token’s owner still may not vote', async () => {
  const token = await sign(key, { ...goodClaims, email: 'dev@example.com', act: { sub: 'Runner@Example.com' } });
  expect(await authenticate(['holdgate-agent', token])).toMatchObject({
    ok: true,
    agent: {
      id: 'deploy-bot',
      owner: 'owner@example.com',
      labels: { env: 'ci' },
      actsFor: ['actor@example.com', 'runner@example.com', 'dev@example.com'],
    },
  });
});

test('a disabled agent is refused with a good token too', async () => {
  expect(await authenticate(['holdgate-agent', await sign(key, { ...goodClaims, sub: 'off' })])).toEqual({
    ok: false,
    why: 'disabled',
  });
});

test('a token without an owner from anywhere is refused', async () => {
  const { email: _, ...ownerless } = goodClaims;
  expect(await authenticate(['holdgate-agent', await sign(key, { ...ownerless, sub: 'ci-42' })])).toEqual({
    ok: false,
    why: 'token-refused',
  });
  expect(await authenticate(['holdgate-agent', await sign(key, ownerless)])).toMatchObject({
    ok: true,
    agent: { owner: 'owner@example.com' },
  });
});

test('a token and a credential have to name the same agent; the token says more', async () => {
  const mine = await sign(key, { ...goodClaims, sub: 'bot' });
  const both = ['authorization', `Bearer ${B}`, 'holdgate-agent'];
  expect(await authenticate([...both, mine])).toMatchObject({
    ok: true,
    agent: { id: 'bot', method: 'jwt' },
    strip: ['authorization', 'holdgate-agent'],
  });
  expect(await authenticate([...both, await sign(key)])).toEqual({ ok: false, why: 'conflict' });
  expect(await authenticate([...both, `${mine.slice(0, -6)}AAAAAA`])).toEqual({ ok: false, why: 'token-refused' });
});

test('without issuers no token is ours', () => {
  const without = createAgentAuthenticator({ agents: [known('bot')], issuers: [], clock: testClock() });
  expect(without.authenticate(received(['authorization', 'Bearer e30.eyJpc3MiOiJ4In0.x']))).toEqual({
    ok: false,
    why: 'missing',
  });
});
