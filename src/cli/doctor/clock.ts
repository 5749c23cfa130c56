// Expiry, deny memory and tokens rest on the clock: it must be set, and not run behind what was written before.
import { type Check, fail, ok, warn } from './check.ts';

export interface ClockReadings {
  /** Epoch ms, and monotonic ms at the same moment, when the checks began and when they ended. */
  readonly start: { readonly wall: number; readonly monotonic: number };
  readonly end: { readonly wall: number; readonly monotonic: number };
  /** Epoch ms of the newest file in the data folder. */
  readonly newest: number | undefined;
}

const NAME = 'clock';
const EARLIEST = Date.UTC(2024, 0, 1);
const TOLERANCE_MS = 5_000;

/** What the readings say about the clock. */
export function checkClock({ start, end, newest }: ClockReadings): Check {
  const time = new Date(end.wall).toISOString();
  const remedy = 'synchronise the clock (NTP) before starting';
  if (end.wall < EARLIEST) return fail(NAME, `it is ${time}, which cannot be`, remedy);
  if (newest !== undefined && newest > end.wall + TOLERANCE_MS) {
    return fail(
      NAME,
      `it is ${time}, but data_dir was written at ${new Date(newest).toISOString()}: the clock was set back`,
      remedy,
    );
  }
  if (end.monotonic < start.monotonic)
    return fail(NAME, 'the monotonic clock runs backwards', 'look for a fault of the machine');
  const drift = end.wall - start.wall - (end.monotonic - start.monotonic);
  if (Math.abs(drift) > TOLERANCE_MS)
    return warn(NAME, `the clock jumped by ${Math.round(drift)} ms during the check`, remedy);
  return ok(NAME, time);
}
