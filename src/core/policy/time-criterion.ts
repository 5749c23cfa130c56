// Time windows in their own zone; one over midnight belongs to the day it starts on.
import type { TimeWindow } from './ast.ts';

const DAY = 24 * 60;
const DAYS: Readonly<Record<string, number>> = { Mon: 1, Tue: 2, Wed: 3, Thu: 4, Fri: 5, Sat: 6, Sun: 7 };

/** A test of epoch ms. Throws for an unknown zone: the parser refuses those. */
export function timeWindow({ days, from, to, zone }: TimeWindow): (now: number) => boolean {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return (now) => {
    let day = 0;
    let minute = 0;
    for (const { type, value } of format.formatToParts(now)) {
      if (type === 'weekday') day = DAYS[value] ?? 0;
      else if (type === 'hour') minute += (Number(value) % 24) * 60;
      else if (type === 'minute') minute += Number(value);
    }
    if (from < to) return days.includes(day) && minute >= from && minute < to;
    const yesterday = day === 1 ? 7 : day - 1;
    return (days.includes(day) && minute >= from) || (days.includes(yesterday) && minute < to % DAY);
  };
}
