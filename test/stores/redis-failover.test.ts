// Another server takes over: by sentinels, with everything that was acknowledged; or with less than we saw, and then we notice.
import { connect, createServer, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import type { Opened } from '../../src/core/approval/events.ts';
import { type ApprovalStore, RecordDamaged } from '../../src/ports/approval-store.ts';
import { claim, opened, vote } from '../conformance/approval-events.ts';
import { ANN, CALL, LIMITS } from '../conformance/store-harness.ts';
import { describeRedis } from '../redis/describe-redis.ts';
import { startRedis } from '../redis/redis-server.ts';
import { startSentinel } from '../redis/sentinel.ts';
import { serverPort } from '../redis/server-port.ts';
import { redisSettings } from './redis-store.ts';
import { eventually, openSubject } from './redis-subject.ts';

async function open(store: ApprovalStore, digest: string): Promise<Opened> {
  const event = opened(await store.now(), { digest });
  expect((await store.open(event, CALL, LIMITS)).outcome).toBe('opened');
  return event;
}

/** An address behind which another server can take over: `to` resets what is connected. */
async function address(first: number): Promise<{ readonly port: number; to(target: number): void }> {
  let target = first;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => undefined));
    client.pipe(upstream).pipe(client);
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  const reset = (): void => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  const port = await serverPort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    reset();
  });
  return {
    port,
    to(next) {
      target = next;
      reset();
    },
  };
}

interface Writing {
  readonly acknowledged: readonly { readonly event: Opened; readonly version: number }[];
  readonly refused: readonly string[];
  readonly stop: () => Promise<void>;
}

/** Opens approvals and votes on them, one after the other, as long as it goes on. */
function keepWriting(store: ApprovalStore): Writing {
  const acknowledged: { readonly event: Opened; readonly version: number }[] = [];
  const refused: string[] = [];
  const state = { over: false };
  const write = async (): Promise<void> => {
    for (let n = 0; !state.over; n++) {
      try {
        const event = await open(store, `d${n}`);
        acknowledged.push({ event, version: 1 });
        const done = await store.append(event.id, 1, [vote(event, event.at, ANN, 'approve')]);
        if (done.outcome === 'appended') acknowledged.push({ event, version: 2 });
      } catch (error) {
        refused.push(String(error));
        // As agents do: not at once again.
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
  };
  const writing = write();
  return {
    acknowledged,
    refused,
    stop() {
      state.over = true;
      return writing;
    },
  };
}

describeRedis('sentinels', () => {
  it('lead to the new primary, which has every event that was acknowledged', { timeout: 40_000 }, async () => {
    const setup = await startSentinel({ replicas: 1, redis: { appendfsync: 'no' } });
    onTestFinished(() => setup.stop());
    const nodes = setup.sentinels.map(({ port }) => ({ host: '127.0.0.1', port }));
    const terms = { nodes, kind: 'sentinel', master: setup.name, timeout: 500 } as const;
    const { store, damaged, clock } = await openSubject(redisSettings(0, { ...terms, ackReplicas: 1 }));
    const heard: (string | undefined)[] = [];
    store.subscribe((id) => heard.push(id));

    const { acknowledged, refused, stop } = keepWriting(store);
    await eventually(() => acknowledged.length > 50);
    const primary = await setup.failOver();
    // Found, and alone: nobody acknowledges what it is told.
    await eventually(() => {
      clock.advance(5);
      return refused.at(-1)?.includes('0 of 1 replicas had the write in time') ?? false;
    });
    const before = acknowledged.length;
    const replica = await startRedis({ appendfsync: 'no', replicaOf: primary });
    onTestFinished(() => replica.stop());
    await eventually(() => {
      clock.advance(5);
      return acknowledged.length > before + 20;
    }, 20_000);
    await stop();

    for (const words of refused) expect(words).toMatch(/^StoreUnavailable: redis primary "holdgate" \(sentinels /);
    const fresh = await openSubject(redisSettings(primary.port));
    for (const { event, version } of acknowledged)
      expect((await fresh.store.load(event.id))?.version).toBeGreaterThanOrEqual(version);
    // What was under way may have been heard of and lost: it was acknowledged to nobody, and never runs.
    expect(damaged.length).toBeLessThanOrEqual(1);
    // The subscription follows as well.
    const sofar = heard.length;
    const late = await open(fresh.store, 'after the failover');
    await eventually(() => {
      clock.advance(10);
      return heard.slice(sofar).some((id) => id === undefined || id === late.id);
    });
  });
});

describeRedis('a server that has less than we saw', () => {
  it('runs nothing of which the last events are gone, and says so once', async () => {
    const primary = await startRedis({ appendfsync: 'no' });
    onTestFinished(() => primary.stop());
    const replica = await startRedis({ appendfsync: 'no', replicaOf: primary });
    onTestFinished(() => replica.stop());
    const place = await address(primary.port);
    const { store, damaged, beat, clock } = await openSubject(redisSettings(place.port));
    const heard: (string | undefined)[] = [];
    store.subscribe((id) => heard.push(id));
    await eventually(() => heard.length > 0);
    const approve = (event: Opened) => store.append(event.id, 1, [vote(event, event.at, ANN, 'approve')]);
    const [whole, claimed, denied] = [
      await open(store, 'whole'),
      await open(store, 'claimed'),
      await open(store, 'denied'),
    ];
    await approve(whole);
    await approve(claimed);
    await eventually(async () => (await replica.command('LLEN', `{holdgate}:e:${claimed.id}`)) === 2);
    await replica.promote();
    // What the other one never hears of.
    await store.append(claimed.id, 2, [claim(claimed, claimed.at, 'r1')]);
    await store.append(denied.id, 1, [vote(denied, denied.at, ANN, 'deny')]);
    const lost = await open(store, 'lost');

    const sofar = heard.length;
    place.to(replica.port);
    const answers = (): Promise<boolean> =>
      store.health().then(
        () => true,
        () => false,
      );
    await eventually(answers);
    for (const event of [claimed, denied, lost])
      await expect(store.load(event.id)).rejects.toBeInstanceOf(RecordDamaged);
    await expect(store.append(claimed.id, 2, [claim(claimed, claimed.at, 'r2')])).rejects.toBeInstanceOf(RecordDamaged);
    // What stands unharmed may be claimed once everybody had the time to object.
    const claimWhole = () => store.append(whole.id, 2, [claim(whole, whole.at, 'r1')]);
    await expect(claimWhole()).rejects.toThrow(/changes are not heard of now|before this replica began to listen/);
    await eventually(() => {
      clock.advance(5);
      return claimWhole().then(
        ({ outcome }) => outcome === 'appended',
        () => false,
      );
    });
    await beat();
    expect(damaged.toSorted()).toEqual(
      [
        `${claimed.id}: it stands at event 2 and stood at 3: events were taken away`,
        `${denied.id}: it stands at event 1 and stood at 2: events were taken away`,
        `${lost.id}: it stands at event 0 and stood at 1: events were taken away`,
      ].toSorted(),
    );
    // The agent may ask again: for a new approval, with new votes.
    expect((await open(store, 'claimed')).id).not.toBe(claimed.id);
    expect(heard.slice(sofar)).toContain(undefined);
  });
});
