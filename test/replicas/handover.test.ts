// Calls that are held at one replica and voted on, finished or replayed at others, while all of them live or leave in good order.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ApprovalView } from '../../src/core/approval/view.ts';
import { ok, type RawUpstream, startRawUpstream } from '../e2e/raw-upstream.ts';
import type { CallInit } from '../e2e/running-gate.ts';
import { describeRedis, useRedis } from '../redis/describe-redis.ts';
import { startBalancer } from './balancer.ts';
import { curlRetry } from './curl.ts';
import { poll, type Replica, type Replicas, startReplicas } from './replicas.ts';

const RULES = `
  - id: reads
    match: {method: GET}
    effect: allow
  - id: asked
    match: {method: POST}
    effect: hold
    hold: {approvals: 1, from: ["group:security"]}
`;
const STORM = 50;

describeRedis('three replicas', () => {
  const redis = useRedis();
  let upstream: RawUpstream;
  let replicas: Replicas;
  let [a, b, c] = [] as unknown as [Replica, Replica, Replica];
  /** Paths whose calls the upstream answers when it is told to. */
  const slow = new Map<string, { readonly reached: () => void; readonly release: Promise<void> }>();

  beforeAll(async () => {
    upstream = await startRawUpstream((request, socket) => {
      const pause = slow.get(request.split(' ')[1] ?? '');
      pause?.reached();
      void (pause?.release ?? Promise.resolve()).then(() => ok(request, socket));
    });
    replicas = await startReplicas(3, { store: redis().url, upstream: upstream.url, rules: RULES });
    [a, b, c] = replicas.all as [Replica, Replica, Replica];
  });
  afterAll(async () => {
    await replicas.close();
    await upstream.close();
  });

  const post = (replica: Replica, path: string, init: CallInit = {}): Promise<Response> =>
    replica.call(`/api${path}`, { method: 'POST', body: 'a=1', ...init });
  const sent = (path: string): number => upstream.requests.filter((one) => one.startsWith(`POST ${path} `)).length;
  const approvalsOf = async (path: string): Promise<readonly ApprovalView[]> => {
    const page = (await (await c.api('/api/v1/approvals?limit=200')).json()) as { items: ApprovalView[] };
    return page.items.filter((one) => one.url.endsWith(path));
  };
  const opened = (path: string): Promise<ApprovalView> => poll(async () => (await approvalsOf(path))[0]);

  it('hear of a vote wherever it was cast', async () => {
    const waiting = post(a, '/vote');
    const approval = await opened('/vote');
    expect((await b.vote(approval)).status).toBe(200);
    const response = await waiting;
    expect([response.status, await response.text()]).toEqual([200, 'ok']);
    const refused = post(b, '/refuse');
    await c.vote(await opened('/refuse'), 'deny', { reason: 'not on a Friday' });
    const told = await refused;
    expect(told.status).toBe(403);
    expect(await told.text()).toContain('not on a Friday');
    expect([sent('/vote'), sent('/refuse')]).toEqual([1, 0]);
  });

  it('make one approval and one call of a storm of retries', async () => {
    const answers = Array.from({ length: STORM }, (_, n) => post([a, b, c][n % 3] as Replica, '/storm'));
    await poll(async () => {
      const held = await Promise.all(replicas.all.map((one) => one.holding()));
      return held.reduce((sum, one) => sum + one, 0) === STORM;
    });
    expect(await approvalsOf('/storm')).toHaveLength(1);
    const [approval] = (await approvalsOf('/storm')) as [ApprovalView];
    await b.vote(approval);
    const told = await Promise.all(
      answers.map(async (answer) => {
        const response = await answer;
        const text = await response.text();
        return response.status === 200 ? text : (JSON.parse(text) as { reason: string }).reason;
      }),
    );
    // Whoever waits gets the one response, at whichever replica.
    expect(new Set(told)).toEqual(new Set(['ok']));
    expect(sent('/storm')).toBe(1);
    expect(await approvalsOf('/storm')).toMatchObject([{ id: approval.id, status: 'succeeded' }]);
  });

  it('replay from any of them a response that was not delivered, and only once', async () => {
    const { promise: release, resolve: answer } = Promise.withResolvers<void>();
    const reached = new Promise<void>((resolve) => slow.set('/replay', { reached: resolve, release }));
    const abort = new AbortController();
    const first = post(a, '/replay', { signal: abort.signal }).catch(() => undefined);
    const approval = await opened('/replay');
    await b.vote(approval);
    await reached;
    abort.abort();
    await first;
    await poll(() => a.log().includes('"status":0'));
    answer();
    await poll(async () => (await c.approval(approval.id)).status === 'succeeded');
    const again = await post(b, '/replay');
    expect([again.status, again.headers.get('holdgate-replayed'), await again.text()]).toEqual([200, 'true', 'ok']);
    expect(again.headers.get('holdgate-approval')).toBe(approval.id);
    const fresh = await poll(async () => {
      const next = await post(c, '/replay', { headers: { prefer: 'wait=0' } });
      return next.headers.get('holdgate-replayed') !== 'true' && next;
    });
    expect(fresh.status).toBe(429);
    expect(fresh.headers.get('holdgate-approval')).not.toBe(approval.id);
    expect(sent('/replay')).toBe(1);
  });

  it('hand over at SIGTERM: every agent is told to come back, and goes on with the approval that it has', async () => {
    const leaving = await replicas.add();
    const balancer = await startBalancer(() => [leaving.proxy, b.proxy]);
    const paths = ['/one', '/two', '/three'];
    const curls = paths.map((path) => curlRetry(`${balancer.url}/api${path}`));
    const plain = post(leaving, '/plain');
    const approvals = await Promise.all(paths.map(opened));
    const [own] = await Promise.all([opened('/plain'), poll(async () => (await leaving.holding()) === 4)]);
    expect(await leaving.stop()).toBe(0);
    const told = await plain;
    expect([told.status, told.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await told.json()).toMatchObject({ reason: 'shutting-down', retryable: true, approval_id: own.id });
    await poll(async () => (await b.holding()) === 3);
    await Promise.all(approvals.map((approval) => c.vote(approval)));
    for (const [n, result] of (await Promise.all(curls)).entries()) {
      expect(result).toMatchObject({ code: 0, status: 200, body: 'ok', retries: 1 });
      expect(result.headers.get('holdgate-approval')).toBe(approvals[n]?.id);
    }
    for (const path of paths) {
      expect(sent(path)).toBe(1);
      expect(await approvalsOf(path)).toHaveLength(1);
    }
    await balancer.close();
  });
});
