// A Redis that forgets, or may: what it forgot is never taken for approved, and nothing new is entrusted to it.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ApprovalView } from '../../src/core/approval/view.ts';
import { type RawUpstream, startRawUpstream } from '../e2e/raw-upstream.ts';
import { describeRedis } from '../redis/describe-redis.ts';
import { type RedisServer, startRedis } from '../redis/redis-server.ts';
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

describeRedis('a Redis', () => {
  let redis: RedisServer;
  let upstream: RawUpstream;
  let replicas: Replicas;
  let [a, b] = [] as unknown as [Replica, Replica];

  beforeAll(async () => {
    redis = await startRedis();
    upstream = await startRawUpstream();
    replicas = await startReplicas(2, { store: redis.url, upstream: upstream.url, rules: RULES });
    [a, b] = replicas.all as [Replica, Replica];
  });
  afterAll(async () => {
    await replicas.close();
    await upstream.close();
    await redis.stop();
  });

  const post = (replica: Replica, path: string, prefer = 'wait=30'): Promise<Response> =>
    replica.call(`/api${path}`, { method: 'POST', body: 'a=1', headers: { prefer } });
  const opened = (path: string): Promise<ApprovalView> =>
    poll(async () => (await b.open()).find((one) => one.url.endsWith(path)));

  it('that is flushed under held calls executes none of them: agents are told, and it is reported', async () => {
    const paths = ['/one', '/two', '/three'];
    const waiting = paths.map((path, n) => post([a, b][n % 2] as Replica, path));
    const approvals = await Promise.all(paths.map(opened));
    await redis.command('FLUSHALL');
    for (const approval of approvals) expect((await b.vote(approval)).ok).toBe(false);
    for (const response of await Promise.all(waiting)) {
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({ reason: 'gate-unavailable', retryable: true });
    }
    const logs = (): string => a.log() + b.log();
    await poll(() => logs().includes('was emptied'));
    for (const { id } of approvals) await poll(() => logs().includes(`"approval_id":"${id}","finding":`));
    expect(upstream.requests).toEqual([]);
    // Asked again, it is asked anew: no vote of before counts.
    const fresh = post(a, '/one');
    const approval = await opened('/one');
    expect(approval.id).not.toBe(approvals[0]?.id);
    await b.vote(approval);
    expect((await fresh).status).toBe(200);
    expect(upstream.requests).toHaveLength(1);
  });

  it('that may evict is entrusted with nothing until it may not any more', async () => {
    const waiting = post(a, '/held');
    const approval = await opened('/held');
    await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    for (const replica of [a, b]) {
      const refused = await poll(async () => {
        const response = await post(replica, '/new', 'wait=0');
        return response.status === 503 && response;
      });
      expect(await refused.json()).toMatchObject({ reason: 'gate-unavailable', retryable: true });
      expect((await replica.call('/api/routine')).status).toBe(200);
      await poll(() => /maxmemory-policy is \\"allkeys-lru.*set \\"maxmemory-policy noeviction/.test(replica.log()));
      expect((await replica.api('/readyz')).status).toBe(503);
    }
    expect((await b.vote(approval)).status).toBe(503);
    expect(upstream.requests.filter((one) => one.includes('/held'))).toEqual([]);

    await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    await poll(async () => (await post(a, '/new', 'wait=0')).status === 429);
    await poll(async () => (await b.vote(approval)).status === 200);
    expect((await waiting).status).toBe(200);
  });
});
