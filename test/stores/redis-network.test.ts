// A network that loses, delays and keeps what is said: calls fail in time, nothing is done twice, nobody who waits is forgotten.
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Opened } from '../../src/core/approval/events.ts';
import { APPEND, OPEN } from '../../src/stores/redis/scripts.ts';
import { opened, vote } from '../conformance/approval-events.ts';
import { ANN, BOB, CALL, LIMITS } from '../conformance/store-harness.ts';
import { describeRedis, useRedis } from '../redis/describe-redis.ts';
import { type FaultProxy, startFaultProxy } from '../redis/fault-proxy.ts';
import { redisSettings } from './redis-store.ts';
import { eventually, openSubject, type RedisSubject } from './redis-subject.ts';

const TIMEOUT = 250;
/** What a busy machine may add, ms. */
const SLACK = 500;

let proxy: FaultProxy;
/** Behind the proxy. */
let subject: RedisSubject;
/** On the server itself. */
let other: RedisSubject;
let event: Opened;

const isScript = ({ command }: { readonly command: readonly string[] }, sha1: string): boolean =>
  command[0] === 'EVALSHA' && command[1] === sha1;

async function refusedWithin(ms: number, words: RegExp, work: () => Promise<unknown>): Promise<void> {
  const before = performance.now();
  await expect(work()).rejects.toThrow(
    expect.objectContaining({ name: 'StoreUnavailable', message: expect.stringMatching(words) }),
  );
  expect(performance.now() - before).toBeLessThan(ms);
}

const recovers = (): Promise<void> =>
  eventually(() =>
    subject.store.health().then(
      () => true,
      () => false,
    ),
  );

describeRedis('a network', () => {
  const redis = useRedis({ appendfsync: 'no' });
  let tests = 0;

  beforeEach(async () => {
    proxy = await startFaultProxy(redis().port);
    const over = { prefix: `network-${++tests}` };
    subject = await openSubject(redisSettings(proxy.port, { ...over, timeout: TIMEOUT }));
    other = await openSubject(redisSettings(redis().port, over));
    event = opened(await subject.store.now());
    await subject.store.open(event, CALL, LIMITS);
    // Known to the server from here on.
    const seen = { type: 'seen', at: event.at, by: 'warm-up@example.com' } as const;
    expect((await subject.store.append(event.id, 1, [seen])).outcome).toBe('appended');
  });
  afterEach(() => proxy.close());

  const approve = (by = ANN) => subject.store.append(event.id, 2, [vote(event, event.at, by, 'approve')]);

  describe('that is silent', () => {
    it.each([
      ['a server that is stopped', () => redis().pause(), async () => redis().resume()],
      ['a stalled network', () => proxy.stall(), () => proxy.restore()],
      ['a half-open network', () => proxy.halfOpen(), () => proxy.restore()],
    ])('lets a call fail in time, and those behind it at once: %s', async (_name, begin, end) => {
      begin();
      try {
        await refusedWithin(TIMEOUT + SLACK, /it did not answer in time/, approve);
        for (let calls = 0; calls < 5; calls++) {
          await refusedWithin(TIMEOUT / 2, /it cannot be reached/, () => subject.store.load(event.id));
          await refusedWithin(TIMEOUT / 2, /it cannot be reached/, approve);
        }
      } finally {
        await end();
      }
      await recovers();
      // Late or never: what was given up may have been done, once.
      const left = await subject.store.load(event.id);
      expect(left?.votes.length).toBeLessThanOrEqual(1);
      if (left?.version === 2) expect((await approve()).outcome).toBe('appended');
      expect((await other.store.load(event.id))?.votes).toHaveLength(1);
    });

    it('keeps what is called at once apart: all of it fails in time', async () => {
      proxy.halfOpen();
      const before = performance.now();
      const calls = Array.from({ length: 50 }, () => subject.store.load(event.id));
      const outcomes = await Promise.allSettled(calls);
      expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
      expect(performance.now() - before).toBeLessThan(TIMEOUT + SLACK);
      await proxy.restore();
      await recovers();
    });
  });

  it('that is cut refuses at once, and is there again when it is', async () => {
    proxy.cut();
    await eventually(() => proxy.connections() === 0);
    for (let calls = 0; calls < 5; calls++) await refusedWithin(TIMEOUT / 2, /it cannot be reached/, approve);
    await proxy.restore();
    await recovers();
    expect((await approve()).outcome).toBe('appended');
  });

  it('that loses an acknowledgement leaves no doubt: the next look shows the event, and it is there once', async () => {
    const dropped = proxy.dropNext(1, (request) => isScript(request, APPEND.sha1));
    await refusedWithin(TIMEOUT + SLACK, /it cannot be reached/, approve);
    await dropped;
    await recovers();
    expect(await approve()).toMatchObject({ outcome: 'conflict', approval: { version: 3, status: 'approved' } });
    expect(await other.store.events(event.id)).toHaveLength(3);
  });

  it('that loses the acknowledgement of an opening lets the repeat join it', async () => {
    const next = opened(event.at, { digest: 'lost' });
    const dropped = proxy.dropNext(1, (request) => isScript(request, OPEN.sha1));
    await refusedWithin(TIMEOUT + SLACK, /it cannot be reached/, () => subject.store.open(next, CALL, LIMITS));
    await dropped;
    await recovers();
    const again = await subject.store.open(opened(event.at, { digest: 'lost' }), CALL, LIMITS);
    expect(again).toMatchObject({ outcome: 'joined', approval: { id: next.id } });
    expect(await other.store.countOpen()).toBe(2);
  });

  it('whose client sends a step twice makes no conflict of it', async () => {
    const call = Reflect.get(Redis.prototype, 'call') as (...args: unknown[]) => Promise<unknown>;
    const twice: string[] = [];
    const spy = vi.spyOn(Redis.prototype, 'call').mockImplementation(async function (this: Redis, ...args: unknown[]) {
      const first = await Reflect.apply(call, this, args);
      if (args[0] !== 'EVALSHA') return first;
      twice.push(String(args[1]));
      return Reflect.apply(call, this, args);
    });
    onTestFinished(() => spy.mockRestore());
    const next = opened(event.at, { digest: 'twice' });
    expect((await subject.store.open(next, CALL, LIMITS)).outcome).toBe('opened');
    expect(await approve()).toMatchObject({ outcome: 'appended', approval: { version: 3, status: 'approved' } });
    expect(twice).toEqual([OPEN.sha1, APPEND.sha1]);
    spy.mockRestore();
    expect([await other.store.events(next.id), await other.store.events(event.id)].map(({ length }) => length)).toEqual(
      [1, 3],
    );
    expect(await other.store.countOpen()).toBe(2);
    // Somebody else's is one.
    await other.store.append(next.id, 1, [vote(next, next.at, BOB, 'deny')]);
    const late = await subject.store.append(next.id, 1, [vote(next, next.at, ANN, 'approve')]);
    expect(late).toMatchObject({ outcome: 'conflict', approval: { status: 'denied' } });
  });

  it.each(['XREVRANGE', 'XREAD'])(
    'that goes silent for the subscription alone, at its %s, lets nobody wait for ever',
    async (command) => {
      const { store, clock, beat } = subject;
      const heard: (string | undefined)[] = [];
      const silent = proxy.onceBefore(
        (request) => request.command[0] === command,
        (link) => link.flow('swallow'),
      );
      store.subscribe((id) => heard.push(id));
      await silent;
      const sofar = heard.length;
      await other.store.append(event.id, 2, [vote(event, event.at, ANN, 'approve')]);
      expect(heard).toHaveLength(sofar);
      for (let beats = 0; beats < 2; beats++) await beat();
      await eventually(() => {
        clock.advance(1);
        return heard.length > sofar;
      });
      expect([undefined, event.id]).toContain(heard[sofar]);
      // And it is followed again.
      const before = heard.length;
      await other.store.append(event.id, 3, [{ type: 'seen', at: event.at, by: BOB }]);
      await eventually(() => {
        clock.advance(1);
        return heard.slice(before).includes(event.id);
      });
    },
  );
});
