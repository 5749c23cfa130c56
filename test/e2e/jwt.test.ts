// Agents that come with tokens of an issuer, its keys served over HTTP; and the other places in which an agent's credential may
// stand (RFC 9110 §11.7 for forward proxies, Holdgate-Agent where Authorization is the upstream's).
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JWTPayload } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sign, type SigningKey, signingKey } from '../proxy/auth/issuer.ts';
import { installed, run } from './real-clients.ts';
import { type RawUpstream, startRawUpstream } from './raw-upstream.ts';
import { AGENT, OWNER, SECOND, startGate, type TestGate } from './running-gate.ts';

const RULES = `
  - id: ci-reads
    match: {method: GET, labels: {env: prod}}
    effect: allow
  - id: reads
    match: {method: GET, path: /x}
    effect: allow
  - id: asked
    match: {method: POST}
    effect: hold
    hold: {approvals: 1, from: ["group:security"]}
`;

describe('an agent with a token', () => {
  let upstream: RawUpstream;
  let gate: TestGate;
  let keys: Server;
  let key: SigningKey;
  let stranger: SigningKey;
  let issuer: string;
  let fetches = 0;

  beforeAll(async () => {
    key = await signingKey('ES256', 'key-1');
    stranger = await signingKey('ES256', 'key-1');
    keys = createServer((_req, res) => {
      fetches++;
      res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: [key.jwk] }));
    });
    await new Promise<void>((resolve) => keys.listen(0, '127.0.0.1', resolve));
    issuer = `http://127.0.0.1:${(keys.address() as AddressInfo).port}`;
    upstream = await startRawUpstream();
    gate = await startGate({
      upstream: upstream.url,
      rules: RULES,
      more: `default: deny
issuers:
  - {issuer: "${issuer}", audience: holdgate, algorithms: [ES256], jwks_uri: "${issuer}/jwks", claims: {id: sub, owner: email, acts_for: requested_by, labels: {env: environment}}}`,
    });
  });
  afterAll(async () => {
    await gate.stop();
    await upstream.close();
    keys.closeAllConnections();
    await new Promise<void>((resolve) => keys.close(() => resolve()));
  });

  const now = (): number => Math.floor(Date.now() / 1000);
  const claims = (more: Readonly<Record<string, unknown>> = {}): JWTPayload => ({
    iss: issuer,
    aud: 'holdgate',
    sub: 'token-bot',
    email: 'token-owner@example.com',
    iat: now() - 5,
    exp: now() + 300,
    ...more,
  });
  const get = (token: string, path = '/x'): Promise<Response> =>
    gate.call(`/api${path}`, { headers: { authorization: `Bearer ${token}` } });

  it('is known by its claims, and the token does not reach the upstream', async () => {
    const token = await sign(key, claims({ environment: 'prod' }));
    expect((await get(token, '/labelled')).status).toBe(200);
    expect(upstream.requests.at(-1)).not.toContain(token);
    expect((await get(await sign(key, claims()), '/labelled')).status).toBe(403);
    // One look at the issuer's keys serves many tokens.
    expect(fetches).toBe(1);
    expect(gate.log.some((line) => line.includes('"agent":"token-bot"'))).toBe(true);
  });

  it.each<[string, Readonly<Record<string, unknown>>, boolean]>([
    ['of a key that is not the issuer’s', {}, true],
    ['that has expired', { exp: 1_700_000_000, iat: 1_699_999_000 }, false],
    ['for another audience', { aud: 'somebody-else' }, false],
    ['of another issuer', { iss: 'https://idp.example.com' }, false],
    ['without an agent', { sub: undefined }, false],
  ])('%s is refused', async (_name, more, foreign) => {
    const before = upstream.requests.length;
    const response = await get(await sign(foreign ? stranger : key, claims(more)));
    expect(response.status).toBe(401);
    expect(upstream.requests).toHaveLength(before);
  });

  it('cannot be approved by whom it acts for, nor by its owner, but by somebody else', async () => {
    const token = await sign(
      key,
      claims({ email: 'platform-owner@example.com', requested_by: ['Security-Oncall@example.com'] }),
    );
    const waiting = gate.call('/api/x', {
      method: 'POST',
      body: 'a=1',
      headers: { authorization: `Bearer ${token}` },
    });
    const approval = await gate.held();
    for (const as of [undefined, OWNER]) {
      const vote = await gate.vote(approval, 'approve', as === undefined ? {} : { as });
      expect(vote.status).toBe(403);
      expect(await vote.json()).toMatchObject({
        reason: expect.stringMatching(/vote-refused|requester|self/) as string,
      });
    }
    expect(upstream.requests.some((request) => request.startsWith('POST'))).toBe(false);
    expect((await gate.vote(approval, 'approve', { as: SECOND })).status).toBe(200);
    expect((await waiting).status).toBe(200);
  });

  it('joins its approval with a fresh token', async () => {
    const post = async (more: { readonly jti: string }): Promise<string | null> =>
      (
        await gate.call('/api/x', {
          method: 'POST',
          body: 'b=2',
          headers: { authorization: `Bearer ${await sign(key, claims(more))}`, prefer: 'wait=0' },
        })
      ).headers.get('holdgate-approval');
    const first = await post({ jti: '1' });
    expect(first).toMatch(/^apr_/);
    expect(await post({ jti: '2' })).toBe(first);
  });

  it('may stand in Holdgate-Agent, and then Authorization is the upstream’s', async () => {
    const response = await gate.call('/api/x', {
      headers: { authorization: 'Bearer for-the-upstream', 'holdgate-agent': await sign(key, claims()) },
    });
    expect(response.status).toBe(200);
    expect(upstream.requests.at(-1)).toMatch(/authorization: Bearer for-the-upstream\r\n/i);
    expect(upstream.requests.at(-1)).not.toMatch(/holdgate-agent/i);
  });

  it.skipIf(!installed('curl'))('may stand in Proxy-Authorization: curl -x -U (needs curl)', async () => {
    const curl = (user: string): Promise<{ readonly stdout: string }> =>
      run('curl', [
        '-sSi',
        '--noproxy',
        '',
        '-x',
        `http://127.0.0.1:${gate.running.proxy.port}`,
        '-U',
        user,
        '-H',
        'Authorization: Bearer for-the-upstream',
        'http://api.test/x',
      ]);
    const { stdout } = await curl(`deploy-bot:${AGENT}`);
    expect(stdout).toMatch(/^HTTP\/1\.1 200 /);
    expect(upstream.requests.at(-1)).toMatch(/^GET \/x HTTP\/1\.1\r\n/);
    expect(upstream.requests.at(-1)).toMatch(/authorization: Bearer for-the-upstream\r\n/i);
    expect(upstream.requests.at(-1)).not.toMatch(/proxy-/i);
    const refused = await curl('deploy-bot:hg_wrong');
    expect(refused.stdout).toMatch(/^HTTP\/1\.1 407 /);
    expect(refused.stdout).toMatch(/\r\nProxy-Authenticate: Basic/i);
  });
});
