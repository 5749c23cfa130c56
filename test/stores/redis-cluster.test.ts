// The same store on a Redis Cluster: all keys of one gate are in one slot, whichever node has it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { opened, vote } from '../conformance/approval-events.ts';
import { approvalStoreConformance } from '../conformance/approval-store.ts';
import { ANN, CALL, LIMITS } from '../conformance/store-harness.ts';
import { type RedisCluster, startCluster } from '../redis/cluster.ts';
import { describeRedis } from '../redis/describe-redis.ts';
import type { RedisServer } from '../redis/redis-server.ts';
import { aclRules } from './redis-rules.ts';
import { redisSettings } from './redis-store.ts';
import { eventually, noncedSealer, openSubject } from './redis-subject.ts';
import { redisUnderTest } from './redis-under-test.ts';

const SLOTS = 16_384;
const TIMEOUT = 300;

let cluster: RedisCluster;
const nodes = (): readonly RedisServer[] => cluster.nodes;

/** The node that has the keys below a prefix; the slots are shared evenly, in order. */
async function ownerOf(prefix: string): Promise<{ readonly slot: number; readonly index: number }> {
  const slot = Number(await nodes()[0]?.command('CLUSTER', 'KEYSLOT', `{${prefix}}`));
  return { slot, index: Math.floor((slot * nodes().length) / SLOTS) };
}

describeRedis('on a Redis Cluster', () => {
  beforeAll(async () => {
    cluster = await startCluster(3);
  });
  afterAll(() => cluster.stop());
  let tests = 0;

  approvalStoreConformance('a cluster', async () => {
    const seed = nodes()[tests % nodes().length];
    // Three slots on three nodes after a while, by chance and always the same.
    const settings = redisSettings(seed?.port ?? 0, { kind: 'cluster', prefix: `cluster-${++tests}` });
    return redisUnderTest(settings, { sealer: noncedSealer });
  });

  it('all nodes had their share, and each prefix is on one', async () => {
    const keys = await Promise.all(nodes().map((node) => node.command('KEYS', '*') as Promise<string[]>));
    const prefixes = keys.map((some) => new Set(some.map((key) => key.slice(0, key.indexOf('}')))));
    expect(prefixes.every(({ size }) => size > 0)).toBe(true);
    const all = prefixes.flatMap((some) => [...some]);
    expect(new Set(all).size).toBe(all.length);
  });

  describe('with one node', () => {
    it.each([0, 1, 2])('that stops answering: it is missed only if it has our keys (%d)', async (which) => {
      const prefix = 'stopped';
      const subject = await openSubject(
        redisSettings(nodes()[0]?.port ?? 0, { kind: 'cluster', prefix, timeout: TIMEOUT }),
      );
      const event = opened(await subject.store.now(), { digest: `${which}` });
      await subject.store.open(event, CALL, LIMITS);
      const { index } = await ownerOf(prefix);
      const node = nodes()[which];
      node?.pause();
      try {
        const before = performance.now();
        const approve = subject.store.append(event.id, 1, [vote(event, event.at, ANN, 'approve')]);
        if (which !== index) expect((await approve).outcome).toBe('appended');
        else {
          await expect(approve).rejects.toThrow(/it did not answer in time/);
          expect(performance.now() - before).toBeLessThan(TIMEOUT + 500);
          await expect(subject.store.load(event.id)).rejects.toThrow(
            expect.objectContaining({ name: 'StoreUnavailable' }),
          );
        }
      } finally {
        node?.resume();
      }
      await eventually(() =>
        subject.store.health().then(
          () => true,
          () => false,
        ),
      );
      expect((await subject.store.load(event.id))?.votes.length).toBeLessThanOrEqual(1);
    });
  });

  it('follows its keys to another node', async () => {
    const prefix = 'moving';
    const subject = await openSubject(redisSettings(nodes()[0]?.port ?? 0, { kind: 'cluster', prefix }));
    const event = opened(await subject.store.now());
    await subject.store.open(event, CALL, LIMITS);
    const { slot, index } = await ownerOf(prefix);
    const [from, to] = [nodes()[index], nodes()[(index + 1) % nodes().length]];
    if (!from || !to) throw new Error('no such node');
    const target = String(await to.command('CLUSTER', 'MYID'));
    await to.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', String(await from.command('CLUSTER', 'MYID')));
    await from.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', target);
    const keys = (await from.command('CLUSTER', 'GETKEYSINSLOT', slot, 1000)) as string[];
    await from.command('MIGRATE', '127.0.0.1', to.port, '', 0, 5000, 'KEYS', ...keys);
    for (const node of [to, from, ...nodes()]) await node.command('CLUSTER', 'SETSLOT', slot, 'NODE', target);
    expect((await subject.store.append(event.id, 1, [vote(event, event.at, ANN, 'approve')])).outcome).toBe('appended');
    expect((await subject.store.load(event.id))?.status).toBe('approved');
    expect(await to.command('LLEN', `{${prefix}}:e:${event.id}`)).toBe(2);
    expect(subject.trouble).toEqual([]);
  });

  it('needs the permissions that docs/operating.md names for it', async () => {
    const rules = aclRules('cluster');
    for (const node of nodes()) await node.command('ACL', 'SETUSER', 'holdgate', 'reset', 'on', '>pw', ...rules);
    const user = { username: 'holdgate', password: new Secret('pw') };
    const settings = redisSettings(nodes()[1]?.port ?? 0, { kind: 'cluster', ...user });
    const { store, beat, trouble } = await openSubject(settings);
    const heard: (string | undefined)[] = [];
    store.subscribe((id) => heard.push(id));
    await eventually(() => heard.length > 0);
    const event = opened(await store.now());
    await store.open(event, CALL, LIMITS);
    await eventually(() => heard.includes(event.id));
    await beat();
    expect(trouble).toEqual([]);
    for (const rule of rules.filter((one) => one.includes('cluster|'))) {
      for (const node of nodes()) await node.command('ACL', 'SETUSER', 'holdgate', rule.replace('+', '-'));
      await expect(openSubject(settings)).rejects.toThrow(/its user may not do what Holdgate needs/);
      for (const node of nodes()) await node.command('ACL', 'SETUSER', 'holdgate', rule);
    }
    await openSubject(settings);
  });
});
