// Whether a call came when hardly anybody works. INVARIANT: what it says of a moment depends on the hours alone, not on the minute, so
// that calls of one night say the same.
import type { TimeWindow } from '../policy/ast.ts';
import { DAYS } from '../policy/schema-words.ts';
import { timeWindow } from '../policy/time-criterion.ts';

const DAY_END = 24 * 60;

/**
 * What to show of a moment (epoch ms) that is in none of the working hours: those hours, as text; undefined for a moment within them,
 * or where none are known. Throws for a time zone that does not exist: the configuration refuses those.
 */
export function createOffHours(hours: readonly TimeWindow[]): (at: number) => string | undefined {
  if (hours.length === 0) return () => undefined;
  const within = hours.map(timeWindow);
  const evidence = hours.map(inWords).join('; ');
  return (at) => (within.some((is) => is(at)) ? undefined : evidence);
}

function inWords({ days, from, to, zone }: TimeWindow): string {
  const times = from % DAY_END === 0 && to % DAY_END === 0 ? [] : [`${clock(from)}–${clock(to)}`];
  return [...(days.length === DAYS.length ? [] : [daysInWords(days)]), ...times, zone].join(' ');
}

/** Days from 1 (Monday) on, in order. */
function daysInWords(days: readonly number[]): string {
  const name = (day: number | undefined): string => DAYS[(day ?? 0) - 1] ?? '';
  const [first = 0, last = 0] = [days[0], days.at(-1)];
  const inOneRun = days.length > 2 && last - first === days.length - 1;
  return inOneRun ? `${name(first)}–${name(last)}` : days.map(name).join(', ');
}

const clock = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
