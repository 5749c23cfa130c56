// `store.ack_replicas`: a write counts once enough replicas have it, in the same round trip, and never later than the time limit.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import type { Opened } from '../../src/core/approval/events.ts';
import { claim, intent, opened, vote } from '../conformance/approval-events.ts';
import { ANN, CALL, LIMITS } from '../conformance/store-harness.ts';
import { countRoundTrips } from '../redis/commands-seen.ts';
import { describeRedis } from '../redis/describe-redis.ts';
import { type FaultProxy, startFaultProxy } from '../redis/fault-proxy.ts';
import { type RedisServer, startRedis } from '../redis/redis-server.ts';
import { aclRules } from './redis-rules.ts';
import { redisSettings } from './redis-store.ts';
import { eventually, openSubject, type RedisSubject } from './redis-subject.ts';

const TIMEOUT = 800;

let primary: RedisServer;
let replica: RedisServer;
let proxy: FaultProxy;
let subject: RedisSubject;

/** Counted, and with the first write: only then a replica that was connected acknowledges. */
const replicaFollows = (): Promise<void> =>
  eventually(async () => {
    await primary.command('SET', 'probe', 'x');
    return (await primary.command('WAIT', 1, 100)) === 1;
  });
const replicaIsGone = (): Promise<void> =>
  eventually(async () => String(await primary.command('INFO', 'replication')).includes('connected_slaves:0'));

describeRedis('an acknowledged write', () => {
  beforeEach(async () => {
    primary = await startRedis({ appendfsync: 'no' });
    replica = await startRedis({ appendfsync: 'no', replicaOf: primary });
    await replicaFollows();
    proxy = await startFaultProxy(primary.port);
    await primary.command('ACL', 'SETUSER', 'holdgate', 'on', '>pw', ...aclRules('ack_replicas'));
    const user = { username: 'holdgate', password: new Secret('pw') };
    subject = await openSubject(redisSettings(proxy.port, { ...user, ackReplicas: 1, timeout: TIMEOUT }));
  });
  afterEach(async () => {
    replica.resume();
    await proxy.close();
    await Promise.all([primary.stop(), replica.stop()]);
  });

  async function open(digest = 'a'): Promise<Opened> {
    const event = opened(await subject.store.now(), { digest });
    expect((await subject.store.open(event, CALL, LIMITS)).outcome).toBe('opened');
    return event;
  }
  const eventsOn = (server: RedisServer, { id }: Opened): Promise<unknown> =>
    server.command('LLEN', `{holdgate}:e:${id}`);

  /** Names of the commands of some work. */
  async function commandsOf(work: () => Promise<void>): Promise<readonly (string | undefined)[]> {
    const seen = countRoundTrips(proxy);
    await work();
    seen.stop();
    return seen.commands().map(([name]) => name);
  }

  it('is on the replica when it resolves, and costs no round trip more', async () => {
    const first = await open('first');
    await subject.store.append(first.id, 1, [vote(first, first.at, ANN, 'approve')]);
    const trips = countRoundTrips(proxy);
    for (let round = 0; round < 20; round++) {
      const event = await open(`round ${round}`);
      expect(await eventsOn(replica, event)).toBe(1);
      await subject.store.append(event.id, 1, [vote(event, event.at, ANN, 'approve')]);
      expect(await eventsOn(replica, event)).toBe(2);
      await subject.store.append(event.id, 2, [claim(event, event.at, 'r1')]);
      await subject.store.append(event.id, 3, [intent(event, event.at, 'r1')]);
      expect(await eventsOn(replica, event)).toBe(4);
    }
    expect(trips.count()).toBe(20 * 4);
    const names = trips.commands().map(([name]) => name);
    expect(names).toEqual(Array.from({ length: 20 * 4 }, () => ['EVALSHA', 'WAIT']).flat());
    trips.stop();
  });

  it('is on the replica for each of many at once, which share the waiting', async () => {
    await open('first');
    const names = await commandsOf(async () => {
      const at = await subject.store.now();
      const many = Array.from({ length: 50 }, (_, n) => opened(at, { digest: `many ${n}` }));
      const onReplica = async (event: Opened): Promise<unknown> => {
        const { outcome } = await subject.store.open(event, CALL, LIMITS);
        return [outcome, await eventsOn(replica, event)];
      };
      expect(await Promise.all(many.map(onReplica))).toEqual(many.map(() => ['opened', 1]));
    });
    expect(names.filter((name) => name === 'EVALSHA')).toHaveLength(50);
    expect(names.filter((name) => name === 'WAIT').length).toBeLessThan(50);
  });

  it('rejects in time while the replica does not answer, and says so; nothing of it is lost where it was written', async () => {
    const event = await open();
    replica.pause();
    const before = performance.now();
    const work = subject.store.append(event.id, 1, [vote(event, event.at, ANN, 'approve')]);
    await expect(work).rejects.toThrow(
      expect.objectContaining({
        name: 'StoreUnavailable',
        message: expect.stringContaining('0 of 1 replicas had the write in time (store.ack_replicas)'),
      }),
    );
    expect(performance.now() - before).toBeLessThan(TIMEOUT + 300);
    // The connection is still good: only replicas are missing.
    expect((await subject.store.load(event.id))?.status).toBe('approved');
    replica.resume();
    await eventually(async () => (await eventsOn(replica, event)) === 2);
    expect((await subject.store.append(event.id, 2, [claim(event, event.at, 'r1')])).outcome).toBe('appended');
  });

  it('is not asked for at all once the replica is known to be gone, and again when it is back', async () => {
    await open();
    await replica.kill();
    await replicaIsGone();
    await subject.beat();
    const at = await subject.store.now();
    const refused = expect(subject.store.open(opened(at, { digest: 'b' }), CALL, LIMITS)).rejects;
    await refused.toThrow('0 replicas are connected, and store.ack_replicas asks for 1');
    expect(subject.trouble).toContainEqual(expect.stringContaining('0 replicas are connected'));
    await replica.restart();
    await replica.command('REPLICAOF', '127.0.0.1', primary.port);
    await replicaFollows();
    await subject.beat();
    // A machine that is busy may keep the replica from answering in time; it is asked again.
    let asked = 0;
    await eventually(() =>
      open(`again-${++asked}`).then(
        () => true,
        () => false,
      ),
    );
  });
});
