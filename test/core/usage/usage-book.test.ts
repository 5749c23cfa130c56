// Sums over windows against a naive list of everything that ever happened, whatever became of the store in between.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createUsageBook, type UsageBook } from '../../../src/core/usage/usage-book.ts';
import { parseWindow, SPAN_MS, spanOf } from '../../../src/core/usage/usage-window.ts';
import { createMemoryUsage } from '../../stores/memory-usage.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const KEY = { agent: 'bot', upstream: 'db', dataset: 'customers' };

describe('a window', () => {
  it.each([
    ['1m', MINUTE],
    ['90s', 90_000],
    ['24h', 24 * HOUR],
    ['30d', 720 * HOUR],
    ['59s', undefined],
    ['31d', undefined],
    ['24', undefined],
    ['', undefined],
    ['1m ', undefined],
  ])('of %s is %s ms', (text, ms) => {
    expect(parseWindow(text)).toBe(ms);
  });
});

describe('the book', () => {
  it('counts at once what went out here', () => {
    const book = createUsageBook();
    book.meter(KEY).add(10, 1);
    book.meter({ ...KEY, upstream: 'other' }).add(5, 0);
    expect(book.total('bot', 'customers', HOUR, 0)).toEqual({ bytes: 15, rows: 1 });
    expect(book.total('bot', 'nothing', HOUR, 0)).toEqual({ bytes: 0, rows: 0 });
    expect(book.total('stranger', 'customers', HOUR, 0)).toEqual({ bytes: 0, rows: 0 });
  });

  it('counts what is on its way once, and again if it could not be stored', () => {
    const book = createUsageBook();
    const meter = book.meter(KEY);
    meter.add(10, 0);
    const sent = book.drain();
    expect(sent).toEqual([{ ...KEY, bytes: 10, rows: 0 }]);
    expect(book.drain()).toEqual([]);
    meter.add(1, 0);
    expect(book.total('bot', 'customers', HOUR, 0)).toMatchObject({ bytes: 11 });
    book.giveBack(sent);
    expect(book.total('bot', 'customers', HOUR, 0)).toMatchObject({ bytes: 11 });
    expect(book.drain()).toEqual([{ ...KEY, bytes: 11, rows: 0 }]);
    book.take([{ span: 'minute', index: 0, amounts: [{ ...KEY, bytes: 11, rows: 0 }] }]);
    expect(book.total('bot', 'customers', HOUR, 0)).toMatchObject({ bytes: 11 });
  });

  it('does not know the usage of those for whom there is no room', () => {
    const book = createUsageBook(1);
    book.meter(KEY).add(1, 0);
    book.meter({ ...KEY, agent: 'other' }).add(1, 0);
    expect(book.total('bot', 'customers', HOUR, 0)).toMatchObject({ bytes: 1 });
    expect(book.total('other', 'customers', HOUR, 0)).toBeUndefined();
  });

  it('does not know a sum either of which a part had no room', () => {
    const book = createUsageBook(1);
    book.meter(KEY).add(1, 0);
    book.meter({ ...KEY, upstream: 'replica' }).add(1_000_000, 0);
    expect(book.total('bot', 'customers', HOUR, 0)).toBeUndefined();
  });

  it('does not know what went out while there was no room, as long as a window reaches there', () => {
    const book = createUsageBook(1);
    book.meter(KEY).add(1, 0);
    const other = book.meter({ ...KEY, agent: 'other' });
    other.add(1_000_000, 0);
    book.drain();
    book.take([]);
    // The first is forgotten, so that there is room again.
    book.expire(HOUR);
    expect(book.total('other', 'customers', 2 * HOUR, HOUR)).toBeUndefined();
    other.add(5, 0);
    expect(book.total('other', 'customers', 2 * HOUR, HOUR)).toBeUndefined();
    expect(book.total('other', 'customers', HOUR, 4 * HOUR)).toMatchObject({ bytes: 5 });
  });

  it('forgets who was quiet for longer than any window, and counts on when a stream goes on', () => {
    const book = createUsageBook();
    const meter = book.meter(KEY);
    meter.add(1, 0);
    book.drain();
    book.take([]);
    book.expire(40 * 24 * HOUR);
    expect(book.list(HOUR, 0)).toEqual([]);
    meter.add(2, 0);
    expect(book.list(HOUR, 0)).toEqual([{ ...KEY, bytes: 2, rows: 0 }]);
  });
});

type Step = {
  readonly do: 'count' | 'tick' | 'fail';
  readonly who: number;
  readonly bytes: number;
  readonly wait: number;
};

const steps = fc.array(
  fc.record<Step>({
    do: fc.constantFrom('count', 'count', 'count', 'tick', 'tick', 'fail'),
    who: fc.nat(1),
    bytes: fc.integer({ min: 1, max: 1000 }),
    wait: fc.constantFrom(0, 1000, 30_000, 61_000, 20 * MINUTE, 5 * HOUR),
  }),
  { maxLength: 60 },
);

it.each([false, true])(
  'of two gates agree with everything that happened, to one bucket (stored at once: %s)',
  async (atOnce) => {
    await fc.assert(
      fc.asyncProperty(steps, fc.constantFrom('1m', '15m', '2h', '3h', '24h', '30d'), async (all, text) => {
        let now = 1000 * HOUR;
        const store = createMemoryUsage({ now: () => now });
        const gates = [0, 1].map(() => ({ book: createUsageBook(), since: undefined as number | undefined }));
        const happened: { readonly at: number; readonly bytes: number }[] = [];
        const tick = async (gate: { readonly book: UsageBook; since: number | undefined }): Promise<void> => {
          await store.add(gate.book.drain());
          const reading = await store.read(gate.since);
          gate.book.take(reading.buckets);
          gate.since = reading.at;
        };
        for (const step of all) {
          now += step.wait;
          const gate = gates[step.who];
          if (!gate) continue;
          if (step.do === 'count') {
            gate.book.meter(KEY).add(step.bytes, 0);
            happened.push({ at: now, bytes: step.bytes });
            if (atOnce) await tick(gate);
          } else if (step.do === 'tick') await tick(gate);
          else gate.book.giveBack(gate.book.drain());
          gate.book.expire(now);
        }
        for (const gate of [...gates, ...gates]) await tick(gate);
        const window = parseWindow(text) ?? 0;
        const from = (start: number): number =>
          happened.filter(({ at }) => at > start).reduce((sum, { bytes }) => sum + bytes, 0);
        const sums = gates.map(({ book }) => book.total('bot', 'customers', window, now)?.bytes);
        expect(sums[0]).toBe(sums[1]);
        expect(sums[0]).toBeGreaterThanOrEqual(from(now - window));
        // What is stored late counts from then on.
        if (atOnce) expect(sums[0]).toBeLessThanOrEqual(from(now - window - SPAN_MS[spanOf(window)]));
      }),
      { numRuns: 200 },
    );
  },
);
