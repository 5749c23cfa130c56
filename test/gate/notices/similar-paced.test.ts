// Similar calls in one message where messages are put off: by a limit, and by quiet hours.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { QuietTime } from '../../../src/core/attention.ts';
import { createQuietHours } from '../../../src/core/quiet-hours.ts';
import { createMessageLimit } from '../../../src/gate/notices/message-limit.ts';
import type { Notifier } from '../../../src/gate/notices/notifier.ts';
import { createPace } from '../../../src/gate/notices/pace.ts';
import { createPutOffTally } from '../../../src/gate/notices/put-off-tally.ts';
import { createManualClock, type ManualClock } from '../../ports/manual-clock.ts';
import type { RecordsDisk } from '../../stores/memory-records.ts';
import { createMemoryDisk, type MemoryDisk } from '../../stores/memory-store.ts';
import { quiet, type World } from '../gate-world.ts';
import { FakeChannel, passOn, type ReplicaOptions, startReplica } from './notices-world.ts';
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

function replica(name: string, pace: ReplicaOptions['pace']): World {
  const { world, notifier } = startReplica({ clock, disk, shared, channel }, name, pace && { pace });
  running.push(notifier);
  return world;
}
const pass = (ms: number): Promise<void> => passOn(clock, ms);

/** Summaries in each message, as it was last told. */
const standing = (): readonly (readonly string[])[] => [
  ...new Map(
    channel.messages.map(({ key, shown }) => [
      key,
      [shown.view, ...shown.others.map(({ view }) => view)].map(({ summary }) => summary),
    ]),
  ).values(),
];

describe('similar calls', () => {
  it('that are put off stand in one message when its turn comes, without waiting for those that are decided', async () => {
    const pace: ReplicaOptions['pace'] = (records, bus) =>
      createPace({
        quiet: createQuietHours([]),
        limit: createMessageLimit(records, { most: 1, per: MINUTE }),
        tally: createPutOffTally(records),
        bus,
      });
    const [one, two] = [replica('one', pace), replica('two', pace)];
    await hold(one, 'other', { notify: ['fake:ops'], nudge: DAY });
    await pass(1000);
    const first = await hold(one, 'a');
    await hold(two, 'b');
    await pass(10_000);
    await hold(one, 'c');
    await one.vote(first, 'deny');
    await pass(40_000);
    expect(channel.posted.size).toBe(1);
    await pass(15_000);
    // One message, one turn: what comes next has to wait for the next one.
    expect(standing()).toEqual([['Create other'], ['Create b', 'Create a', 'Create c']]);
    await hold(two, 'd', { nudge: DAY });
    await pass(30_000);
    expect(channel.posted.size).toBe(2);
    await pass(31_000);
    expect(channel.posted.size).toBe(3);
  });

  it('are shown at once, where it is quiet, when the first of them escalates', async () => {
    const night: QuietTime = {
      window: { zone: 'UTC', days: [1, 2, 3, 4, 5, 6, 7], from: 0, to: 24 * 60 },
      upTo: 'high',
      notify: [],
    };
    const pace: ReplicaOptions['pace'] = (records, bus) =>
      createPace({ quiet: createQuietHours([night]), limit: undefined, tally: createPutOffTally(records), bus });
    const world = replica('one', pace);
    const escalate = { after: 10 * MINUTE, to: ['group:leads'] };
    const terms = { quorums: [{ rule: 'w', approvals: 1, from: ['group:security'], escalate }], expires: DAY };
    await hold(world, 'a', terms);
    await pass(30_000);
    await hold(world, 'b', terms);
    await pass(9 * MINUTE + 29_000);
    expect(channel.said).toEqual([]);
    await pass(4000);
    expect(channel.reasons()).toEqual(['posted pending', 'escalated pending']);
    await pass(40_000);
    // The second one came to it later: no further call for it, but what the message says is true.
    expect(channel.reasons()).toEqual(['posted pending', 'escalated pending', 'updated pending']);
    expect(channel.messages.at(-1)?.shown.others.map(({ view }) => view.escalated_at === null)).toEqual([false]);
  });
});
