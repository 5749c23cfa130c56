// What a call costs in waits for Redis. What replicas do every now and then besides (the pulse, the sweep) comes in some of the
// measurements and not in all: the least of several is what the call itself needs.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ApprovalView } from '../../src/core/approval/view.ts';
import { type RawUpstream, startRawUpstream } from '../e2e/raw-upstream.ts';
import { countRoundTrips, type RoundTrips } from '../redis/commands-seen.ts';
import { describeRedis, useRedis } from '../redis/describe-redis.ts';
import { type FaultProxy, startFaultProxy } from '../redis/fault-proxy.ts';
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
const TIMES = 8;

/** Nobody waits for the reads that block, nor for what is looked up for people once the call is held. */
function isBeside([name = '', ...rest]: readonly (string | Buffer)[]): boolean {
  if (['XREAD', 'ZREVRANGEBYSCORE', 'SCARD'].includes(String(name))) return true;
  return rest.some((each) => String(each).includes('{"type":"informed"'));
}

describeRedis('Redis is waited for', () => {
  const redis = useRedis();
  let upstream: RawUpstream;
  let replicas: Replicas;
  let [proxies, trips] = [[], []] as [FaultProxy[], RoundTrips[]];
  let [holder, voter] = [] as unknown as [Replica, Replica];

  beforeAll(async () => {
    upstream = await startRawUpstream();
    proxies = [await startFaultProxy(redis().port), await startFaultProxy(redis().port)];
    // Nobody waits for the reads that block.
    trips = proxies.map((proxy) => countRoundTrips(proxy, ({ command }) => isBeside(command)));
    const [of, at] = proxies.map(({ port }) => `redis://127.0.0.1:${port}`) as [string, string];
    replicas = await startReplicas(1, { store: of, upstream: upstream.url, rules: RULES });
    [holder, voter] = [replicas.all[0] as Replica, await replicas.add(undefined, at)];
  });
  afterAll(async () => {
    await replicas.close();
    await Promise.all(proxies.map((proxy) => proxy.close()));
    await upstream.close();
  });

  it('six times at most by the replica that holds a call, from the opening to the delivery', async () => {
    const [atHolder, atVoter] = trips as [RoundTrips, RoundTrips];
    const costs: { readonly held: number; readonly vote: number; readonly commands: readonly unknown[] }[] = [];
    for (let n = 0; n < TIMES; n++) {
      atHolder.reset();
      const path = `/cost-${n}`;
      const waiting = holder.call(`/api${path}`, { method: 'POST', body: 'a=1' });
      const approval = await poll<ApprovalView>(async () => (await voter.open()).find((one) => one.url.endsWith(path)));
      atVoter.reset();
      expect((await voter.vote(approval)).status).toBe(200);
      const vote = atVoter.count();
      expect(await (await waiting).text()).toBe('ok');
      await poll(async () => (await voter.approval(approval.id)).delivered_at !== null);
      costs.push({ held: atHolder.count(), vote, commands: atHolder.commands() });
    }
    const least = costs.toSorted((a, b) => a.held - b.held)[0];
    // One more is a read of the context's that cannot be told from one of the call's.
    expect(least?.held, JSON.stringify(least?.commands).slice(0, 2000)).toBeLessThanOrEqual(7);
    expect(least?.held).toBeGreaterThan(2);
    expect(Math.min(...costs.map(({ vote }) => vote))).toBeLessThanOrEqual(2);
  });

  it('never for a call that policy allows', async () => {
    const [atHolder] = trips as [RoundTrips];
    const costs: number[] = [];
    for (let n = 0; n < TIMES; n++) {
      atHolder.reset();
      for (let call = 0; call < 10; call++) expect((await holder.call('/api/routine')).status).toBe(200);
      costs.push(atHolder.count());
    }
    expect(Math.min(...costs)).toBe(0);
  });
});
