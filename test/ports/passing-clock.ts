// Time that goes on as it does, and as much faster as a test says: for whole gates, which wait for sockets and disks between their timers.
import type { Clock } from '../../src/ports/clock.ts';
import { systemClock } from '../../src/system-clock.ts';

export interface PassingClock extends Clock {
  /** Lets this much time pass, in steps that are short beside every deadline; what a step set off goes on before the next one. */
  pass(ms: number, step?: number): Promise<void>;
}

/** Turns of the event loop after each step: several answers of servers in this process. */
const TURNS = 30;

export function createPassingClock(): PassingClock {
  let ahead = 0;
  const timers = new Set<() => void>();
  const monotonic = (): number => systemClock.monotonic() + ahead;
  return {
    now: () => systemClock.now() + ahead,
    monotonic,
    after(ms, callback) {
      const due = monotonic() + ms;
      let cancelSystem = (): void => {};
      const cancel = (): void => {
        timers.delete(look);
        cancelSystem();
      };
      const look = (): void => {
        cancelSystem();
        const left = due - monotonic();
        if (left > 0) {
          cancelSystem = systemClock.after(left, look);
          return;
        }
        timers.delete(look);
        callback();
      };
      timers.add(look);
      cancelSystem = systemClock.after(ms, look);
      return cancel;
    },
    async pass(ms, step = 1000) {
      for (let passed = 0; passed < ms; passed += step) {
        ahead += Math.min(step, ms - passed);
        // Those that are set meanwhile are for the next step.
        for (const look of Array.from(timers)) if (timers.has(look)) look();
        for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}
