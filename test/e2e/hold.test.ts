import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AGENT, APPROVER, OTHER_AGENT, OUTSIDER, OWNER, SECOND, startGate, type TestGate } from './running-gate.ts';
import { type RawUpstream, startRawUpstream } from './raw-upstream.ts';

const RULES = `
  - id: reads
    match: {method: GET}
    effect: allow
  - id: no-deletes
    description: Nothing is deleted here.
    match: {method: DELETE}
    effect: deny
  - id: writes
    description: Writes need a second pair of eyes
    match: {method: POST}
    effect: hold
    hold: {approvals: 1, from: ["group:security"]}
  - id: big-writes
    match: {method: PUT}
    effect: hold
    hold: {approvals: 2, from: ["group:security"]}
`;

describe('a held call', () => {
  let upstream: RawUpstream;
  let gate: TestGate;

  beforeEach(async () => {
    upstream = await startRawUpstream();
    gate = await startGate({
      upstream: upstream.url,
      rules: RULES,
      upstreamMore: 'credential: {header: Authorization, value: "Bearer ${env:UPSTREAM_TOKEN}"}',
    });
  });
  afterEach(async () => {
    await gate.stop();
    await upstream.close();
  });

  const post = (headers: Record<string, string> = {}, body = 'a=1'): Promise<Response> =>
    gate.call('/api/things', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    });

  it("lets a routine call through with the gate's credential in place of the agent's", async () => {
    const response = await gate.call('/api/things?x=1');
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('ok');
    expect(response.headers.get('holdgate-decision')).toMatch(/^dec_/);
    expect(upstream.requests[0]).toContain('GET /things?x=1 HTTP/1.1\r\n');
    expect(upstream.requests[0]).toContain('Authorization: Bearer upstream-secret-token\r\n');
    expect(upstream.requests[0]).not.toContain(AGENT);
  });

  it('denies by policy with a problem the agent can read', async () => {
    const response = await gate.call('/api/things', { method: 'DELETE' });
    expect(response.status).toBe(403);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({
      reason: 'denied-by-policy',
      rule_id: 'no-deletes',
      retryable: false,
    });
    expect(upstream.requests).toEqual([]);
  });

  it('waits for a person, then sends exactly the approved bytes once', async () => {
    const answer = post({ 'holdgate-justification': 'needed' });
    const approval = await gate.held();
    expect(approval).toMatchObject({
      status: 'pending',
      agent: 'deploy-bot',
      justification: 'needed',
      rules: ['writes'],
    });
    expect(upstream.connections()).toBe(0);
    expect((await gate.vote(approval, 'approve')).status).toBe(200);
    const response = await answer;
    expect(response.status).toBe(200);
    expect(response.headers.get('holdgate-approval')).toBe(approval.id);
    expect(response.headers.get('holdgate-receipt')).toBe(approval.id.replace('apr_', 'rcp_'));
    expect(response.headers.get('holdgate-replayed')).toBeNull();
    expect(upstream.requests).toHaveLength(1);
    expect(upstream.requests[0]).toMatch(/^POST \/things HTTP\/1\.1\r\n[^]*\r\n\r\na=1$/);
    expect(upstream.requests[0]?.toLowerCase()).not.toMatch(/^holdgate-/m);
  });

  it('tells the agent who denied it and why, and says so again without asking again', async () => {
    const answer = post();
    const approval = await gate.held();
    await gate.vote(approval, 'deny', { reason: 'wrong database' });
    const body = { reason: 'denied-by-person', approval_id: approval.id, rule_id: 'writes' };
    const response = await answer;
    expect(response.status).toBe(403);
    const problem = (await response.json()) as { detail: string };
    expect(problem).toMatchObject(body);
    expect(problem.detail).toContain('wrong database');
    const again = await post();
    expect(again.status).toBe(403);
    expect(await again.json()).toMatchObject(body);
    expect(upstream.requests).toEqual([]);
  });

  it.each([
    ['the owner of the agent', OWNER, 'self-approval'],
    ['somebody outside `from`', OUTSIDER, 'not-eligible'],
  ])('does not count a vote of %s', async (_who, as, reason) => {
    const answer = post();
    const approval = await gate.held();
    const refused = await gate.vote(approval, 'approve', { as });
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ reason });
    expect(upstream.requests).toEqual([]);
    await gate.vote(approval, 'deny');
    await answer;
  });

  it('knows no agent at the console and no person at the proxy', async () => {
    expect((await gate.api('/api/v1/approvals', { as: AGENT })).status).toBe(401);
    expect((await gate.call('/api/things', { headers: { authorization: `Bearer ${APPROVER}` } })).status).toBe(401);
  });

  it('refuses a vote on another digest', async () => {
    const answer = post();
    const approval = await gate.held();
    const refused = await gate.vote(approval, 'approve', { digest: '0'.repeat(64) });
    expect(refused.status).toBe(409);
    await gate.vote(approval, 'deny');
    await answer;
  });

  it('needs as many distinct humans as the rule says', async () => {
    const answer = gate.call('/api/things', { method: 'PUT', body: 'x' });
    const approval = await gate.held();
    await gate.vote(approval, 'approve');
    expect((await gate.vote(approval, 'approve')).status).toBe(403);
    expect(upstream.requests).toEqual([]);
    await gate.vote(approval, 'approve', { as: SECOND });
    expect((await answer).status).toBe(200);
    expect(upstream.requests).toHaveLength(1);
  });

  it('answers "not yet" when the wait is over, and the same call again joins', async () => {
    const pending = await post({ prefer: 'wait=0' });
    expect(pending.status).toBe(429);
    expect(pending.headers.get('retry-after')).toBe('2');
    expect(await pending.json()).toMatchObject({ reason: 'approval-pending', retryable: true });
    const approval = await gate.held();
    const joined = await post({ prefer: 'wait=0', 'user-agent': 'attempt 2', 'amz-sdk-request': 'attempt=2' });
    expect(joined.headers.get('holdgate-approval')).toBe(approval.id);
    await gate.vote(approval, 'approve');
    expect(upstream.requests).toEqual([]);
    const response = await post();
    expect(response.status).toBe(200);
    expect(upstream.requests).toHaveLength(1);
  });

  it('gives another agent, or another body, an approval of its own', async () => {
    await post({ prefer: 'wait=0' });
    await post({ prefer: 'wait=0' }, 'a=2');
    await post({ prefer: 'wait=0', authorization: `Bearer ${OTHER_AGENT}` });
    const { items } = (await (await gate.api('/api/v1/approvals?status=open')).json()) as { items: unknown[] };
    expect(items).toHaveLength(3);
  });

  it('answers 202 only to an agent that asked for it', async () => {
    const response = await post({ prefer: 'respond-async' });
    expect(response.status).toBe(202);
    expect(response.headers.get('preference-applied')).toBe('respond-async');
    const status = await gate.call(response.headers.get('location') ?? '');
    expect(await status.json()).toMatchObject({ status: 'pending', agent: 'deploy-bot' });
    const foreign = await gate.call(response.headers.get('location') ?? '', {
      headers: { authorization: `Bearer ${OTHER_AGENT}` },
    });
    expect(foreign.status).toBe(404);
  });

  it('runs once for a storm of retries, and everybody who waits gets the result', async () => {
    const storm = Array.from({ length: 50 }, () => post());
    const approval = await gate.held();
    await gate.heldConnections(50);
    await gate.vote(approval, 'approve');
    const statuses = (await Promise.all(storm)).map((response) => response.status);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(upstream.requests).toHaveLength(1);
  });

  it('leaves a receipt that says what happened', async () => {
    const answer = post();
    const approval = await gate.held();
    await gate.vote(approval, 'approve');
    const id = (await answer).headers.get('holdgate-receipt');
    let receipt = await gate.api(`/api/v1/receipts/${id}`);
    while (receipt.status === 404) receipt = await gate.api(`/api/v1/receipts/${id}`);
    const { receipt: jws } = (await receipt.json()) as { receipt: string };
    const statement = JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString()) as Record<
      string,
      unknown
    >;
    expect(statement).toMatchObject({ approval_id: approval.id, status: 'succeeded' });
  });
});
