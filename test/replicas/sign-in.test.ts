// A person who signed in by token at one replica: the groups count at once at the others, at votes and at claims, also at one that starts
// later; and taking them back does, too.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JWTPayload } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ApprovalView } from '../../src/core/approval/view.ts';
import { ok, type RawUpstream, startRawUpstream } from '../e2e/raw-upstream.ts';
import { OUTSIDER } from '../e2e/running-gate.ts';
import { sign, type SigningKey, signingKey } from '../proxy/auth/issuer.ts';
import { describeRedis, useRedis } from '../redis/describe-redis.ts';
import { poll, type Replica, type Replicas, startReplicas } from './replicas.ts';

const RULES = `
  - id: asked
    match: {method: POST}
    effect: hold
    hold: {approvals: 1, from: ["group:platform"]}
`;

describeRedis('groups of a token on two replicas', () => {
  const redis = useRedis();
  let idp: Server;
  let key: SigningKey;
  let issuer: string;
  let upstream: RawUpstream;
  let replicas: Replicas;
  let [a, b] = [] as unknown as [Replica, Replica];
  let said = 0;

  /** A token that is newer than those before. */
  const token = (claims: JWTPayload = {}): Promise<string> => {
    const { email = 'outsider@example.com' } = claims;
    const now = Math.floor(Date.now() / 1000);
    return sign(key, {
      iss: issuer,
      aud: 'holdgate-people',
      sub: `account of ${String(email)}`,
      email,
      email_verified: true,
      groups: ['idp-platform'],
      iat: now - 1000 + said++,
      exp: now + 300,
      ...claims,
    });
  };
  const post = (replica: Replica, path: string): Promise<Response> =>
    replica.call(`/api${path}`, { method: 'POST', body: 'a=1' });
  const opened = (path: string): Promise<ApprovalView> =>
    poll(async () => (await a.open()).find(({ url }) => url.endsWith(path)));
  const signIn = async (replica: Replica, claims?: JWTPayload): Promise<number> =>
    (await replica.api('/api/v1/me', { as: await token(claims) })).status;

  beforeAll(async () => {
    key = await signingKey('ES256', 'key-1');
    idp = createServer((_req, res) => void res.end(JSON.stringify({ keys: [key.jwk] })));
    await new Promise<void>((resolve) => idp.listen(0, '127.0.0.1', resolve));
    issuer = `http://127.0.0.1:${(idp.address() as AddressInfo).port}`;
    upstream = await startRawUpstream((request, socket) => ok(request, socket));
    const more = `sign_in:
  issuers:
    - {issuer: "${issuer}", audience: holdgate-people, algorithms: [ES256], jwks_uri: "${issuer}/keys", groups: {idp-platform: platform}, provision: true}
`;
    replicas = await startReplicas(2, { store: redis().url, upstream: upstream.url, rules: RULES, more });
    [a, b] = replicas.all as [Replica, Replica];
  });
  afterAll(async () => {
    await replicas?.close();
    await upstream?.close();
    idp.closeAllConnections();
    await new Promise<void>((resolve) => idp.close(() => resolve()));
  });

  it('count where somebody else votes with another credential, and where the call is claimed', async () => {
    const waiting = post(a, '/one');
    const approval = await opened('/one');
    expect((await a.vote(approval, 'approve', { as: OUTSIDER })).status).toBe(403);
    // Told to b only, a moment ago; the vote comes in at a, and so does the claim.
    expect(await signIn(b)).toBe(200);
    expect((await a.vote(approval, 'approve', { as: OUTSIDER })).status).toBe(200);
    expect((await waiting).status).toBe(200);
  });

  it('of somebody without an entry count at the replica that claims, which has never seen them', async () => {
    const waiting = post(a, '/two');
    const approval = await opened('/two');
    const vote = await b.vote(approval, 'approve', { as: await token({ email: 'new@example.com' }) });
    expect(vote.status).toBe(200);
    expect((await waiting).status).toBe(200);
  });

  it('no longer count anywhere once the provider took them back at one', async () => {
    const waiting = post(b, '/three');
    const approval = await opened('/three');
    expect(await signIn(b, { groups: [] })).toBe(200);
    expect((await a.vote(approval, 'approve', { as: OUTSIDER })).status).toBe(403);
    expect(await signIn(a)).toBe(200);
    expect((await b.vote(approval, 'approve', { as: OUTSIDER })).status).toBe(200);
    expect((await waiting).status).toBe(200);
  });

  it('are known to a replica that starts later', async () => {
    const c = await replicas.add();
    const waiting = post(c, '/four');
    expect((await c.vote(await opened('/four'), 'approve', { as: OUTSIDER })).status).toBe(200);
    expect((await waiting).status).toBe(200);
    expect(upstream.requests.filter((request) => request.startsWith('POST'))).toHaveLength(4);
  });
});
