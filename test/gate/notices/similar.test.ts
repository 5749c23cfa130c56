// Similar calls in one message: who joins which, over replicas and crashes, and what stays by itself.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Call } from '../../../src/core/call.ts';
import { covered } from '../../../src/core/similar/shown.ts';
import type { GateDeps } from '../../../src/gate/deps.ts';
import { similarTo } from '../../../src/gate/similar.ts';
import type { Notifier } from '../../../src/gate/notices/notifier.ts';
import { shownNow } from '../../../src/gate/notices/shown.ts';
import { RecordDamaged } from '../../../src/ports/approval-store.ts';
import { createManualClock, type ManualClock } from '../../ports/manual-clock.ts';
import { createMemoryRecords, type RecordsDisk } from '../../stores/memory-records.ts';
import { createMemoryDisk, type MemoryDisk } from '../../stores/memory-store.ts';
import { ANN, quiet } from '../gate-world.ts';
import { FakeChannel, passOn, type Replica, type ReplicaOptions, startReplica } from './notices-world.ts';
import { hold } from './similar-calls.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

let clock: ManualClock;
let disk: MemoryDisk;
let shared: RecordsDisk;
let channel: FakeChannel;
let running: Notifier[];

beforeEach(() => {
  clock = createManualClock();
  disk = createMemoryDisk();
  shared = new Map();
  channel = new FakeChannel();
  running = [];
});
afterEach(async () => {
  for (const one of running) void one.stop();
  await quiet();
});

function replica(
  name: string,
  limits: Partial<GateDeps['limits']> = {},
  more: Pick<ReplicaOptions, 'over' | 'load'> = {},
): Replica {
  const one = startReplica({ clock, disk, shared, channel }, name, { limits, ...more });
  running.push(one.notifier);
  return one;
}
const pass = (ms: number): Promise<void> => passOn(clock, ms);

/** What stands in each message of the channel, by what it was last told. */
function standing(): readonly (readonly string[])[] {
  const last = new Map<string, readonly string[]>();
  for (const { key, shown } of channel.messages)
    last.set(
      key,
      [shown.view, ...shown.others.map(({ view }) => view)].map(({ summary }) => summary),
    );
  return [...last.values()];
}

describe('similar calls', () => {
  it('stand in one message, with what they differ in', async () => {
    const { world } = replica('one');
    for (const target of ['a', 'b', 'c']) await hold(world, target);
    await pass(3000);
    expect(standing()).toEqual([['Create a', 'Create b', 'Create c']]);
    expect(channel.posted.size).toBe(1);
    const { shown } = channel.messages.at(-1) ?? {};
    expect(shown?.others.map(({ differs }) => differs)).toEqual([
      [{ place: 'body /target', value: '"b"' }],
      [{ place: 'body /target', value: '"c"' }],
    ]);
  });

  it('stand in one message over replicas that open them at once', async () => {
    const replicas = ['one', 'two', 'three'].map((name) => replica(name));
    await Promise.all(
      Array.from({ length: 24 }, async (_, i) => {
        const one = replicas[i % replicas.length];
        if (one) await hold(one.world, `t${i}`);
      }),
    );
    await pass(20_000);
    expect(channel.posted.size).toBe(1);
    expect(standing()[0]?.toSorted()).toEqual(Array.from({ length: 24 }, (_, i) => `Create t${i}`).toSorted());
  });

  it('that come too late, or after a vote, begin another message', async () => {
    const { world } = replica('one');
    const first = await hold(world, 'a', { quorums: [{ rule: 'w', approvals: 2, from: [] }] });
    const two = { quorums: [{ rule: 'w', approvals: 2, from: [] }] };
    await hold(world, 'b', two);
    await pass(2000);
    await world.vote(first, 'approve', ANN);
    await hold(world, 'c', two);
    await pass(2000);
    expect(standing()).toEqual([['Create a', 'Create b'], ['Create c']]);
    await pass(MINUTE);
    await hold(world, 'd', two);
    await pass(2000);
    expect(standing()).toEqual([['Create a', 'Create b'], ['Create c'], ['Create d']]);
  });

  it('of different risk, and those of critical risk, stand alone', async () => {
    const { world } = replica('one');
    await hold(world, 'a');
    await hold(world, 'b', { risk: 'high' });
    await hold(world, 'c', { risk: 'critical' });
    await hold(world, 'd', { risk: 'critical' });
    await pass(3000);
    expect(standing()).toEqual([['Create a'], ['Create b'], ['Create c'], ['Create d']]);
  });

  it('are no more than fifty in one message', async () => {
    const { world } = replica('one', { openPerAgent: 60 });
    for (let i = 0; i < 53; i++) await hold(world, `t${i}`);
    await pass(2000);
    expect(standing().map((each) => each.length)).toEqual([50, 3]);
  });

  it('are reminded of once, and expire in the same message', async () => {
    const { world } = replica('one');
    await world.gate.start();
    const terms = { nudge: 2 * MINUTE, expires: 4 * MINUTE };
    const all = [await hold(world, 'a', terms)];
    await pass(3000);
    all.push(await hold(world, 'b', terms));
    await pass(5 * MINUTE);
    expect(channel.messages.filter(({ reason }) => reason === 'nudged')).toHaveLength(1);
    const { shown } = channel.messages.at(-1) ?? {};
    expect([shown?.view.status, shown?.others[0]?.view.status]).toEqual(['expired', 'expired']);
    for (const { id } of all) expect(world.log(id)).toEqual(['opened', 'nudged', 'expired']);
    expect(channel.posted.size).toBe(1);
    await world.gate.stop();
  });

  it('are asked about anew where one escalates, or is late, after those of which that was said are decided', async () => {
    const { world } = replica('one');
    const quorum = { rule: 'w', approvals: 1, from: [], escalate: { after: 10 * MINUTE, to: ['group:leads'] } };
    const terms = { nudge: 5 * MINUTE, quorums: [quorum], expires: DAY };
    const first = await hold(world, 'a', terms);
    const second = await hold(world, 'b', terms);
    await pass(40_000);
    const third = await hold(world, 'c', terms);
    await pass(5 * MINUTE - 35_000);
    const told = (): string[] => channel.said.map(({ reason }) => reason).filter((reason) => reason !== 'updated');
    expect(told()).toEqual(['posted', 'nudged']);
    await world.vote(first, 'deny');
    await pass(5 * MINUTE - 20_000);
    // The second one, of which it was said, still waits: once is enough for both.
    expect(told()).toEqual(['posted', 'nudged']);
    await pass(20_000);
    expect(told()).toEqual(['posted', 'nudged', 'escalated']);
    await world.vote(second, 'deny');
    await pass(MINUTE);
    expect(channel.posted.size).toBe(1);
    expect(told()).toEqual(['posted', 'nudged', 'escalated', 'escalated']);
    expect(world.log(third.id)).toEqual(['opened', 'nudged', 'escalated']);
  });

  it('of which some are decided elsewhere: the first that waits is shown whole, and only what waits is covered', async () => {
    const { world } = replica('one');
    const [a, b, c] = [await hold(world, 'a'), await hold(world, 'b'), await hold(world, 'c')];
    await pass(2000);
    await world.vote(a, 'deny', ANN);
    await pass(3000);
    const { shown } = channel.messages.at(-1) ?? {};
    if (!shown) throw new Error('nothing was shown');
    expect(shown.id).toBe(a.id);
    expect(shown.view.id).toBe(b.id);
    expect(covered(shown).map(({ id }) => id)).toEqual([b.id, c.id]);
    const deps = {
      ...world.deps,
      records: createMemoryRecords(clock, shared),
      call: (id: string) => world.gate.call(id),
    };
    expect((await shownNow(deps, a.id))?.others.map(({ view }) => view.id)).toEqual([a.id, c.id]);
  });

  it('of which one cannot be read is not decided with the others', async () => {
    const { world } = replica('one');
    const [a, b] = [await hold(world, 'a'), await hold(world, 'b')];
    await pass(2000);
    const deps = {
      ...world.deps,
      records: createMemoryRecords(clock, shared),
      call: (id: string) => (id === b.id ? Promise.reject(new Error('changed at rest')) : world.gate.call(id)),
    };
    const shown = await shownNow(deps, a.id);
    if (!shown) throw new Error('nothing is shown');
    expect(shown.others.map(({ differs }) => differs)).toEqual([null]);
    expect(covered(shown).map(({ id }) => id)).toEqual([a.id]);
  });

  it('are found again by whoever looks next when a replica dies over them', async () => {
    const dying = replica('one');
    const a = await hold(dying.world, 'a');
    await pass(2000);
    dying.kill();
    await hold(dying.world, 'b');
    await pass(1000);
    const next = replica('two');
    await hold(next.world, 'c');
    await pass(2 * MINUTE);
    expect(standing().flat().toSorted()).toEqual(['Create a', 'Create b', 'Create c']);
    const first = channel.messages.findLast(({ shown }) => shown.id === a.id);
    expect(first?.shown.others.length).toBeGreaterThan(0);
  });

  it('that race the end of a delivery do not make their message wait for its lease', async () => {
    const real = createMemoryRecords(clock, shared);
    let races = 30;
    const { world } = replica('one', undefined, {
      over: {
        async put(kind, id, version, value, terms) {
          const stands = await real.get(kind, id);
          const ends = stands?.value.includes('"lease"') === true && !value.includes('"lease"');
          // Another call of the burst is faster, again and again.
          if (kind === 'notice' && stands && ends && races-- > 0) {
            const { touched, ...rest } = JSON.parse(stands.value) as { touched: number };
            await real.put(kind, id, version, JSON.stringify({ ...rest, touched: touched + 1 }), {
              dueAt: stands.dueAt,
              keepFor: 2 * MINUTE,
            });
          }
          return real.put(kind, id, version, value, terms);
        },
      },
    });
    await hold(world, 'a');
    await pass(1000);
    await hold(world, 'b');
    await pass(5000);
    expect(standing()).toEqual([['Create a', 'Create b']]);
    expect(races).toBeLessThan(0);
  });

  it('of which the first cannot be read any more leave what comes with a message of its own', async () => {
    const damaged = new Set<string>();
    const { world } = replica('one', undefined, {
      load: (id) => (damaged.has(id) ? Promise.reject(new RecordDamaged('edited')) : world.deps.store.load(id)),
    });
    damaged.add((await hold(world, 'a')).id);
    await pass(2000);
    const failures: string[] = [];
    world.deps.bus.on('store:failed', ({ error }) => failures.push(error));
    await hold(world, 'b');
    await hold(world, 'c');
    await pass(3000);
    expect(failures).toEqual([]);
    expect(standing().at(-1)).toEqual(['Create b', 'Create c']);
  });

  it('of which the first call cannot be read any more go on with the next one', async () => {
    const { world } = replica('one');
    const [a, b, c] = [await hold(world, 'a'), await hold(world, 'b'), await hold(world, 'c')];
    await pass(2000);
    const deps = {
      ...world.deps,
      records: createMemoryRecords(clock, shared),
      call: (id: string) => (id === a.id ? Promise.reject(new Error('changed at rest')) : world.gate.call(id)),
    };
    const shown = await shownNow(deps, a.id);
    if (!shown) throw new Error('nothing is shown');
    expect(covered(shown).map(({ id }) => id)).toEqual([b.id, c.id]);
    expect(shown.others.find(({ view }) => view.id === a.id)?.differs).toBeNull();
    const none = { ...deps, call: () => Promise.reject(new Error('changed at rest')) };
    await expect(shownNow(none, a.id)).rejects.toThrow('changed at rest');
  });

  it('that wait for a week stand in one message for a week', async () => {
    const { world } = replica('one');
    for (const target of ['a', 'b', 'c']) await hold(world, target, { expires: 7 * DAY });
    await pass(3000);
    await passOn(clock, 6 * DAY, 6 * 60 * MINUTE);
    expect(channel.posted.size).toBe(1);
    expect(channel.said.filter(({ reason }) => reason === 'posted')).toHaveLength(1);
  });

  it('do not join a message that somebody took away', async () => {
    const { world } = replica('one');
    const a = await hold(world, 'a');
    await pass(2000);
    channel.answer = ({ reason }) => (reason === 'updated' ? { outcome: 'refused', why: 'not found' } : undefined);
    await hold(world, 'b');
    await pass(3000);
    channel.answer = () => undefined;
    await hold(world, 'c');
    await pass(3000);
    expect(channel.messages.at(-1)?.shown.view.summary).toBe('Create c');
    expect(a.id).not.toBe(channel.messages.at(-1)?.shown.id);
  });

  it('of which one is damaged while others are decided are shown as they are', async () => {
    const damaged = new Set<string>();
    const { world } = replica('one', undefined, {
      load: (id) => (damaged.has(id) ? Promise.reject(new RecordDamaged('edited')) : world.deps.store.load(id)),
    });
    const two = { quorums: [{ rule: 'w', approvals: 2, from: [] }] };
    const all = [await hold(world, 'a', two), await hold(world, 'b', two), await hold(world, 'c', two)];
    await pass(3000);
    damaged.add(all[2]?.id ?? '');
    await pass(MINUTE);
    expect(standing()).toEqual([['Create a', 'Create b']]);
    if (all[0]) await world.vote(all[0], 'approve', ANN);
    await pass(3000);
    expect(channel.messages.at(-1)?.shown.view.votes).toHaveLength(1);
  });
});

describe('what is like an approval', () => {
  it('is nothing where its own call cannot be read', async () => {
    const { world } = replica('one');
    const [a, b] = [await hold(world, 'a'), await hold(world, 'b')];
    const call = (id: string): Promise<Call | undefined> =>
      id === a.id ? Promise.reject(new Error('changed at rest')) : world.gate.call(id);
    const like = async (id: string): Promise<readonly unknown[]> => {
      const shown = await similarTo({ ...world.deps, call }, id);
      return [shown?.view.id, shown?.others.length];
    };
    expect(await like(a.id)).toEqual([a.id, 0]);
    expect(await like(b.id)).toEqual([b.id, 0]);
  });
});
