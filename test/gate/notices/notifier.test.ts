// Approvals shown through a channel: once at each place over all replicas, kept true, and people told when time runs.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Notifier } from '../../../src/gate/notices/notifier.ts';
import type { Delivery, NoticeMessage } from '../../../src/ports/channel.ts';
import type { SharedRecords } from '../../../src/ports/shared-records.ts';
import { createManualClock, type ManualClock } from '../../ports/manual-clock.ts';
import type { RecordsDisk } from '../../stores/memory-records.ts';
import { createMemoryDisk, type MemoryDisk } from '../../stores/memory-store.ts';
import { granted, openRemoval, remove } from '../grants/granting.ts';
import { ANN, holds, quiet } from '../gate-world.ts';
import { FakeChannel, passOn, type Replica, startReplica } from './notices-world.ts';

const MINUTE = 60_000;
const routed = { notify: ['fake:ops'] };

let clock: ManualClock;
let disk: MemoryDisk;
let shared: RecordsDisk;
let channel: FakeChannel;
let open: Notifier[];

beforeEach(() => {
  clock = createManualClock();
  disk = createMemoryDisk();
  shared = new Map();
  channel = new FakeChannel();
  open = [];
});
afterEach(async () => {
  for (const one of open) void one.stop();
  await quiet();
});

function replica(name: string, routes: readonly string[] = [], over: Partial<SharedRecords> = {}): Replica {
  const one = startReplica({ clock, disk, shared, channel }, name, { routes, over });
  open.push(one.notifier);
  return one;
}

const pass = (ms: number, step?: number): Promise<void> => passOn(clock, ms, step);

describe('an approval', () => {
  it('is posted when it opens, and rewritten when it is decided and when it is done', async () => {
    const { world } = replica('one');
    const { approval } = await world.ask({ decision: holds(routed) });
    await quiet();
    expect(channel.said).toEqual([{ target: 'ops', reason: 'posted', status: 'pending', ref: undefined }]);
    await world.vote(approval);
    await pass(3000);
    expect(channel.said.at(-1)).toEqual({ target: 'ops', reason: 'ended', status: 'succeeded', ref: 'm1' });
    expect(channel.posted.size).toBe(1);
    const count = channel.said.length;
    await pass(10 * MINUTE);
    expect(channel.said).toHaveLength(count);
  });

  it('is shown where holdgate.yaml says unless its rule says so, and nowhere if nobody does', async () => {
    const { world } = replica('one', ['fake:a', 'fake:b']);
    await world.ask({ decision: holds(), body: '1' });
    await quiet();
    expect(channel.said.map(({ target }) => target)).toEqual(['a', 'b']);
    await world.ask({ decision: holds(routed), body: '2' });
    await quiet();
    expect(channel.said.slice(2).map(({ target }) => target)).toEqual(['ops']);
    disk = createMemoryDisk();
    shared = new Map();
    const other = replica('two');
    await other.world.ask({ decision: holds(), body: '3' });
    await pass(MINUTE);
    expect(channel.posted.size).toBe(3);
  });

  it('that a grant let through is posted nowhere, then or later', async () => {
    const { world } = replica('one', ['fake:ops']);
    await granted(world);
    await pass(3000);
    const before = channel.said.length;
    const { approval } = await remove(world, 'second');
    expect(approval.status).toBe('succeeded');
    await pass(MINUTE);
    expect(channel.said).toHaveLength(before);
    expect(channel.posted.size).toBe(1);
  });

  it.each(['the replica that opens it', 'another replica'])(
    'that a grant is about to let through is posted nowhere by a look of %s for what nobody told of',
    async (whose) => {
      const one = replica('one', ['fake:ops']);
      if (whose === 'another replica') void one.notifier.stop();
      const { world } = one;
      await granted(world);
      if (whose === 'another replica') replica('two', ['fake:ops']);
      await pass(14_500, 500);
      const before = [channel.posted.size, channel.said.length];
      const { promise, resolve } = Promise.withResolvers<void>();
      const append = world.deps.store.append.bind(world.deps.store);
      vi.spyOn(world.deps.store, 'append').mockImplementation(async (...input) => {
        if (input[2].some(({ type }) => type === 'granted')) await promise;
        return append(...input);
      });
      const opening = openRemoval(world, 'second');
      await pass(2500, 500);
      resolve();
      expect(await opening).toMatchObject({ approval: { status: 'approved' } });
      await pass(MINUTE);
      expect([channel.posted.size, channel.said.length]).toEqual(before);
    },
  );

  it('that a grant might have let through is posted by another replica, soon after its own has died', async () => {
    const { world, notifier } = replica('one');
    void notifier.stop();
    await granted(world);
    replica('two', ['fake:ops']);
    await pass(29_500, 500);
    vi.spyOn(world.deps.records, 'get').mockImplementation(() => new Promise(() => undefined));
    void openRemoval(world, 'second');
    await pass(9_000, 500);
    expect(channel.posted.size).toBe(0);
    await pass(3_000, 500);
    expect(channel.said).toEqual([{ target: 'ops', reason: 'posted', status: 'pending', ref: undefined }]);
  });

  it('that people were asked about because the store was slow is rewritten once a grant let it through', async () => {
    const { world } = replica('one', ['fake:ops']);
    await granted(world);
    const { promise, resolve } = Promise.withResolvers<void>();
    const append = world.deps.store.append.bind(world.deps.store);
    vi.spyOn(world.deps.store, 'append').mockImplementation(async (...input) => {
      if (input[2].some(({ type }) => type === 'granted')) await promise;
      return append(...input);
    });
    const opening = openRemoval(world, 'second');
    await pass(4000);
    expect(await opening).toMatchObject({ approval: { status: 'pending' } });
    expect(channel.said.at(-1)).toMatchObject({ reason: 'posted', status: 'pending' });
    resolve();
    await pass(2000);
    expect(channel.said.at(-1)).toMatchObject({ reason: 'updated', status: 'approved' });
    expect(channel.posted.size).toBe(2);
  });

  it('of a place that nobody knows is left alone, and the others are told', async () => {
    const { world } = replica('one');
    await world.ask({ decision: holds({ notify: ['nothing:x', 'fake:ops'] }) });
    await pass(MINUTE);
    expect(channel.posted.size).toBe(1);
  });

  it('that was decided before it could be shown is not shown any more', async () => {
    channel.answer = () => ({ outcome: 'later', why: 'away' });
    const { world } = replica('one');
    const { approval } = await world.ask({ decision: holds(routed) });
    await quiet();
    await world.vote(approval, 'deny');
    channel.answer = () => undefined;
    await pass(5 * MINUTE);
    expect(channel.posted.size).toBe(0);
  });
});

describe('over replicas', () => {
  it('each approval has one message, whoever hears of it', async () => {
    const all = [replica('one'), replica('two'), replica('three')];
    for (let i = 0; i < 6; i++) await all[i % 3]?.world.ask({ decision: holds(routed), body: `${i}` });
    await pass(2 * MINUTE);
    expect(channel.said.filter(({ reason }) => reason === 'posted')).toHaveLength(6);
  });

  it('a vote at another one is shown', async () => {
    const [one, two] = [replica('one'), replica('two')];
    const { approval } = await one.world.ask({ decision: holds(routed) });
    await pass(1000);
    await two.world.vote(approval, 'deny');
    await pass(2000);
    expect(channel.reasons()).toEqual(['posted pending', 'ended denied']);
  });

  it('a replica that dies after the post and before the record leaves one message', async () => {
    const [one, two] = [replica('one'), replica('two')];
    channel.answer = (message) => {
      channel.posted.set(message.key, 'm1');
      one.kill();
      return new Promise(() => undefined);
    };
    const { approval } = await one.world.ask({ decision: holds(routed) });
    await quiet();
    channel.answer = () => undefined;
    await pass(2 * MINUTE);
    expect(channel.said.at(-1)).toMatchObject({ ref: 'm1' });
    expect(channel.posted.size).toBe(1);
    await two.world.vote(approval, 'deny');
    await pass(3000);
    expect(channel.said.at(-1)).toMatchObject({ status: 'denied', ref: 'm1' });
  });

  it('one that dies before the post leaves it to the others', async () => {
    const [one] = [replica('one'), replica('two')];
    let calls = 0;
    channel.answer = () => {
      if (calls++ > 0) return undefined;
      one.kill();
      return new Promise(() => undefined);
    };
    await one.world.ask({ decision: holds({ ...routed, expires: 10 * MINUTE }) });
    await pass(3 * MINUTE);
    expect(channel.posted.size).toBe(1);
  });

  it('what nobody was told of is found', async () => {
    const one = replica('one');
    one.kill();
    await one.world.ask({ decision: holds(routed) });
    await quiet();
    expect(channel.said).toEqual([]);
    replica('two');
    await pass(MINUTE);
    expect(channel.posted.size).toBe(1);
  });
});

describe('a post whose answer is lost', () => {
  /** It stands there, and nobody here knows. */
  const lost = (message: NoticeMessage): Delivery => {
    channel.posted.set(message.key, 'm1');
    return { outcome: 'later', why: 'the connection was reset' };
  };

  it('is found, not made once more', async () => {
    channel.answer = lost;
    const { world } = replica('one');
    await world.ask({ decision: holds(routed) });
    await quiet();
    channel.answer = () => undefined;
    await pass(3000);
    expect(channel.said.map(({ ref }) => ref)).toEqual([undefined, 'm1']);
  });

  it('is put right although the approval is decided by then', async () => {
    channel.answer = lost;
    const { world } = replica('one');
    const { approval } = await world.ask({ decision: holds(routed) });
    await quiet();
    await world.vote(approval, 'deny');
    channel.answer = () => undefined;
    await pass(5 * MINUTE);
    expect(channel.said.at(-1)).toMatchObject({ status: 'denied', ref: 'm1' });
  });
});

describe('a channel that fails', () => {
  it('is tried again when it says so, and not before', async () => {
    channel.answer = () => ({ outcome: 'later', after: 20_000, why: 'rate limited' });
    const { world } = replica('one');
    await world.ask({ decision: holds(routed) });
    await pass(19_000);
    expect(channel.said).toHaveLength(1);
    channel.answer = () => undefined;
    await pass(3000);
    expect(channel.reasons()).toEqual(['posted pending', 'posted pending']);
    expect(channel.posted.size).toBe(1);
  });

  it('is tried ever more seldom while it does not say, and gets the truth in the end', async () => {
    channel.answer = () => Promise.reject(new Error('connection refused'));
    const { world } = replica('one');
    const { approval } = await world.ask({ decision: holds({ ...routed, expires: 60 * MINUTE }) });
    await pass(10 * MINUTE);
    const tries = channel.said.length;
    expect(tries).toBeGreaterThan(6);
    expect(tries).toBeLessThan(12);
    channel.answer = () => undefined;
    await pass(6 * MINUTE);
    expect(channel.posted.size).toBe(1);
    channel.answer = () => ({ outcome: 'later', why: '503' });
    await world.vote(approval, 'deny');
    await pass(MINUTE);
    channel.answer = () => undefined;
    await pass(5 * MINUTE);
    expect(channel.said.at(-1)).toMatchObject({ status: 'denied', ref: 'm1' });
  });

  it('that does not want us is left alone', async () => {
    channel.answer = () => ({ outcome: 'refused', why: 'no such channel' });
    const { world } = replica('one');
    const tried: string[] = [];
    world.deps.bus.on('notice:tried', ({ outcome, why }) => tried.push(`${outcome} ${why}`));
    const { approval } = await world.ask({ decision: holds(routed) });
    await pass(MINUTE);
    await world.vote(approval, 'deny');
    await pass(MINUTE);
    expect(tried).toEqual(['refused no such channel']);
  });

  it('and never answers keeps nobody else waiting for long', async () => {
    const { world } = replica('one');
    channel.answer = ({ key }) => (key.includes('slow') ? new Promise(() => undefined) : undefined);
    await world.ask({ decision: holds({ notify: ['fake:slow', 'fake:quick'] }) });
    await quiet();
    expect(channel.said.map(({ target }) => target).toSorted()).toEqual(['quick', 'slow']);
  });
});

describe('time', () => {
  const leads = {
    rule: 'writes',
    approvals: 1,
    from: ['group:ops'],
    escalate: { after: 4 * MINUTE, to: ['group:leads'] },
  };

  it('reminds once, then asks others, then ends it, each told once over all replicas', async () => {
    const [one] = [replica('one'), replica('two')];
    await one.world.gate.start();
    const { approval } = await one.world.ask({
      decision: holds({ ...routed, nudge: 2 * MINUTE, expires: 6 * MINUTE, quorums: [leads] }),
    });
    await pass(7 * MINUTE);
    await one.world.gate.stop();
    expect(channel.reasons()).toEqual(['posted pending', 'nudged pending', 'escalated pending', 'ended expired']);
    expect(one.world.log(approval.id)).toEqual(['opened', 'nudged', 'escalated', 'expired']);
    const [message] = channel.messages.filter(({ reason }) => reason === 'escalated');
    expect(message?.shown.view.required[0]?.from).toEqual(['group:ops', 'group:leads']);
  });

  it('asks others also where nothing is shown anywhere', async () => {
    const { world } = replica('one');
    const { approval } = await world.ask({ decision: holds({ expires: 6 * MINUTE, quorums: [leads] }) });
    await pass(5 * MINUTE);
    expect(world.log(approval.id)).toEqual(['opened', 'escalated']);
    expect(channel.said).toEqual([]);
  });

  it('does nothing to what was decided', async () => {
    const { world } = replica('one');
    const { approval } = await world.ask({
      decision: holds({ ...routed, nudge: 2 * MINUTE, quorums: [{ ...leads, from: [] }] }),
    });
    await world.vote(approval, 'deny', ANN);
    await pass(10 * MINUTE);
    expect(world.log(approval.id)).toEqual(['opened', 'voted']);
    expect(channel.reasons()).toEqual(['posted pending', 'ended denied']);
  });
});

describe('a burst of changes', () => {
  it('while a message is under way is one more message', async () => {
    const first = Promise.withResolvers<Delivery>();
    channel.answer = () => first.promise;
    const { world } = replica('one');
    const { approval } = await world.ask({
      decision: holds({ ...routed, quorums: [{ rule: 'w', approvals: 3, from: [] }] }),
    });
    await quiet();
    for (const person of world.people.values()) await world.vote(approval, 'approve', person);
    await quiet();
    expect(channel.said).toHaveLength(1);
    channel.answer = () => undefined;
    first.resolve({ outcome: 'delivered', ref: 'm1' });
    await pass(2000);
    expect(channel.said).toHaveLength(2);
    expect(channel.messages[1]?.shown.view.votes.length).toBeGreaterThan(1);
  });
});

describe('records that are away', () => {
  it('hold nothing up, and are told of', async () => {
    const away = (): Promise<never> => Promise.reject(new Error('away'));
    const { world } = replica('one', [], { get: away, due: away, put: away, list: away });
    const { approval } = await world.ask({ decision: holds(routed) });
    await world.vote(approval);
    await pass(3000);
    expect((await world.load(approval.id)).status).toBe('succeeded');
    expect(world.failures.filter((text) => text.startsWith('notify'))).not.toEqual([]);
  });
});
