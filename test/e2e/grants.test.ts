// Time-boxed grants through a whole gate: what people let through with one approval runs without them, exactly as far as they said.
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApprovalView } from '../../src/core/approval/view.ts';
import { verifyReceipt } from '../../src/core/receipt/verify.ts';
import type { ReceiptStatement } from '../../src/core/receipt/statement.ts';
import { createJwsVerifier } from '../../src/signers/jws-verifier.ts';
import { systemClock } from '../../src/system-clock.ts';
import { type RawUpstream, startRawUpstream } from './raw-upstream.ts';
import { AGENT, OTHER_AGENT, OUTSIDER, SECOND, startGate, type TestGate } from './running-gate.ts';

interface Small {
  verifyReceipt(jws: string, keys: unknown): { readonly findings: readonly string[] };
}
const small = (await import(join(import.meta.dirname, '../../docs/verify-receipt.mjs'))) as Small;

const OFFER = '{for: 1h, uses: 3, covers: targets}';
const rules = (offer: string | undefined): string => `
  - id: pods
    match: {action: "k8s:delete:pods"}
    effect: hold
    hold: {approvals: 1, from: ["group:security"]${offer === undefined ? '' : `, grant: ${offer}`}}
  - id: services
    match: {action: "k8s:delete:services"}
    effect: hold
    hold: {approvals: 1, from: ["group:security"], grant: {for: 1h, uses: 20, covers: actions}}
  - id: maps
    match: {action: "k8s:delete:configmaps"}
    effect: hold
    hold: {approvals: 2, from: ["group:security"], grant: {for: 30m}}
`;

interface Grant {
  readonly id: string;
  readonly status: string;
  readonly used: number;
  readonly words: string;
}

describe('a grant', () => {
  let upstream: RawUpstream;
  let gate: TestGate;
  /** ms that the gate's clock is ahead. */
  let ahead = 0;

  beforeEach(async () => {
    ahead = 0;
    upstream = await startRawUpstream();
    gate = await startGate({
      upstream: upstream.url,
      rules: rules(OFFER),
      upstreamMore: 'kind: kubernetes',
      more: 'hold: {max_open_per_agent: 100, max_open: 200}',
      clock: { ...systemClock, now: () => systemClock.now() + ahead },
    });
  });
  afterEach(async () => {
    await gate.stop();
    await upstream.close();
  });

  const remove = (what: string, as = AGENT): Promise<Response> =>
    gate.call(`/api/api/v1/namespaces/staging/${what}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${as}` },
    });
  const approve = (approval: ApprovalView, grant?: string | true, as?: string): Promise<Response> =>
    gate.api(`/api/v1/approvals/${approval.id}/votes`, {
      method: 'POST',
      ...(as !== undefined && { as }),
      body: JSON.stringify({ vote: 'approve', digest: approval.digest, grant }),
    });
  const approvals = async (status: string): Promise<readonly ApprovalView[]> => {
    const page = await (await gate.api(`/api/v1/approvals?status=${status}&limit=200`)).json();
    return (page as { items: ApprovalView[] }).items;
  };
  const grants = async (): Promise<readonly Grant[]> =>
    ((await (await gate.api('/api/v1/grants')).json()) as { items: Grant[] }).items;
  const until = async (holds: () => Promise<boolean>): Promise<void> => {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  /** Asks, has it approved with a grant, and gets the answer. */
  async function given(what: string, grant: string | true = true): Promise<ApprovalView> {
    const answer = remove(what);
    const approval = await gate.held();
    expect((await approve(approval, grant)).status).toBe(200);
    expect((await answer).status).toBe(200);
    return approval;
  }
  /** A call that people are asked about again; it is denied. */
  async function isHeld(what: string, as?: string): Promise<void> {
    const sent = upstream.requests.length;
    const answer = remove(what, as);
    const approval = await gate.held();
    expect(approval).toMatchObject({ status: 'pending', granted_by: null });
    expect(upstream.requests).toHaveLength(sent);
    await gate.vote(approval, 'deny');
    expect((await answer).status).toBe(403);
  }
  /** A call that runs although nobody is asked. */
  async function runs(what: string): Promise<Response> {
    const sent = upstream.requests.length;
    const response = await remove(what);
    expect(response.status).toBe(200);
    await response.text();
    expect(upstream.requests).toHaveLength(sent + 1);
    return response;
  }
  async function receiptOf(response: Response): Promise<string> {
    const id = response.headers.get('holdgate-receipt');
    await until(async () => (await gate.api(`/api/v1/receipts/${id}`)).status === 200);
    return ((await (await gate.api(`/api/v1/receipts/${id}`)).json()) as { receipt: string }).receipt;
  }

  it('is offered, given, used without a person, and cited by a receipt that both verifiers check', async () => {
    const answer = remove('pods/web-0');
    const asked = await gate.held();
    expect(asked.grant_offer).toEqual({
      for: 3_600_000,
      uses: 3,
      covers: 'targets',
      words:
        'deploy-bot may do k8s:delete:pods on web-0 in staging, whatever its other parameters are, up to 3 times within 1h, without being asked about again',
    });
    expect((await approve(asked, '30m')).status).toBe(200);
    await (await answer).text();
    const [made] = await grants();
    expect(made).toMatchObject({ status: 'standing', used: 0, agent: 'deploy-bot', covers: 'targets', uses: 3 });

    const response = await runs('pods/web-0?gracePeriodSeconds=30');
    const jws = await receiptOf(response);
    const keys = (await (await gate.api('/api/v1/keys')).json()) as {
      keys: Record<string, string>[];
    };
    const check = await verifyReceipt(jws, await createJwsVerifier(keys.keys));
    expect(check.findings).toEqual([]);
    expect(small.verifyReceipt(jws, keys).findings).toEqual([]);
    const { granted, votes, status } = check.statement as ReceiptStatement;
    expect([status, votes]).toEqual(['succeeded', []]);
    expect(granted).toMatchObject({ id: made?.id, use: 1, source: { approval_id: asked.id } });
    expect(granted?.votes.map(({ by, grant_ms: ms }) => [by, ms])).toEqual([
      ['security-oncall@example.com', 1_800_000],
    ]);
    const [used] = await approvals('succeeded');
    expect(used?.granted_by).toMatchObject({
      grant: made?.id,
      approval_id: asked.id,
      people: [{ by: 'security-oncall@example.com', groups: ['security'] }],
      use: 1,
    });
    expect((await grants())[0]).toMatchObject({ used: 1, status: 'standing' });
    const page = await (await gate.api('/metrics')).text();
    expect(page).toMatch(/^holdgate_grants_total\{change="made",reason=""\} 1$/m);
    expect(page).toMatch(/^holdgate_grants_total\{change="used",reason=""\} 1$/m);
  });

  it('is for the same agent, the same target and what shows nothing new, and ends with its uses', async () => {
    await given('pods/web-0');
    await runs('pods/web-0');
    // A forced deletion is flagged, and nobody had seen that flag. Its denial ends the grant.
    const forced = remove('pods/web-0?gracePeriodSeconds=0');
    expect((await gate.held()).flags.map(({ id }) => id)).toContain('force');
    const heldForce = await gate.held();
    await approve(heldForce);
    await (await forced).text();
    const other = remove('pods/web-0', OTHER_AGENT);
    await approve(await gate.held());
    await (await other).text();
    const elsewhere = remove('pods/web-1');
    await approve(await gate.held());
    await (await elsewhere).text();
    await runs('pods/web-0');
    await runs('pods/web-0');
    expect(await grants()).toMatchObject([{ status: 'spent', used: 3 }]);
    await isHeld('pods/web-0');
  });

  it('ends in time, by the clock of the store', async () => {
    await given('pods/web-0', '10m');
    ahead = 599_000 - 60_000;
    await runs('pods/web-0');
    ahead = 601_000;
    expect(await grants()).toMatchObject([{ status: 'over' }]);
    await isHeld('pods/web-0');
  });

  it('is ended at once by anybody in people, and by the denial of a call like it', async () => {
    await given('pods/web-0');
    const [first] = await grants();
    const revoked = await gate.api(`/api/v1/grants/${first?.id}/revoke`, { method: 'POST', as: OUTSIDER });
    expect(await revoked.json()).toMatchObject({ status: 'revoked', revoked: { by: 'outsider@example.com' } });
    expect((await gate.api('/api/v1/grants/grt_none/revoke', { method: 'POST' })).status).toBe(404);
    await isHeld('pods/web-0');
    ahead = 1_000_000;
    await given('pods/web-0');
    await runs('pods/web-0');
    // Flagged, so that people are asked; who says no says it to all like it.
    await isHeld('pods/web-0?gracePeriodSeconds=0');
    expect((await grants()).map(({ status }) => status)).toEqual(['revoked']);
    await isHeld('pods/web-0');
  });

  it('ends with the offer: an edited policy is not outrun', async () => {
    await given('pods/web-0');
    const path = join(gate.folder, 'policies', 'test.yaml');
    const put = async (offer: string | undefined): Promise<void> => {
      writeFileSync(`${path}.new`, `version: 1\nname: test\nowner: o@example.com\nrules:\n${rules(offer)}\n`);
      renameSync(`${path}.new`, path);
      await gate.running.reload();
    };
    await put('{for: 1h, uses: 3, covers: call}');
    const narrower = remove('pods/web-0');
    await approve(await gate.held());
    await (await narrower).text();
    await put(undefined);
    const none = remove('pods/web-0');
    expect(await gate.held()).toMatchObject({ grant_offer: null });
    await approve(await gate.held());
    await (await none).text();
    await put(OFFER);
    await runs('pods/web-0');
  });

  it('is given by all who approve or by nobody, and only as far as it is offered', async () => {
    const answer = remove('configmaps/flags');
    const approval = await gate.held();
    const refused = await approve(approval, '31m');
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ reason: 'grant-not-offered', detail: expect.stringContaining('30m') });
    expect((await approve(approval, '0h')).status).toBe(400);
    expect((await approve(approval)).status).toBe(200);
    const alone = await approve(approval, true, SECOND);
    expect(await alone.json()).toMatchObject({ detail: expect.stringContaining('approved this call alone') });
    expect((await approve(approval, undefined, SECOND)).status).toBe(200);
    await (await answer).text();
    expect(await grants()).toEqual([]);

    const again = remove('configmaps/flags');
    const second = await gate.held();
    await approve(second, '20m');
    expect(await grants()).toEqual([]);
    await approve(second, true, SECOND);
    await (await again).text();
    expect(await grants()).toMatchObject([
      { covers: 'call', uses: 20, words: expect.stringContaining('exactly this call') },
    ]);
    await runs('configmaps/flags');
    await isHeld('configmaps/flags?gracePeriodSeconds=5');
  });

  it('lets 20 of 50 calls through that come at once, and holds the other 30', async () => {
    await given('services/web-first');
    const sent = upstream.requests.length;
    const calls = Array.from({ length: 50 }, (_, n) => remove(`services/web-${n}`));
    await until(async () => (await approvals('pending')).length === 30 && (await approvals('succeeded')).length === 21);
    expect(upstream.requests).toHaveLength(sent + 20);
    expect(await grants()).toMatchObject([{ status: 'spent', used: 20 }]);
    const uses = (await approvals('succeeded')).flatMap(({ granted_by: by }) => (by ? [by.use] : []));
    expect(uses.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    await Promise.all((await approvals('pending')).map((approval) => gate.vote(approval, 'deny')));
    const statuses = await Promise.all(calls.map(async (call) => (await call).status));
    expect(statuses.filter((status) => status === 200)).toHaveLength(20);
    expect(statuses.filter((status) => status === 403)).toHaveLength(30);
  });
});
