// Reading and deciding through the API, held against the schemas that the OpenAPI document publishes.
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CallView } from '../../src/console/call-view.ts';
import type { CanVote } from '../../src/console/can-vote.ts';
import type { Approval } from '../../src/core/approval/state.ts';
import { sha256 } from '../../src/core/sha256.ts';
import { sampleCall, START } from './fake-gate.ts';
import { credentials, type Reply, type RunningConsole, runConsole } from './running-console.ts';

const credential = credentials.approver;
let running: RunningConsole;
beforeEach(async () => {
  running = await runConsole();
});
afterEach(() => running.close());

/** The members that these tests look into; the schema checks the rest. */
type Shown = Readonly<Record<string, unknown>> & {
  readonly items: readonly { readonly id: string }[];
  readonly call: CallView;
  readonly can_vote: CanVote;
};

async function get(path: string, who: string = credential): Promise<Shown> {
  const reply = await running.ask(path, { credential: who });
  expect(reply.status, reply.text).toBe(200);
  const bare = path.split('?')[0] ?? '';
  const pattern = bare.replace(/(approvals|receipts)\/[^/]+/, '$1/{id}');
  const route = running.console.routes.find((row) => row.method === 'GET' && row.path === pattern);
  expect(route?.answer.schema?.safeParse(reply.json).error).toBeUndefined();
  return reply.json as unknown as Shown;
}

function vote(approval: Approval, body: Record<string, unknown>, who: string = credential): Promise<Reply> {
  return running.ask(`/api/v1/approvals/${approval.id}/votes`, {
    method: 'POST',
    credential: who,
    body: JSON.stringify({ digest: approval.opened.digest, ...body }),
  });
}

const approve = { vote: 'approve' };
const deny = { vote: 'deny', reason: 'wrong customer' };

describe('the list', () => {
  it('filters by status and agent and pages by cursor', async () => {
    for (let i = 1; i <= 5; i++) running.gate.hold(`apr_${i}`);
    running.gate.hold('apr_other', sampleCall(), { agent: 'other-bot' });
    running.gate.apply('apr_3', { type: 'cancelled', at: START, why: 'test' });
    const ids = async (query: string) => (await get(`/api/v1/approvals?${query}`)).items.map(({ id }) => id);
    expect(await ids('status=open&agent=deploy-bot')).toEqual(['apr_5', 'apr_4', 'apr_2', 'apr_1']);
    expect(await ids('status=cancelled')).toEqual(['apr_3']);
    expect(await ids('agent=other-bot')).toEqual(['apr_other']);
    const first = await get('/api/v1/approvals?limit=4');
    expect(first['next']).toBeTypeOf('string');
    const second = await get(`/api/v1/approvals?limit=4&cursor=${String(first['next'])}`);
    expect([first.items.length, second.items.length, second['next']]).toEqual([4, 2, null]);
  });
});

describe('one approval', () => {
  it('shows the exact call, byte for byte, and what it is voted on', async () => {
    const { opened } = running.gate.hold('apr_1');
    running.clock.advance(60_000);
    const shown = await get('/api/v1/approvals/apr_1');
    expect(shown).toMatchObject({
      id: 'apr_1',
      status: 'pending',
      digest: opened.digest,
      time_left: 840_000,
      required: [{ rule: 'billing/large-refunds', approvals: 1, from: ['group:security'], have: 0 }],
      justification_verified: false,
    });
    const text = '{"amount":400000,"currency":"eur","customer":"cus_123"}';
    expect(shown.call).toEqual({
      method: 'POST',
      url: 'https://billing.internal.example.com/v1/refunds',
      headers: [
        ['Content-Type', 'application/json'],
        ['Accept', '*/*'],
        ['User-Agent', 'agent/1.0'],
      ],
      body: { size: 55, encoding: 'utf8', text, truncated: false, sha256: sha256(text), decoded: null },
    });
  });

  it('shows a binary body as base64 and a compressed one decoded beside it', async () => {
    const binary = Buffer.from([0, 0xff, 1]);
    running.gate.hold('apr_1', sampleCall({ body: { state: 'whole', bytes: binary, decoded: binary } }));
    expect((await get('/api/v1/approvals/apr_1')).call.body).toMatchObject({
      encoding: 'base64',
      text: 'AP8B',
      size: 3,
    });
    const decoded = Buffer.from('Action=DeleteUser');
    const bytes = gzipSync(decoded);
    running.gate.hold('apr_2', sampleCall({ body: { state: 'whole', bytes, decoded } }));
    expect((await get('/api/v1/approvals/apr_2')).call.body).toMatchObject({
      encoding: 'base64',
      sha256: sha256(bytes),
      decoded: { encoding: 'utf8', text: 'Action=DeleteUser', size: 17, truncated: false },
    });
  });

  it('says when a body is cut, cuts between characters, and shows all of it on demand', async () => {
    const text = `a${'é'.repeat(40_000)}`;
    const bytes = Buffer.from(text);
    running.gate.hold('apr_1', sampleCall({ body: { state: 'whole', bytes, decoded: bytes } }));
    const { body } = (await get('/api/v1/approvals/apr_1')).call;
    expect(body).toMatchObject({ size: 80_001, truncated: true, encoding: 'utf8', sha256: sha256(bytes) });
    expect(body.text).toBe(`a${'é'.repeat(32_767)}`);
    const full = (await get('/api/v1/approvals/apr_1?body=full')).call.body;
    expect([full.truncated, full.text]).toEqual([false, text]);
  });

  it('has an empty body where the call has none, and no call once it is no longer kept', async () => {
    running.gate.hold('apr_1', sampleCall({ method: 'DELETE', body: { state: 'none' } }));
    expect((await get('/api/v1/approvals/apr_1')).call.body).toMatchObject({ size: 0, text: '', truncated: false });
    running.gate.call = () => Promise.resolve(undefined);
    expect((await get('/api/v1/approvals/apr_1')).call).toBeNull();
  });

  it('tells each person whether they may vote, and why not', async () => {
    const approval = running.gate.hold('apr_1');
    const canVote = async (who: string) => (await get('/api/v1/approvals/apr_1', who)).can_vote;
    expect(await canVote(credential)).toEqual({ allowed: true, votes: ['approve', 'deny'], why: null });
    expect(await canVote(credentials.owner)).toEqual({
      allowed: false,
      votes: [],
      why: 'You cannot vote on this: deploy-bot asks for you. Anyone else in group:security can.',
    });
    expect(await canVote(credentials.outsider)).toMatchObject({
      allowed: false,
      why: 'Only group:security may vote on this.',
    });
    await vote(approval, approve);
    expect(await canVote(credentials.second)).toMatchObject({
      allowed: true,
      votes: ['deny'],
      why: 'It is approved already; until it is sent it can still be denied.',
    });
    await vote(approval, deny);
    expect(await canVote(credentials.second)).toMatchObject({ allowed: false, why: 'It is decided already: denied.' });
    running.gate.hold('apr_2');
    running.clock.advance(900_000);
    expect((await get('/api/v1/approvals/apr_2')).can_vote).toMatchObject({
      allowed: false,
      why: 'It has expired.',
    });
  });

  it('is 404 if there is none', async () => {
    expect((await running.ask('/api/v1/approvals/apr_none', { credential })).json['reason']).toBe('not-found');
  });
});

describe('a vote', () => {
  it('is recorded in the name of the credential and answered with the approval', async () => {
    const approval = running.gate.hold('apr_1');
    const reply = await vote(approval, { ...approve, reason: 'checked with finance' });
    expect(reply.status).toBe(200);
    expect(reply.json).toMatchObject({
      status: 'approved',
      required: [{ have: 1 }],
      votes: [{ by: 'security-oncall@example.com', vote: 'approve', reason: 'checked with finance', channel: 'api' }],
    });
  });

  it('of one of two leaves the approval waiting for the other', async () => {
    const { terms } = running.gate.hold('apr_0').opened;
    const quorums = [{ rule: 'billing/large-refunds', approvals: 2, from: ['group:security'] }];
    const approval = running.gate.hold('apr_1', sampleCall(), { terms: { ...terms, quorums } });
    expect((await vote(approval, approve)).json).toMatchObject({
      status: 'pending',
      required: [{ approvals: 2, have: 1 }],
    });
    const again = await vote(approval, approve);
    expect([again.status, again.json['reason'], again.json['type']]).toEqual([
      403,
      'already-voted',
      'https://holdgate.dev/problems/vote-refused',
    ]);
    expect((await vote(approval, approve, credentials.second)).json).toMatchObject({ status: 'approved' });
  });

  it.each([
    ['the owner', credentials.owner, approve, 403, 'self-approval'],
    ['the owner, to deny', credentials.owner, deny, 403, 'self-approval'],
    ['someone outside the group', credentials.outsider, approve, 403, 'not-eligible'],
    ['another digest', credential, { ...approve, digest: 'f'.repeat(64) }, 409, 'digest-mismatch'],
    ['a denial without a reason', credential, { vote: 'deny' }, 400, 'reason-required'],
    ['a denial with a blank reason', credential, { vote: 'deny', reason: ' ' }, 400, 'reason-required'],
  ])('does not count from %s', async (_name, who, body, status, reason) => {
    const approval = running.gate.hold('apr_1');
    const reply = await vote(approval, body, who);
    expect([reply.status, reply.json['reason']]).toEqual([status, reason]);
    expect(reply.json['approval_id']).toBe('apr_1');
    expect((await running.gate.get('apr_1'))?.status).toBe('pending');
  });

  it('comes too late after a decision or after expiry', async () => {
    const denied = running.gate.hold('apr_1');
    await vote(denied, deny);
    const late = await vote(denied, approve, credentials.second);
    expect([late.status, late.json['reason'], late.json['approval_status']]).toEqual([
      409,
      'already-decided',
      'denied',
    ]);
    const expired = running.gate.hold('apr_2');
    running.clock.advance(900_000);
    expect((await vote(expired, approve)).json).toMatchObject({ status: 409, reason: 'expired' });
  });

  it('on nothing is 404', async () => {
    const approval = running.gate.hold('apr_1');
    expect((await vote({ ...approval, id: 'apr_none' }, approve)).status).toBe(404);
  });

  it('is never cast by GET', async () => {
    running.gate.hold('apr_1');
    expect((await running.ask('/api/v1/approvals/apr_1/votes?vote=approve', { credential })).status).toBe(405);
    expect((await running.gate.get('apr_1'))?.votes).toEqual([]);
  });
});

describe('an annotation', () => {
  it('says what an unknown outcome was, and only that', async () => {
    const { opened } = running.gate.hold('apr_1');
    const post = () =>
      running.ask('/api/v1/approvals/apr_1/annotation', {
        method: 'POST',
        credential,
        body: JSON.stringify({ outcome: 'not_done', note: 'no refund in the ledger' }),
      });
    expect((await post()).json).toMatchObject({ status: 409, reason: 'already-decided' });
    const { digest, contentDigest } = opened;
    await vote({ id: 'apr_1', opened } as Approval, approve);
    const at = START;
    running.gate.apply('apr_1', {
      type: 'claimed',
      at,
      replica: 'r',
      token: 't',
      digest,
      contentDigest,
      policyDigest: 'p',
      effectNow: 'hold',
      quorumsNow: [],
      eligible: [{ by: 'security-oncall@example.com', groups: ['security'] }],
    });
    running.gate.apply('apr_1', { type: 'intent', at, token: 't', digest });
    running.gate.apply('apr_1', { type: 'result', at, token: 't', outcome: 'indeterminate' });
    const reply = await post();
    expect(reply.status).toBe(200);
    expect(reply.json['annotation']).toEqual({
      by: 'security-oncall@example.com',
      outcome: 'not_done',
      note: 'no refund in the ledger',
    });
  });
});

describe('receipts', () => {
  it('are there once the approval is decided', async () => {
    const approval = running.gate.hold('apr_1');
    expect((await running.ask('/api/v1/receipts/rcp_1', { credential })).status).toBe(404);
    await vote(approval, deny);
    expect((await get('/api/v1/approvals/apr_1'))['receipt_id']).toBe('rcp_1');
    expect(await get('/api/v1/receipts/rcp_1')).toEqual({ receipt: 'header.apr_1.signature' });
    expect((await running.ask('/api/v1/receipts/apr_1', { credential })).status).toBe(404);
  });
});

describe('everything else', () => {
  it('answers with who you are, the keys, the health and the metrics', async () => {
    expect(await get('/api/v1/me')).toEqual({ email: 'security-oncall@example.com', groups: ['security'] });
    expect(await get('/api/v1/keys')).toEqual({ keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'abc', kid: 'k1' }] });
    expect(await get('/healthz')).toEqual({ status: 'ok' });
    expect(await get('/readyz')).toEqual({ ready: true, checks: { store: 'ok' } });
    const metrics = await running.ask('/metrics');
    expect([metrics.headers['content-type'], metrics.text]).toEqual([
      'text/plain; version=0.0.4',
      'holdgate_approvals_open 0\n',
    ]);
  });

  it('is not ready with 503 and the check that fails', async () => {
    const checks = { store: 'cannot be written', audit: 'ok' };
    const other = await runConsole({ ready: () => Promise.resolve({ ready: false, checks }) });
    const reply = await other.ask('/readyz');
    await other.close();
    expect([reply.status, reply.json]).toEqual([503, { ready: false, checks }]);
  });
});
