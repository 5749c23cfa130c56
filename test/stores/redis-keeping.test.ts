// What stays in Redis and for how long, whose it is, and whose time decides.
import { beforeEach, describe, expect, it } from 'vitest';
import { droppableFrom } from '../../src/core/approval/current.ts';
import type { ApprovalEvent, Opened } from '../../src/core/approval/events.ts';
import type { Status } from '../../src/core/approval/state.ts';
import type { ApprovalStore } from '../../src/ports/approval-store.ts';
import { claim, EXPIRES, intent, opened, REPLAY_WINDOW, result, vote } from '../conformance/approval-events.ts';
import { ANN, CALL, LIMITS } from '../conformance/store-harness.ts';
import { createManualClock } from '../ports/manual-clock.ts';
import { countRoundTrips } from '../redis/commands-seen.ts';
import { describeRedis, useRedis } from '../redis/describe-redis.ts';
import { startFaultProxy } from '../redis/fault-proxy.ts';
import { redisSettings } from './redis-store.ts';
import { openSubject, PULSE } from './redis-subject.ts';

const RETENTION = 30 * 86_400_000;
const HOUR = 3_600_000;

const pathTo = (event: Opened): Partial<Record<Status, readonly ApprovalEvent[]>> => {
  const yes = vote(event, event.at, ANN, 'approve');
  const sending = [yes, claim(event, event.at, 'r1'), intent(event, event.at, 'r1')];
  return {
    pending: [],
    approved: [yes],
    claimed: sending.slice(0, 2),
    sending,
    denied: [vote(event, event.at, ANN, 'deny')],
    void: [yes, { type: 'void', at: event.at, why: 'x' }],
    succeeded: [...sending, result(event.at, 'r1')],
    indeterminate: [...sending, result(event.at, 'r1', { outcome: 'indeterminate' })],
  };
};

/** A new approval in this status, each step an append of its own; a result with a response. */
async function reach(store: ApprovalStore, status: Status, over: Partial<Opened> = {}): Promise<Opened> {
  const event = opened(await store.now(), { digest: status, ...over });
  expect((await store.open(event, CALL, LIMITS)).outcome).toBe('opened');
  for (const [n, next] of (pathTo(event)[status] ?? []).entries()) {
    const blobs = next.type === 'result' ? [{ kind: 'response', bytes: CALL } as const] : [];
    expect((await store.append(event.id, n + 1, [next], { blobs })).outcome).toBe('appended');
  }
  return event;
}

describeRedis('what is kept in Redis', () => {
  const redis = useRedis({ appendfsync: 'no' });
  const settings = (prefix = 'holdgate') => redisSettings(redis().port, { prefix, retention: RETENTION });

  beforeEach(async () => {
    await redis().command('FLUSHALL');
  });

  /** ms until the key goes; -1 for never, -2 if it is not there. */
  const ttl = async (key: string): Promise<number> => Number(await redis().command('PTTL', `{holdgate}:${key}`));
  const about = (ms: number) => ({ asymmetricMatch: (got: number): boolean => got <= ms && got > ms - 10_000 });

  it.each(['pending', 'approved', 'claimed', 'sending'] as const)('stays while it is open: %s', async (status) => {
    const { store } = await openSubject(settings());
    const { id } = await reach(store, status);
    expect(await ttl(`e:${id}`)).toBe(-1);
    expect(await ttl(`b:call:${id}`)).toEqual(about(EXPIRES + HOUR));
    expect((await redis().command('KEYS', '{holdgate}:c:*')) as string[]).toHaveLength(1);
    const [pointer = ''] = (await redis().command('KEYS', '{holdgate}:c:*')) as string[];
    expect(Number(await redis().command('PTTL', pointer))).toEqual(about(EXPIRES + RETENTION));
    for (const list of [
      'all',
      'open',
      `s:${status}`,
      'a:deploy-bot',
      'o:deploy-bot',
      'agents',
      'order',
      'changes',
      'mark',
    ])
      expect([list, await ttl(list)]).toEqual([list, -1]);
  });

  it.each([
    ['denied', undefined],
    ['void', undefined],
    ['succeeded', REPLAY_WINDOW],
    ['indeterminate', REPLAY_WINDOW],
  ] as const)('goes after its time once it has ended: %s', async (status, blobs) => {
    const { store } = await openSubject(settings());
    const { id, at } = await reach(store, status);
    expect(await ttl(`e:${id}`)).toEqual(about(EXPIRES + RETENTION));
    for (const kind of ['call', 'response'])
      expect([kind, await ttl(`b:${kind}:${id}`)]).toEqual([kind, blobs === undefined ? -2 : about(blobs)]);
    await store.putBlob(id, 'receipt', CALL);
    expect(await ttl(`b:receipt:${id}`)).toEqual(about(EXPIRES + RETENTION));
    if (status !== 'succeeded') return;
    const done = await store.append(id, 5, [{ type: 'delivered', at, replayed: false }]);
    if (done.outcome !== 'appended') throw new Error(done.outcome);
    const left = (droppableFrom(done.approval) ?? 0) - at;
    expect(left).toBeLessThan(REPLAY_WINDOW / 2);
    for (const kind of ['call', 'response'])
      expect([kind, await ttl(`b:${kind}:${id}`)]).toEqual([kind, left <= 0 ? -2 : about(left)]);
    expect([await ttl(`e:${id}`), await ttl(`b:receipt:${id}`)]).toEqual([
      about(EXPIRES + RETENTION),
      about(EXPIRES + RETENTION),
    ]);
  });

  it('leaves nothing behind in the lists when it has gone', async () => {
    const clock = createManualClock();
    const subject = await openSubject(settings(), { clock, time: () => clock.now() });
    const { store } = subject;
    const gone = [await reach(store, 'denied'), await reach(store, 'succeeded', { agent: 'other-bot' })];
    clock.advance(EXPIRES + RETENTION - PULSE);
    const stays = await reach(store, 'void', { digest: 'stays' });
    const open = await reach(store, 'pending', { digest: 'open' });
    clock.advance(PULSE);
    expect(await redis().command('ZCARD', '{holdgate}:all')).toBe(4);
    // As Redis does when their time is over.
    for (const { id } of gone) await redis().command('DEL', `{holdgate}:e:${id}`);
    for (let beats = 0; beats < 61; beats++) await subject.beat();
    for (const list of ['all', 'agents', 's:denied', 's:succeeded', 'a:deploy-bot', 'a:other-bot', 'unreceipted']) {
      const key = `{holdgate}:${list}`;
      const type = await redis().command('TYPE', key);
      const members =
        type === 'none'
          ? []
          : await redis().command(type === 'hash' ? 'HKEYS' : 'ZRANGE', key, ...(type === 'hash' ? [] : [0, -1]));
      for (const { id } of gone) expect([list, members]).not.toEqual([list, expect.arrayContaining([id])]);
    }
    expect((await store.list({ limit: 10 })).items.map(({ id }) => id)).toEqual([open.id, stays.id]);
    expect([subject.damaged, subject.trouble]).toEqual([[], []]);
    expect(await store.load(gone[0]?.id ?? '')).toBeUndefined();
  });

  it('is the business of one prefix only', async () => {
    const [one, two] = [await openSubject(settings('one')), await openSubject(settings('one-more'))];
    const mine = await reach(one.store, 'approved', { digest: 'same' });
    expect(await two.store.load(mine.id)).toBeUndefined();
    expect(await two.store.findCurrent(mine.agent, mine.digest)).toBeUndefined();
    const theirs = await reach(two.store, 'pending', { digest: 'same' });
    for (const [subject, event] of [
      [one, mine],
      [two, theirs],
    ] as const) {
      expect((await subject.store.list({ limit: 10 })).items.map(({ id }) => id)).toEqual([event.id]);
      expect([await subject.store.countOpen(), await subject.store.countOpen(event.agent)]).toEqual([1, 1]);
      expect((await subject.store.due(event.expiresAt, 10)).map(({ id }) => id)).toEqual([event.id]);
      await subject.beat();
      expect([subject.damaged, subject.trouble]).toEqual([[], []]);
    }
    expect(await one.store.lease('sweep', 'r1', 60_000)).toBe(true);
    expect(await two.store.lease('sweep', 'r2', 60_000)).toBe(true);
    const keys = (await redis().command('KEYS', '*')) as string[];
    expect(keys.filter((key) => !/^\{one(-more)?\}:/.test(key))).toEqual([]);
  });

  describe('by the time of Redis', () => {
    const serverTime = async (): Promise<number> => {
      const [seconds, micros] = (await redis().command('TIME')) as [string, string];
      return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
    };

    it('costs no round trip while it was heard lately', async () => {
      const proxy = await startFaultProxy(redis().port);
      const clock = createManualClock();
      const before = await serverTime();
      const { store } = await openSubject(redisSettings(proxy.port), { clock });
      const heard = await store.now();
      expect([heard >= before, heard <= (await serverTime())]).toEqual([true, true]);
      const trips = countRoundTrips(proxy);
      for (let look = 0; look < 20; look++) expect(await store.now()).toBe(heard);
      expect(trips.count()).toBe(0);
      // No pulse in between: it would tell the time as well.
      clock.advance(PULSE - 1);
      expect([await store.now(), trips.count()]).toEqual([heard + PULSE - 1, 0]);
      await store.close();
      await proxy.close();
    });

    it.each([
      ['long ago', 0],
      ['far ahead', 4_000_000_000_000],
    ])('decides over votes and expiry where our own clock is %s', async (_name, start) => {
      const { store } = await openSubject(settings(), { clock: createManualClock(start) });
      const event = await reach(store, 'pending');
      const now = await serverTime();
      expect(Math.abs(event.at - now)).toBeLessThan(5_000);
      const yes = vote(event, event.at, ANN, 'approve');
      expect((await store.append(event.id, 1, [yes], { before: now - 1 })).outcome).toBe('too-late');
      expect((await store.append(event.id, 1, [yes], { before: now + 60_000 })).outcome).toBe('appended');
      expect(await store.due(now, 10)).toEqual([]);
      expect(await ttl(`b:call:${event.id}`)).toEqual(about(EXPIRES + HOUR));
      expect(await store.lease('name', 'one', 60_000)).toBe(true);
      expect(await store.lease('name', 'two', 60_000)).toBe(false);
      const other = await openSubject(settings(), { clock: createManualClock(1_234) });
      expect((await other.store.findCurrent(event.agent, event.digest))?.id).toBe(event.id);
      expect(await other.store.lease('name', 'two', 60_000)).toBe(false);
    });
  });
});
