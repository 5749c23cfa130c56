// The one clock of the tests: it moves only when told to, and due callbacks run in order, each at its own time, while it moves.
import type { Clock } from '../../src/ports/clock.ts';

export interface ManualClock extends Clock {
  advance(ms: number): void;
  /** Callbacks that are still to come. */
  readonly pending: number;
}

export function createManualClock(start = 1_700_000_000_000): ManualClock {
  let time = start;
  let timers: { readonly at: number; readonly callback: () => void }[] = [];
  return {
    now: () => time,
    monotonic: () => time - start,
    after(ms, callback) {
      const timer = { at: time + ms, callback };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    advance(ms) {
      const end = time + ms;
      for (;;) {
        const [next] = timers.filter((timer) => timer.at <= end).toSorted((a, b) => a.at - b.at);
        if (!next) break;
        timers = timers.filter((timer) => timer !== next);
        time = next.at;
        next.callback();
      }
      time = end;
    },
    get pending() {
      return timers.length;
    },
  };
}
