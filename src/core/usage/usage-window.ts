// How far back usage is looked at, and how finely: whole minutes for windows of up to two hours, whole hours beyond. INVARIANT: a window
// counts the bucket that it begins in whole, so it is never too short.
import { parseDuration } from '../duration.ts';

export type UsageSpan = 'minute' | 'hour';

export const SPAN_MS: Readonly<Record<UsageSpan, number>> = { minute: 60_000, hour: 3_600_000 };

const TWO_HOURS = 2 * SPAN_MS.hour;
const MIN_WINDOW = SPAN_MS.minute;
const MAX_WINDOW = 30 * 24 * SPAN_MS.hour;

/** Buckets that a window may need, the one of now included. */
export const SPAN_COUNT: Readonly<Record<UsageSpan, number>> = {
  minute: TWO_HOURS / SPAN_MS.minute + 1,
  hour: MAX_WINDOW / SPAN_MS.hour + 1,
};

/** What a window has to be, in words. */
export const WINDOW_WORDS = 'a duration from 1m to 30d, such as 15m, 24h or 7d';

/** ms, or undefined if it is none. */
export function parseWindow(text: string): number | undefined {
  const ms = parseDuration(text);
  return ms !== undefined && ms >= MIN_WINDOW && ms <= MAX_WINDOW ? ms : undefined;
}

export function spanOf(window: number): UsageSpan {
  return window <= TWO_HOURS ? 'minute' : 'hour';
}

/** Number of the bucket that a moment is in, since the epoch. */
export function bucketAt(span: UsageSpan, at: number): number {
  return Math.floor(at / SPAN_MS[span]);
}
