// The second by second exchange with the store: what is known when, and what becomes of it when the store is away.
import { describe, expect, it } from 'vitest';
import { createUsageTracker, type UsageTracker } from '../../src/gate/usage-tracker.ts';
import type { UsageStore } from '../../src/ports/usage-store.ts';
import { createManualClock } from '../ports/manual-clock.ts';
import { createMemoryUsage } from '../stores/memory-usage.ts';

const KEY = { agent: 'bot', upstream: 'db', dataset: 'customers' };
const HOUR = 3_600_000;

function world() {
  const clock = createManualClock();
  const shared = createMemoryUsage(clock);
  const state = { away: false, reads: [] as (number | undefined)[], trouble: 0 };
  const store: UsageStore = {
    ...shared,
    add: (amounts) => (state.away ? Promise.reject(new Error('away')) : shared.add(amounts)),
    read(since) {
      state.reads.push(since);
      return state.away ? Promise.reject(new Error('away')) : shared.read(since);
    },
  };
  const tracker = (): UsageTracker => createUsageTracker({ store, clock, onTrouble: () => void state.trouble++ });
  /** Lets one second pass, and what it starts come to its end. */
  const second = async (times = 1): Promise<void> => {
    for (let i = 0; i < times; i++) {
      clock.advance(1000);
      for (let j = 0; j < 20; j++) await Promise.resolve();
    }
  };
  return { clock, state, tracker, second };
}

const bytes = (tracker: UsageTracker): number | undefined => tracker.total('bot', 'customers', HOUR)?.bytes;

describe('usage', () => {
  it('of this process is known at once, that of others within two seconds', async () => {
    const { tracker, second } = world();
    const [one, other] = [tracker(), tracker()];
    await Promise.all([one.start(), other.start()]);
    one.meter(KEY).add(100, 2);
    expect([bytes(one), bytes(other)]).toEqual([100, 0]);
    await second(2);
    expect([bytes(one), bytes(other)]).toEqual([100, 100]);
    expect(other.list(HOUR)).toEqual([{ ...KEY, bytes: 100, rows: 2 }]);
  });

  it('is not known before it was read, nor when it was read too long ago', async () => {
    const { state, tracker, second } = world();
    const one = tracker();
    expect(bytes(one)).toBeUndefined();
    state.away = true;
    await one.start();
    expect([bytes(one), one.list(HOUR)]).toEqual([undefined, undefined]);
    state.away = false;
    await second();
    expect(bytes(one)).toBe(0);
    state.away = true;
    await second(9);
    expect(bytes(one)).toBe(0);
    await second(2);
    expect(bytes(one)).toBeUndefined();
    expect(state.trouble).toBe(2);
  });

  it('that could not be stored is stored later, once', async () => {
    const { state, tracker, second } = world();
    const [one, other] = [tracker(), tracker()];
    await Promise.all([one.start(), other.start()]);
    state.away = true;
    one.meter(KEY).add(100, 0);
    await second(3);
    expect(bytes(one)).toBe(100);
    one.meter(KEY).add(1, 0);
    state.away = false;
    await second(2);
    expect([bytes(one), bytes(other)]).toEqual([101, 101]);
  });

  it('is read whole after a gap, else only what may have changed', async () => {
    const { state, tracker, second } = world();
    const one = tracker();
    await one.start();
    await second(2);
    expect(state.reads.map((since) => since === undefined)).toEqual([true, false, false]);
    state.away = true;
    await second(70);
    state.away = false;
    state.reads = [];
    await second(2);
    expect(state.reads.map((since) => since === undefined)).toEqual([true, false]);
  });

  it("goes by the store's clock, whatever this machine's says", async () => {
    const { clock, state, second } = world();
    const store = createMemoryUsage(clock);
    const skewed = { ...clock, now: () => clock.now() + 5 * HOUR };
    const one = createUsageTracker({ store, clock: skewed, onTrouble: () => void state.trouble++ });
    await one.start();
    one.meter(KEY).add(7, 0);
    await second(2);
    expect([bytes(one), one.list(HOUR)]).toEqual([7, [{ ...KEY, bytes: 7, rows: 0 }]]);
    await second(2 * 3600);
    expect(bytes(one)).toBe(0);
  });

  it('that is left at the end is stored', async () => {
    const { clock, tracker } = world();
    const [one, other] = [tracker(), tracker()];
    await one.start();
    one.meter(KEY).add(5, 0);
    await one.stop();
    await other.start();
    expect(bytes(other)).toBe(5);
    await other.stop();
    expect(clock.pending).toBe(0);
  });
});
