// Whoever has no credential must not be able to fill the disk with entries about being refused: a full disk stops every
// privileged call. INVARIANT: what is left out is counted, and calls of authenticated agents never pass through here.
import type { AuditEntry } from '../ports/audit-log.ts';
import type { Clock } from '../ports/clock.ts';

/** Entries about strangers in one window. */
const MOST = 600;
/** ms. */
const WINDOW = 60_000;

export interface StrangerLimit {
  record(entry: AuditEntry): void;
  /** Writes the count of what was left out, if anything was. */
  flush(): void;
}

export function createStrangerLimit(clock: Pick<Clock, 'now'>, record: (entry: AuditEntry) => void): StrangerLimit {
  let since = clock.now();
  let written = 0;
  let left = 0;
  const flush = (): void => {
    if (left > 0) record({ at: clock.now(), type: 'audit:strangers:summed', entries: left, since });
    since = clock.now();
    written = 0;
    left = 0;
  };
  return {
    record(entry) {
      if (clock.now() - since >= WINDOW) flush();
      if (written < MOST) {
        written++;
        record(entry);
      } else {
        left++;
      }
    },
    flush,
  };
}
