// A Redis that stops being a safe place while a gate runs: what could be lost is not written, what has happened is, and it
// recovers by itself.
import { beforeEach, expect, it } from 'vitest';
import type { ApprovalEvent, Opened } from '../../src/core/approval/events.ts';
import { RecordDamaged } from '../../src/ports/approval-store.ts';
import { claim, intent, opened, result, vote } from '../conformance/approval-events.ts';
import { ANN, CALL, LIMITS } from '../conformance/store-harness.ts';
import { describeRedis, useRedis } from '../redis/describe-redis.ts';
import { redisSettings } from './redis-store.ts';
import { eventually, openSubject, type RedisSubject } from './redis-subject.ts';

let subject: RedisSubject;

async function open(over: Partial<Opened> = {}): Promise<Opened> {
  const event = opened(await subject.store.now(), over);
  expect((await subject.store.open(event, CALL, LIMITS)).outcome).toBe('opened');
  return event;
}

/** Appends behind what is there, within the time of the approval unless it is `late`. */
async function append(event: Opened, next: ApprovalEvent, late = false): Promise<string> {
  const version = (await subject.store.load(event.id))?.version ?? 0;
  const before = late ? {} : { before: event.expiresAt };
  return (await subject.store.append(event.id, version, [next], before)).outcome;
}

const unavailable = (work: Promise<unknown>, words: RegExp): Promise<void> =>
  expect(work).rejects.toThrow(
    expect.objectContaining({ name: 'StoreUnavailable', message: expect.stringMatching(words) }),
  );

describeRedis('a Redis that begins to evict', () => {
  const redis = useRedis({ appendfsync: 'no' });

  it('takes no openings, votes, claims and intents from the next beat on, but results and expiries, until it is safe again', async () => {
    subject = await openSubject(redisSettings(redis().port));
    const { store, beat, trouble } = subject;
    const [voted, claimed, sending, sent, due] = await Promise.all(
      ['voted', 'claimed', 'sending', 'sent', 'due'].map((digest) => open({ digest })),
    );
    if (!voted || !claimed || !sending || !sent || !due) throw new Error('five');
    const at = voted.at;
    for (const one of [claimed, sending, sent]) await append(one, vote(one, at, ANN, 'approve'));
    for (const one of [sending, sent]) await append(one, claim(one, at, 'r1'));
    await append(sent, intent(sent, at, 'r1'));

    await redis().command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    await beat();
    const words = /is not safe to hold approvals: maxmemory-policy is "allkeys-lru".*set "maxmemory-policy noeviction"/;
    await unavailable(store.open(opened(at), CALL, LIMITS), words);
    await unavailable(append(voted, vote(voted, at, ANN, 'approve')), words);
    await unavailable(append(claimed, claim(claimed, at, 'r1')), words);
    await unavailable(append(sending, intent(sending, at, 'r1')), words);
    await unavailable(store.health(), words);
    expect(await append(sent, result(at, 'r1'), true)).toBe('appended');
    expect(await append(due, { type: 'expired', at: due.expiresAt }, true)).toBe('appended');
    await beat();
    expect(trouble).toEqual([expect.stringMatching(/^check: .*allkeys-lru/)]);

    await redis().command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    await beat();
    await store.health();
    expect(await append(voted, vote(voted, at, ANN, 'approve'))).toBe('appended');
    expect(await append(claimed, claim(claimed, at, 'r1'))).toBe('appended');
    expect(await append(sending, intent(sending, at, 'r1'))).toBe('appended');
    await open({ digest: 'new' });
    expect(trouble).toHaveLength(1);
  });
});

describeRedis('a Redis that was emptied', () => {
  const redis = useRedis({ appendfsync: 'no' });

  it('is told of; nothing of before goes on, and new approvals do', async () => {
    subject = await openSubject(redisSettings(redis().port));
    const { store, beat, trouble, damaged } = subject;
    const [pending, approved] = [await open({ digest: 'pending' }), await open({ digest: 'approved' })];
    await append(approved, vote(approved, approved.at, ANN, 'approve'));
    const heard: (string | undefined)[] = [];
    store.subscribe((id) => heard.push(id));
    await eventually(() => heard.length > 0);

    await redis().command('FLUSHALL');
    // Before anybody noticed, what was known cannot be built upon.
    const rejected = expect(store.append(approved.id, 2, [claim(approved, approved.at, 'r1')])).rejects;
    await rejected.toBeInstanceOf(RecordDamaged);
    const sofar = heard.length;
    await beat();
    await eventually(() => heard.slice(sofar).includes(undefined));
    expect(trouble).toEqual([
      expect.stringContaining('was emptied, or another server took its place: every approval in it'),
    ]);
    for (const { id } of [pending, approved]) {
      await expect(store.load(id)).rejects.toThrow(/damaged or was edited: .*events were taken away/);
      expect(damaged.filter((finding) => finding.startsWith(id))).toHaveLength(1);
    }
    expect(await store.findCurrent(pending.agent, 'pending')).toBeUndefined();
    expect(await store.countOpen()).toBe(0);
    const next = await open({ digest: 'pending' });
    expect(await append(next, vote(next, next.at, ANN, 'approve'))).toBe('appended');
    await beat();
    expect([trouble.length, damaged.length]).toEqual([1, 2]);
  });

  it('is told of also where only the mark of the store is gone', async () => {
    subject = await openSubject(redisSettings(redis().port, { prefix: 'mark' }));
    const event = await open();
    await redis().command('DEL', '{mark}:mark');
    await subject.beat();
    expect(subject.trouble).toEqual([expect.stringContaining('was emptied')]);
    expect((await subject.store.load(event.id))?.status).toBe('pending');
    expect(await redis().command('EXISTS', '{mark}:mark')).toBe(1);
  });
});

describeRedis('a Redis whose memory is full', () => {
  const redis = useRedis({ appendfsync: 'no' });

  it('refuses each step whole, and goes on when there is room', async () => {
    subject = await openSubject(redisSettings(redis().port));
    const { store } = subject;
    const event = await open();
    const used = Number(/used_memory:(\d+)/.exec(String(await redis().command('INFO', 'memory')))?.[1]);
    await redis().command('CONFIG', 'SET', 'maxmemory', used - 100_000);
    const words = /its memory is full \(`maxmemory`\); nothing of this step was written/;
    const next = opened(event.at, { digest: 'next' });
    await unavailable(store.open(next, CALL, LIMITS), words);
    await unavailable(append(event, vote(event, event.at, ANN, 'approve')), words);
    await unavailable(store.putBlob(event.id, 'response', CALL), words);
    await unavailable(store.health(), words);
    expect(await store.events(event.id)).toEqual([event]);
    expect(await store.load(next.id)).toBeUndefined();
    expect([await store.countOpen(), await store.blob(next.id, 'call')]).toEqual([1, undefined]);
    await redis().command('CONFIG', 'SET', 'maxmemory', 0);
    await store.health();
    expect(await append(event, vote(event, event.at, ANN, 'approve'))).toBe('appended');
    expect((await store.open(next, CALL, LIMITS)).outcome).toBe('opened');
  });
});

describeRedis('a Redis that was told to forget scripts, or everybody', () => {
  const redis = useRedis({ appendfsync: 'no' });

  beforeEach(async () => {
    subject = await openSubject(redisSettings(redis().port));
  });

  it('is given the scripts again', async () => {
    const event = await open();
    await redis().command('SCRIPT', 'FLUSH');
    expect(await append(event, vote(event, event.at, ANN, 'approve'))).toBe('appended');
    await redis().command('SCRIPT', 'FLUSH');
    const outcomes = await Promise.all(
      ['r1', 'r2', 'r3'].map((replica) => append(event, claim(event, event.at, replica))),
    );
    expect(outcomes.toSorted()).toEqual(['appended', 'conflict', 'conflict']);
  });

  it('is connected to again after CLIENT KILL; what changed meanwhile is heard of', async () => {
    const { store, clock } = subject;
    const other = await openSubject(redisSettings(redis().port));
    const event = await open({ digest: 'killed' });
    const heard: (string | undefined)[] = [];
    store.subscribe((id) => heard.push(id));
    await eventually(() => heard.length > 0);
    const answers = (one: RedisSubject): Promise<boolean> =>
      one.store.health().then(
        () => true,
        () => false,
      );
    for (let version = 1; version <= 3; version++) {
      await redis().command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      await eventually(() => answers(other));
      const sofar = heard.length;
      const done = await other.store.append(event.id, version, [{ type: 'seen', at: event.at, by: ANN }]);
      expect(done.outcome).toBe('appended');
      // Our own clock stands still: the subscription was not there when it happened.
      expect(heard).toHaveLength(sofar);
      await eventually(() => {
        clock.advance(10);
        return heard.length > sofar;
      });
      expect([undefined, event.id]).toContain(heard[sofar]);
      await eventually(() => answers(subject));
      expect((await store.load(event.id))?.version).toBe(version + 1);
    }
  });
});
