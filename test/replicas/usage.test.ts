// What an agent receives through one replica counts at the other one, seconds later; and a replica that comes later knows it too.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RawUpstream, startRawUpstream } from '../e2e/raw-upstream.ts';
import { describeRedis, useRedis } from '../redis/describe-redis.ts';
import { poll, type Replica, type Replicas, startReplicas } from './replicas.ts';

const RULES = `
  - id: reads
    match: {method: GET}
    effect: allow
  - id: budget
    match: {path: "/data/**"}
    when: usage.bytes_out("api", "1h") > 5
    effect: hold
    hold: {approvals: 1, from: ["group:security"]}
`;

describeRedis('usage', () => {
  const redis = useRedis({ appendfsync: 'no' });
  let upstream: RawUpstream;
  let replicas: Replicas;

  beforeAll(async () => {
    upstream = await startRawUpstream();
    replicas = await startReplicas(2, { store: redis().url, upstream: upstream.url, rules: RULES });
  });
  afterAll(async () => {
    await replicas.close();
    await upstream.close();
  });

  const known = async (replica: Replica): Promise<number> => {
    const { items } = (await (await replica.api('/api/v1/usage')).json()) as { items: { bytes_out: number }[] };
    return items[0]?.bytes_out ?? 0;
  };
  /** 200 if it was allowed, 202 if it waits for people. */
  const read = async (replica: Replica): Promise<number> =>
    (await replica.call('/api/data/x', { headers: { prefer: 'respond-async' } })).status;

  it('is that of all replicas', async () => {
    const [one, other] = replicas.all as [Replica, Replica];
    expect([await read(one), await read(other), await read(one)]).toEqual([200, 200, 200]);
    await poll(async () => (await known(one)) === 6 && (await known(other)) === 6);
    expect([await read(one), await read(other)]).toEqual([202, 202]);
    const later = await replicas.add();
    expect([await known(later), await read(later)]).toEqual([6, 202]);
  });
});
