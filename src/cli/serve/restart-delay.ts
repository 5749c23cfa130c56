// How soon a worker that ended is replaced: at once, then ever later while the new ones end as well.

/** A worker that lived this long ended for a reason of its own, ms. */
const STEADY = 60_000;
const LONGEST = 30_000;

/** ms before the next start. `earlier`: ends in a row before this one, of which none had lived a minute. */
function delayAfter(earlier: number): number {
  return earlier === 0 ? 0 : Math.min(LONGEST, 1000 * 2 ** (earlier - 1));
}

export interface RestartDelay {
  /** To be called at each end with how long that worker lived, ms: what to wait before the next one is started, ms. */
  next(lived: number): number;
}

export function createRestartDelay(): RestartDelay {
  let ends = 0;
  return {
    next(lived) {
      if (lived >= STEADY) ends = 0;
      return delayAfter(ends++);
    },
  };
}
