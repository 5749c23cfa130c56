// What every UsageStore must do, sentence by sentence of the port.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { UsageAmount } from '../../src/core/usage/usage-amount.ts';
import type { UsageReading, UsageStore } from '../../src/ports/usage-store.ts';

export interface UsageUnderTest {
  readonly usage: UsageStore;
  /** The store's clock, which begins within the first second of an hour. */
  readonly now: () => number;
  fastForward(ms: number): void;
  /** One more handle on the same data: another replica. */
  another(): Promise<UsageStore>;
  close(): Promise<void>;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const KEY = { agent: 'bot', upstream: 'db', dataset: 'customers' };
const some = (bytes: number, rows = 0, key: Partial<typeof KEY> = {}): UsageAmount => ({ ...KEY, ...key, bytes, rows });

export function usageStoreConformance(name: string, factory: () => Promise<UsageUnderTest>): void {
  describe(`${name} as a usage store`, () => {
    let subject: UsageUnderTest;
    let usage: UsageStore;
    beforeEach(async () => {
      subject = await factory();
      ({ usage } = subject);
    });
    afterEach(() => subject.close());

    const told = ({ buckets }: UsageReading): string[] =>
      buckets
        .flatMap(({ span, index, amounts }) =>
          amounts.map(({ agent, upstream, dataset, bytes, rows }) => {
            const at = index * (span === 'minute' ? MINUTE : HOUR) - subject.now() + (subject.now() % MINUTE);
            return `${span} ${at / MINUTE} ${agent}/${upstream}/${dataset} ${bytes} ${rows}`;
          }),
        )
        .toSorted();

    it('adds up what every replica adds, by minute and hour', async () => {
      const other = await subject.another();
      await usage.add([some(10, 1), some(5, 0, { agent: 'a "quoted" näme' })]);
      await other.add([some(7, 2)]);
      const expected = [
        'hour 0 a "quoted" näme/db/customers 5 0',
        'hour 0 bot/db/customers 17 3',
        'minute 0 a "quoted" näme/db/customers 5 0',
        'minute 0 bot/db/customers 17 3',
      ];
      expect(told(await usage.read(undefined))).toEqual(expected);
      expect(told(await other.read(undefined))).toEqual(expected);
      await other.close();
    });

    it('keeps upstreams, datasets and agents apart', async () => {
      await usage.add([
        some(1),
        some(2, 0, { upstream: 'x' }),
        some(3, 0, { dataset: 'x' }),
        some(4, 0, { agent: 'x' }),
      ]);
      const minutes = told(await usage.read(undefined)).filter((line) => line.startsWith('minute'));
      expect(minutes).toEqual([
        'minute 0 bot/db/customers 1 0',
        'minute 0 bot/db/x 3 0',
        'minute 0 bot/x/customers 2 0',
        'minute 0 x/db/customers 4 0',
      ]);
    });

    it('begins a new minute and a new hour by its own clock', async () => {
      await usage.add([some(1)]);
      subject.fastForward(59 * MINUTE);
      await usage.add([some(2)]);
      subject.fastForward(MINUTE);
      await usage.add([some(4)]);
      expect(told(await usage.read(undefined))).toEqual([
        'hour -60 bot/db/customers 3 0',
        'hour 0 bot/db/customers 4 0',
        'minute -1 bot/db/customers 2 0',
        'minute -60 bot/db/customers 1 0',
        'minute 0 bot/db/customers 4 0',
      ]);
    });

    it('tells what may have changed since an earlier reading, whole', async () => {
      await usage.add([some(1)]);
      const { at } = await usage.read(undefined);
      expect(at).toBe(subject.now());
      const other = await subject.another();
      await other.add([some(2)]);
      expect(told(await usage.read(at))).toContain('minute 0 bot/db/customers 3 0');
      subject.fastForward(5 * MINUTE);
      await other.add([some(4)]);
      const later = await usage.read(at);
      expect(told(later)).toContain('minute 0 bot/db/customers 4 0');
      subject.fastForward(5 * MINUTE);
      expect(told(await usage.read(later.at)).filter((line) => line.startsWith('minute'))).toEqual([
        'minute -5 bot/db/customers 4 0',
      ]);
      await other.close();
    });

    it('forgets what no window reaches', async () => {
      await usage.add([some(1)]);
      subject.fastForward(3 * HOUR);
      await usage.add([some(2)]);
      expect(told(await usage.read(undefined)).filter((line) => line.startsWith('minute'))).toEqual([
        'minute 0 bot/db/customers 2 0',
      ]);
      subject.fastForward(32 * 24 * HOUR);
      await usage.add([some(4)]);
      expect(told(await usage.read(undefined))).toEqual([
        'hour 0 bot/db/customers 4 0',
        'minute 0 bot/db/customers 4 0',
      ]);
    });

    it('counts beyond what 32 bits hold', async () => {
      await usage.add([some(2 ** 40, 2 ** 33)]);
      await usage.add([some(2 ** 40 + 1)]);
      expect(told(await usage.read(undefined))).toContain(`minute 0 bot/db/customers ${2 ** 41 + 1} ${2 ** 33}`);
    });

    it('takes many at once, and nothing', async () => {
      await usage.add([]);
      await usage.add(Array.from({ length: 1200 }, (_, n) => some(n + 1, 1, { agent: `bot-${n}` })));
      const { buckets } = await usage.read(undefined);
      expect(buckets.map(({ amounts }) => amounts.length)).toEqual([1200, 1200]);
    });

    it('rejects once it is closed', async () => {
      await usage.close();
      await expect(usage.read(undefined)).rejects.toThrow();
      await usage.close();
    });
  });
}
