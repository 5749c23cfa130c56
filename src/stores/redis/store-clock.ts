// The store's clock without a round trip for each look: what Redis said last, carried on by our own monotonic one.
import type { Clock } from '../../ports/clock.ts';

export interface StoreClock {
  /** What a reply said, epoch ms. */
  heard(now: unknown): void;
  /** Epoch ms; the last that was heard, carried on however long ago that was. */
  estimate(): number;
  /** As `estimate`; undefined if nothing was heard for a while. */
  fresh(): number | undefined;
}

/** Our clocks drift apart by less than a millisecond in this time, ms. */
const GOOD_FOR = 3_000;

export function createStoreClock(clock: Pick<Clock, 'monotonic'>): StoreClock {
  let offset = 0;
  let at = -Infinity;
  const estimate = (): number => Math.floor(clock.monotonic() + offset);
  return {
    heard(now) {
      at = clock.monotonic();
      offset = Number(now) - at;
    },
    estimate,
    fresh: () => (clock.monotonic() - at <= GOOD_FOR ? estimate() : undefined),
  };
}
