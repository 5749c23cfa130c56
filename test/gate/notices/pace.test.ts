// Quiet hours and limits where approvals are shown: what is put off, what is not, and that nothing is lost or told twice.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Rate, QuietTime } from '../../../src/core/attention.ts';
import type { Quorum } from '../../../src/core/policy/types.ts';
import { createQuietHours } from '../../../src/core/quiet-hours.ts';
import { createMessageLimit } from '../../../src/gate/notices/message-limit.ts';
import type { Notifier } from '../../../src/gate/notices/notifier.ts';
import { createPace } from '../../../src/gate/notices/pace.ts';
import { createPutOffTally, type PutOffTally } from '../../../src/gate/notices/put-off-tally.ts';
import type { Channel, Delivery } from '../../../src/ports/channel.ts';
import { createManualClock, type ManualClock } from '../../ports/manual-clock.ts';
import { createMemoryRecords, type RecordsDisk } from '../../stores/memory-records.ts';
import { createMemoryDisk, type MemoryDisk } from '../../stores/memory-store.ts';
import { AGENT, holds, quiet, type World } from '../gate-world.ts';
import { passOn, startReplica } from './notices-world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Friday 21:30 in Berlin. */
const EVENING = Date.parse('2026-01-16T20:30:00Z');
const NIGHT: QuietTime = {
  window: { zone: 'Europe/Berlin', days: [1, 2, 3, 4, 5, 6, 7], from: 22 * 60, to: 7 * 60 },
  upTo: 'medium',
  notify: [],
};

let clock: ManualClock;
let disk: MemoryDisk;
let shared: RecordsDisk;
let said: string[];
let open: Notifier[];
let putOff: string[];
/** Risks in the order of the posts. */
let posted: string[];
/** What the channel answers instead of taking it. */
let turnedAway: Delivery | undefined;

beforeEach(() => {
  clock = createManualClock(EVENING);
  disk = createMemoryDisk();
  shared = new Map();
  said = [];
  open = [];
  putOff = [];
  posted = [];
  turnedAway = undefined;
});
afterEach(async () => {
  for (const one of open) void one.stop();
  await quiet();
});

const channel: Channel = {
  name: 'fake',
  async deliver(target, { reason, shown: { view }, key }, ref) {
    if (turnedAway) return turnedAway;
    said.push(`${target} ${reason} ${view.status} ${view.agent}`);
    if (reason === 'posted') posted.push(view.escalated_at === null ? view.risk : 'escalated');
    return { outcome: 'delivered', ref: ref ?? key };
  },
  find: async () => undefined,
};

interface Settings {
  readonly times?: readonly QuietTime[];
  readonly rate?: Rate;
  readonly routes?: readonly string[];
}

function replica({ times = [], rate, routes = ['fake:ops'] }: Settings, name = 'one'): World & { tally: PutOffTally } {
  const limits = { openPerAgent: 1000, open: 1000 };
  const tally = createPutOffTally(createMemoryRecords(clock, shared));
  const { world, notifier } = startReplica({ clock, disk, shared, channel }, name, {
    routes,
    limits,
    pace: (records, bus) =>
      createPace({
        quiet: createQuietHours(times),
        limit: rate && createMessageLimit(records, rate),
        tally,
        bus,
      }),
  });
  world.deps.bus.on('notice:put-off', ({ destination, why, agent }) => putOff.push(`${destination} ${why} ${agent}`));
  open.push(notifier);
  return Object.assign(world, { tally });
}

const pass = (ms: number, step?: number): Promise<void> => passOn(clock, ms, step);
/** Goes on to a time of day in Berlin (winter). */
const until = (time: string): Promise<void> => pass(Date.parse(`${time}:00+01:00`) - clock.now(), 10_000);

const long = { expires: 24 * HOUR };
const leads: Quorum = {
  rule: 'writes',
  approvals: 1,
  from: ['group:security'],
  escalate: { after: 2 * HOUR, to: ['group:leads'] },
};

describe('while it is quiet', () => {
  it('nothing is shown, and everything when it ends', async () => {
    const world = replica({ times: [NIGHT] });
    await until('2026-01-16T23:00');
    const { approval } = await world.ask({ decision: holds(long) });
    await until('2026-01-17T06:59');
    expect(said).toEqual([]);
    expect(putOff).toEqual(['fake:ops quiet deploy-bot']);
    await until('2026-01-17T07:01');
    expect(said).toEqual(['ops posted pending deploy-bot']);
    expect(world.log(approval.id)).toEqual(['opened']);
  });

  it("a rule's own places are quiet too, and what is of a higher risk is shown at once", async () => {
    const world = replica({ times: [NIGHT] });
    await until('2026-01-16T23:00');
    await world.ask({ decision: holds({ ...long, notify: ['fake:own'] }), body: '1' });
    await world.ask({ decision: holds({ ...long, risk: 'high' }), body: '2' });
    await pass(MINUTE);
    expect(said).toEqual(['ops posted pending deploy-bot']);
  });

  it('it is shown at the places for quiet hours alone, and at its own when they end', async () => {
    const world = replica({ times: [{ ...NIGHT, notify: ['fake:night'] }] });
    await until('2026-01-16T23:00');
    await world.ask({ decision: holds(long) });
    await pass(MINUTE);
    expect(said).toEqual(['night posted pending deploy-bot']);
    await until('2026-01-17T07:01');
    expect(said).toEqual(['night posted pending deploy-bot', 'ops posted pending deploy-bot']);
    await world.ask({ decision: holds(long), body: 'by day' });
    await pass(MINUTE);
    expect(said.slice(2)).toEqual(['ops posted pending deploy-bot']);
  });

  it('what a place had no time for before is quiet too', async () => {
    const world = replica({ times: [NIGHT] });
    await until('2026-01-16T21:59');
    turnedAway = { outcome: 'later', after: 90_000, why: 'rate limited' };
    await world.ask({ decision: holds(long) });
    await pass(5000);
    turnedAway = undefined;
    await until('2026-01-17T06:59');
    expect(said).toEqual([]);
    await until('2026-01-17T07:01');
    expect(said).toEqual(['ops posted pending deploy-bot']);
  });

  it('votes count, and what was decided by then is not shown any more', async () => {
    const world = replica({ times: [NIGHT] });
    await until('2026-01-16T23:00');
    const { approval } = await world.ask({ decision: holds(long) });
    await world.vote(approval, 'deny');
    expect((await world.load(approval.id)).status).toBe('denied');
    await until('2026-01-17T07:05');
    expect(said).toEqual([]);
  });

  it('what was shown before is kept true', async () => {
    const world = replica({ times: [NIGHT] });
    const { approval } = await world.ask({ decision: holds(long) });
    await until('2026-01-16T23:00');
    await world.vote(approval, 'deny');
    await pass(5000);
    expect(said).toEqual(['ops posted pending deploy-bot', 'ops ended denied deploy-bot']);
  });

  it('nobody is reminded; they are, once, as long after it as always', async () => {
    const world = replica({ times: [NIGHT] });
    await pass(27 * MINUTE, 10_000);
    const { approval } = await world.ask({ decision: holds({ ...long, nudge: 5 * MINUTE }) });
    await until('2026-01-17T07:04');
    expect(said).toEqual(['ops posted pending deploy-bot']);
    await until('2026-01-17T07:07');
    expect(said).toEqual(['ops posted pending deploy-bot', 'ops nudged pending deploy-bot']);
    await until('2026-01-17T08:00');
    expect(world.log(approval.id)).toEqual(['opened', 'nudged']);
  });

  it('an escalation happens, and those who are to hear of it do, at the usual places', async () => {
    const world = replica({ times: [NIGHT] });
    await until('2026-01-16T23:00');
    const escalate = { after: 2 * HOUR + 17_000, to: ['group:leads'] };
    const { approval } = await world.ask({ decision: holds({ ...long, quorums: [{ ...leads, escalate }] }) });
    await until('2026-01-17T01:00');
    await pass(16_000);
    expect(said).toEqual([]);
    await pass(3_000);
    expect(said).toEqual(['ops posted pending deploy-bot', 'ops escalated pending deploy-bot']);
    await until('2026-01-17T08:00');
    expect(said).toHaveLength(2);
    expect(world.log(approval.id)).toEqual(['opened', 'escalated']);
  });

  it('replicas look no oftener than once a minute or half of it, and each thing is told once', async () => {
    const worlds = [replica({ times: [NIGHT] }), replica({ times: [NIGHT] }, 'two')];
    await until('2026-01-16T23:00');
    for (let i = 0; i < 4; i++) await worlds[i % 2]?.ask({ decision: holds({ ...long, nudge: MINUTE }), body: `${i}` });
    const version = (): number =>
      [...(shared.get('notice')?.values() ?? [])].reduce((sum, { record }) => sum + record.version, 0);
    const before = version();
    await pass(10 * MINUTE);
    // Two writes a look: four approvals, ten minutes, at most three looks a minute.
    expect(version() - before).toBeLessThanOrEqual(4 * 10 * 3 * 2);
    await until('2026-01-17T07:05');
    expect(said.filter((line) => line.includes('posted'))).toHaveLength(4);
    expect(said.filter((line) => line.includes('nudged'))).toHaveLength(4);
    expect(putOff).toHaveLength(4);
  });
});

describe('an agent that asks a lot', () => {
  const rate = { most: 3, per: MINUTE };
  const shown = (who: string): number => said.filter((line) => line.includes('posted') && line.endsWith(who)).length;

  it('has its messages posted bit by bit over all replicas, and holds up nobody else', async () => {
    const worlds = [replica({ rate }), replica({ rate }, 'two'), replica({ rate }, 'three')];
    for (let i = 0; i < 9; i++) await worlds[i % 3]?.ask({ decision: holds(long), body: `${i}` });
    await worlds[0]?.open(holds(long), 'other', { ...AGENT, id: 'other-bot' });
    await quiet();
    await pass(5000);
    expect([shown('deploy-bot'), shown('other-bot')]).toEqual([3, 1]);
    await pass(MINUTE);
    expect(shown('deploy-bot')).toBe(6);
    await pass(MINUTE);
    expect(shown('deploy-bot')).toBe(9);
    expect(putOff).toHaveLength(6);
    expect(await worlds[0]?.tally.since(clock.now() - HOUR)).toEqual(new Map([['deploy-bot', 6]]));
  });

  it('has what is urgent shown first, and what escalated before that', async () => {
    const world = replica({ rate: { most: 1, per: MINUTE } });
    await world.ask({ decision: holds(long), body: '1' });
    await world.ask({ decision: holds({ ...long, notify: ['fake:ops'], risk: 'low' }), body: '2' });
    await world.ask({ decision: holds({ ...long, risk: 'critical' }), body: '3' });
    await world.ask({
      decision: holds({
        ...long,
        risk: 'low',
        quorums: [{ ...leads, escalate: { after: 10_000, to: ['group:leads'] } }],
      }),
      body: '4',
    });
    await pass(4 * MINUTE + 5000);
    expect(posted).toEqual(['medium', 'escalated', 'critical', 'low']);
  });

  it('has its messages rewritten however many there are, and none posted for what was decided meanwhile', async () => {
    const world = replica({ rate: { most: 1, per: HOUR } });
    const first = await world.ask({ decision: holds(long), body: '1' });
    const second = await world.ask({ decision: holds(long), body: '2' });
    await world.vote(first.approval, 'deny');
    await world.vote(second.approval, 'deny');
    await pass(2 * HOUR, 10_000);
    expect(said).toEqual(['ops posted pending deploy-bot', 'ops ended denied deploy-bot']);
  });

  it('that is known only while it is quiet is shown nowhere else afterwards', async () => {
    const times = [{ ...NIGHT, notify: ['fake:night'] }];
    const world = replica({ times, rate: { most: 1, per: 15 * HOUR } });
    await until('2026-01-17T06:58');
    await world.ask({ decision: holds({ ...long, expires: 48 * HOUR }), body: '1' });
    await world.ask({ decision: holds({ ...long, expires: 48 * HOUR }), body: '2' });
    await pass(10_000);
    expect(said).toEqual(['night posted pending deploy-bot']);
    await until('2026-01-17T21:00');
    expect(said).toEqual(['night posted pending deploy-bot', 'ops posted pending deploy-bot']);
    // There was no room for the second one all day: in the next quiet time it is.
    await until('2026-01-17T22:01');
    expect(said.slice(2)).toEqual(['night posted pending deploy-bot']);
  });
});
