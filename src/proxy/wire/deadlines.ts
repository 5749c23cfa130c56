// Timeouts for many things on one timer: setting a deadline is a store and a comparison, no timer is made per request.
import type { Clock } from '../../ports/clock.ts';

export interface Deadline {
  /** Monotonic ms; Infinity for none. Change it through `Deadlines.set`. */
  deadline: number;
  /** Called once the deadline has passed, with `deadline` set to Infinity; may add, set and remove. */
  expire(): void;
}

export interface Deadlines {
  now(): number;
  add(entry: Deadline): void;
  remove(entry: Deadline): void;
  /** `ms` from now; Infinity clears. */
  set(entry: Deadline, ms: number): void;
}

export function createDeadlines(clock: Pick<Clock, 'monotonic' | 'after'>): Deadlines {
  const entries = new Set<Deadline>();
  let armedFor = Infinity;
  let cancel: (() => void) | undefined;

  function arm(at: number): void {
    cancel?.();
    armedFor = at;
    cancel = at === Infinity ? undefined : clock.after(Math.max(0, Math.ceil(at - clock.monotonic())), sweep);
  }

  function sweep(): void {
    cancel = undefined;
    armedFor = Infinity;
    const now = clock.monotonic();
    for (const entry of entries) {
      if (entry.deadline > now) continue;
      entry.deadline = Infinity;
      entry.expire();
    }
    let next = Infinity;
    for (const entry of entries) if (entry.deadline < next) next = entry.deadline;
    if (next < armedFor) arm(next);
  }

  return {
    now: () => clock.monotonic(),
    add(entry) {
      entries.add(entry);
      if (entry.deadline < armedFor) arm(entry.deadline);
    },
    remove(entry) {
      entries.delete(entry);
      if (entries.size === 0) arm(Infinity);
    },
    set(entry, ms) {
      // INVARIANT: the timer is never later than the earliest deadline; it may be earlier, since most deadlines are moved on
      // before they pass, and re-arming for each of them would be the cost that this file avoids.
      entry.deadline = ms === Infinity ? Infinity : clock.monotonic() + ms;
      if (entry.deadline < armedFor) arm(entry.deadline);
    },
  };
}
