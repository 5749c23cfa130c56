// People who sign in with a token of their identity provider: their groups count wherever they vote, over a restart, until they end; and their
// tokens are worth nothing to agents, nor the other way round.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JWTPayload } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sign, type SigningKey, signingKey } from '../proxy/auth/issuer.ts';
import { CHANNEL, slackHands, TEAM, channelsYaml } from './channel-hands.ts';
import { systemClock } from '../../src/system-clock.ts';
import { type RawUpstream, startRawUpstream } from './raw-upstream.ts';
import { OUTSIDER, startGate, type TestGate } from './running-gate.ts';

const RULES = `
  - id: asked
    match: {method: POST}
    effect: hold
    hold: {approvals: 1, from: ["group:platform"]}
`;
const OUTSIDE = 'outsider@example.com';
const NEW = 'new.person@example.com';

describe('a person with a token of their identity provider', () => {
  let idp: Server;
  let key: SigningKey;
  let issuer: string;
  let discovered: string;
  let upstream: RawUpstream;
  let folder: string;
  let gate: TestGate;
  let more: string;

  const now = (): number => Math.floor(Date.now() / 1000);
  const token = (claims: JWTPayload = {}): Promise<string> =>
    sign(key, {
      iss: issuer,
      aud: 'holdgate-people',
      sub: 'someone',
      email: 'Outsider@example.com',
      email_verified: true,
      groups: ['idp-platform', 'everybody'],
      iat: now() - 5,
      exp: now() + 300,
      ...claims,
    });
  const start = (): Promise<TestGate> => startGate({ upstream: upstream.url, rules: RULES, folder, more });
  const post = (): Promise<Response> => gate.call('/api/things', { method: 'POST', body: 'x' });
  const restarted = async (): Promise<void> => {
    await gate.stop();
    gate = await start();
  };
  const detailOf = async (response: Response): Promise<string> =>
    ((await response.json()) as { detail: string }).detail;

  beforeAll(async () => {
    key = await signingKey('ES256', 'key-1');
    idp = createServer((req, res) => {
      res.writeHead(200, { 'content-type': 'application/json' });
      if (req.url === '/.well-known/openid-configuration') res.end(discovered);
      else res.end(JSON.stringify({ keys: [key.jwk] }));
    });
    await new Promise<void>((resolve) => idp.listen(0, '127.0.0.1', resolve));
    issuer = `http://127.0.0.1:${(idp.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    idp.closeAllConnections();
    await new Promise<void>((resolve) => idp.close(() => resolve()));
  });
  beforeEach(async () => {
    discovered = JSON.stringify({ issuer, jwks_uri: `${issuer}/keys` });
    upstream = await startRawUpstream();
    folder = mkdtempSync(join(tmpdir(), 'holdgate-sign-in-'));
    more = `issuers:
  - {issuer: "${issuer}", audience: holdgate, algorithms: [ES256], jwks_uri: "${issuer}/keys", owner: platform-owner@example.com}
sign_in:
  issuers:
    - {issuer: "${issuer}", audience: holdgate-people, algorithms: [ES256], groups: {idp-platform: platform}, provision: true}`;
    gate = await start();
  });
  afterEach(async () => {
    await gate.stop();
    await upstream.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('votes with the groups that it maps, also once the gate was restarted, and with another credential', async () => {
    const calling = post();
    const approval = await gate.held();
    expect((await gate.vote(approval, 'approve', { as: OUTSIDER })).status).toBe(403);
    const who = await gate.api('/api/v1/approvals', { as: await token() });
    expect(who.status).toBe(200);
    const first = calling.catch(() => undefined);
    await restarted();
    await first;
    const vote = await gate.vote(approval, 'approve', { as: OUTSIDER });
    expect(vote.status).toBe(200);
    expect(await vote.json()).toMatchObject({ votes: [{ by: OUTSIDE, vote: 'approve' }] });
    expect((await post()).status).toBe(200);
    expect(upstream.requests).toHaveLength(1);
  });

  it('is a person without an entry while the provider has them in a mapped group, and no longer', async () => {
    const calling = post();
    const approval = await gate.held();
    const stranger = await gate.api('/api/v1/approvals', {
      as: await token({ email: NEW, groups: ['everybody'], iat: now() - 120 }),
    });
    expect([stranger.status, await detailOf(stranger)]).toEqual([
      401,
      expect.stringContaining(`${NEW} is not a person of this gate`),
    ]);
    const before = await token({ email: NEW, iat: now() - 60 });
    expect((await gate.vote(approval, 'approve', { as: before })).status).toBe(200);
    expect((await calling).status).toBe(200);
    const left = await gate.api('/api/v1/approvals', { as: await token({ email: NEW, groups: [], iat: now() - 1 }) });
    expect(left.status).toBe(401);
    // What was said before does not come back with an older token.
    expect((await gate.api('/api/v1/approvals', { as: before })).status).toBe(401);
  });

  it('whose provider takes them out between vote and claim no longer counts', async () => {
    const waiting = gate.call('/api/things', { method: 'POST', body: 'x', headers: { prefer: 'wait=0' } });
    expect((await waiting).status).toBe(429);
    const approval = await gate.held();
    expect((await gate.vote(approval, 'approve', { as: await token({ iat: now() - 60 }) })).status).toBe(200);
    await gate.api('/api/v1/approvals', { as: await token({ groups: [], iat: now() - 1 }) });
    const again = await post();
    expect(again.status).not.toBe(200);
    expect(upstream.requests).toHaveLength(0);
  });

  it('cannot be an agent, and an agent’s token no person', async () => {
    const agent = await token({ aud: 'holdgate' });
    const both = await token({ aud: ['holdgate', 'holdgate-people'] });
    expect((await gate.api('/api/v1/approvals', { as: agent })).status).toBe(401);
    expect((await gate.api('/api/v1/approvals', { as: both })).status).toBe(401);
    const refused = await gate.call('/api/things', { headers: { authorization: `Bearer ${await token()}` } });
    expect(refused.status).toBe(401);
    expect(upstream.requests).toHaveLength(0);
  });

  it('hears why it is refused, and that the provider’s keys are away', async () => {
    const cases: [JWTPayload, RegExp][] = [
      [{ email_verified: false }, /does not say that your address is verified/],
      [{ groups: undefined, _claim_names: { groups: 'src1' } }, /more groups than fit/],
      [{ exp: now() - 100, iat: now() - 200 }, /has expired/],
      [{ act: { sub: 'bot' } }, /acts for you/],
    ];
    for (const [claims, words] of cases) {
      const answer = await gate.api('/api/v1/approvals', { as: await token(claims) });
      expect([answer.status, await detailOf(answer)]).toEqual([401, expect.stringMatching(words)]);
    }
    discovered = JSON.stringify({ issuer: `${issuer}/other`, jwks_uri: `${issuer}/keys` });
    await restarted();
    const away = await gate.api('/api/v1/approvals', { as: await token() });
    expect([away.status, await detailOf(away)]).toEqual([503, expect.stringContaining('keys')]);
  });

  it('has these groups in Slack, too', async () => {
    const slack = slackHands('socket');
    await slack.open(systemClock);
    await gate.stop();
    more += `\n${channelsYaml(slack)}`;
    gate = await start();
    try {
      await slack.ready(gate);
      const calling = post();
      const approval = await gate.held();
      await slack.approve('outsider', approval);
      await slack.told('outsider', /Only group:platform may vote/);
      expect((await gate.api('/api/v1/approvals', { as: await token() })).status).toBe(200);
      await slack.approve('outsider', approval);
      expect((await calling).status).toBe(200);
      expect(slack.slack().messages.some(({ channel }) => channel === CHANNEL)).toBe(true);
      expect(slack.slack().users.get('U0OUTSIDE')?.team_id).toBe(TEAM);
    } finally {
      await slack.close();
    }
  });
});
