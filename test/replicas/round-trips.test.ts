// What a call costs in waits for Redis. A held call's commands name its approval, and each is counted: which of them, and what
// else, share a round trip is a matter of load. What replicas do with an approval every now and then besides (the sweep) comes in
// some of the measurements and not in all: the least of several is what the call itself needs.
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

/** Commands of one approval, that of its opening included. */
function commandsOf(trips: RoundTrips, id: string): readonly string[] {
  const ofIt = trips.commands().filter((command) => command.some((word) => word.includes(id)));
  return ofIt.map((command) => command.join(' ').slice(0, 120));
}

const least = (lists: readonly (readonly string[])[]): readonly string[] =>
  lists.toSorted((a, b) => a.length - b.length)[0] ?? [];

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

  it('seven times at most by the replica that holds a call, from the opening to the delivery', async () => {
    const [atHolder, atVoter] = trips as [RoundTrips, RoundTrips];
    const [held, votes]: [(readonly string[])[], (readonly string[])[]] = [[], []];
    for (let n = 0; n < TIMES; n++) {
      atHolder.reset();
      const path = `/cost-${n}`;
      const waiting = holder.call(`/api${path}`, { method: 'POST', body: 'a=1' });
      const approval = await poll<ApprovalView>(async () => (await voter.open()).find((one) => one.url.endsWith(path)));
      atVoter.reset();
      expect((await voter.vote(approval)).status).toBe(200);
      votes.push(commandsOf(atVoter, approval.id));
      expect(await (await waiting).text()).toBe('ok');
      await poll(async () => (await voter.approval(approval.id)).delivered_at !== null);
      held.push(commandsOf(atHolder, approval.id));
    }
    // The opening, the claim, the intent, the result and the delivery; the record and the call are read once each.
    expect(least(held).length, least(held).join('\n')).toBeLessThanOrEqual(7);
    expect(least(held).length).toBeGreaterThan(2);
    expect(least(votes).length, least(votes).join('\n')).toBeLessThanOrEqual(2);
    expect(least(votes).length).toBeGreaterThan(0);
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
