// The network between two replicas and Redis breaks in every way that it can: what needs Redis is refused at once and may be tried
// again, everything else goes on, and nothing that was held is lost.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ApprovalView } from '../../src/core/approval/view.ts';
import { type RawUpstream, startRawUpstream } from '../e2e/raw-upstream.ts';
import { describeRedis, useRedis } from '../redis/describe-redis.ts';
import { type FaultProxy, startFaultProxy } from '../redis/fault-proxy.ts';
import type { RedisServer } from '../redis/redis-server.ts';
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
/** What a privileged call may take to be refused, ms. */
const AT_ONCE = 1000;

interface Outage {
  readonly begin: (proxy: FaultProxy, redis: RedisServer) => void;
  readonly end: (proxy: FaultProxy, redis: RedisServer) => Promise<void> | void;
}
const restore = (proxy: FaultProxy): Promise<void> => proxy.restore();
const OUTAGES: Readonly<Record<string, Outage>> = {
  'refuses connections': { begin: (proxy) => proxy.cut(), end: restore },
  'lets connections stand and nothing through': { begin: (proxy) => proxy.halfOpen(), end: restore },
  'keeps everything back until it heals': { begin: (proxy) => proxy.stall(), end: restore },
  'takes two seconds for everything': { begin: (proxy) => proxy.delay(1000), end: restore },
  'leads to a server that does not answer': {
    begin: (_proxy, redis) => redis.pause(),
    end: (_proxy, redis) => redis.resume(),
  },
};

describeRedis('a network that', () => {
  const redis = useRedis();
  let upstream: RawUpstream;
  let proxy: FaultProxy;
  let replicas: Replicas;
  let [a, b] = [] as unknown as [Replica, Replica];

  beforeAll(async () => {
    upstream = await startRawUpstream();
    proxy = await startFaultProxy(redis().port);
    const store = `redis://127.0.0.1:${proxy.port}`;
    replicas = await startReplicas(2, { store, upstream: upstream.url, rules: RULES });
    [a, b] = replicas.all as [Replica, Replica];
  });
  afterAll(async () => {
    await replicas.close();
    await proxy.close();
    await upstream.close();
  });

  const post = (replica: Replica, path: string, prefer = 'wait=30'): Promise<Response> =>
    replica.call(`/api${path}`, { method: 'POST', body: 'a=1', headers: { prefer } });
  const sent = (path: string): number => upstream.requests.filter((one) => one.startsWith(`POST ${path} `)).length;
  async function timed<T>(work: Promise<T>): Promise<{ readonly value: T; readonly took: number }> {
    const begun = performance.now();
    const value = await work;
    return { value, took: performance.now() - begun };
  }

  it.each(Object.keys(OUTAGES).map((name, n) => [name, n] as const))('%s', async (name, n) => {
    const { begin, end } = OUTAGES[name] as Outage;
    const held = `/held-${n}`;
    const waiting = post(a, held);
    const approval = await poll<ApprovalView>(async () => (await b.open()).find((one) => one.url.endsWith(held)));

    begin(proxy, redis());
    for (const [at, replica] of [a, b, a, b].entries()) {
      const { value: refused, took } = await timed(post(replica, `/new-${n}-${at}`, 'wait=0'));
      expect(refused.status).toBe(503);
      expect(refused.headers.get('retry-after')).toBe('1');
      expect(await refused.json()).toMatchObject({ reason: 'gate-unavailable', retryable: true });
      expect(took).toBeLessThan(AT_ONCE);
      expect((await replica.call('/api/routine')).status).toBe(200);
    }
    expect((await b.vote(approval)).status).toBe(503);
    expect((await a.api('/readyz')).status).toBe(503);
    await end(proxy, redis());

    // By itself, without anybody's doing; the new calls of the outage left nothing behind that was sent.
    const again = await poll(async () => {
      const response = await post(b, `/later-${n}`, 'wait=0');
      return response.status !== 503 && response;
    });
    expect(again.status).toBe(429);
    await poll(async () => [200, 409].includes((await b.vote(approval)).status));
    const response = await waiting;
    expect([response.status, await response.text()]).toEqual([200, 'ok']);
    expect(sent(held)).toBe(1);
    expect(upstream.requests.filter((one) => one.startsWith('POST /new-'))).toEqual([]);
  });

  it('parts a replica from Redis while what it holds is voted on elsewhere lets it know when it heals', async () => {
    const apart = await startFaultProxy(redis().port);
    const alone = await replicas.add(undefined, `redis://127.0.0.1:${apart.port}`);
    const waiting = post(alone, '/apart');
    const approval = await poll<ApprovalView>(async () => (await b.open()).find((one) => one.url.endsWith('/apart')));
    const before = apart.dialled();
    apart.halfOpen();
    expect((await b.vote(approval)).status).toBe(200);
    // Until every connection that may have heard something was given up.
    await poll(() => apart.dialled() >= before + 2);
    await apart.restore();
    const healed = performance.now();
    expect((await waiting).status).toBe(200);
    expect(performance.now() - healed).toBeLessThan(5000);
    expect(sent('/apart')).toBe(1);
    await alone.kill();
    await apart.close();
  });

  it('is slow but not too slow goes unnoticed', async () => {
    proxy.delay(20);
    const waiting = post(a, '/slow');
    const approval = await poll<ApprovalView>(async () => (await b.open()).find((one) => one.url.endsWith('/slow')));
    expect((await b.vote(approval)).status).toBe(200);
    expect((await waiting).status).toBe(200);
    await proxy.restore();
    expect(sent('/slow')).toBe(1);
  });
});
