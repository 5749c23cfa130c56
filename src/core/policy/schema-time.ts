// Time windows: `{days: [mon, fri], from: "09:00", to: "18:00", zone: Europe/Berlin}`.
import type { z } from 'zod';
import type { TimeWindow } from './ast.ts';
import { closed, oneOrMany, text, word, zone } from './schema-leaves.ts';
import { DAYS } from './schema-words.ts';

const CLOCK = /^([01]\d|2[0-3]):([0-5]\d)$/;
const DAY_END = 24 * 60;

function minutes(value: string): number | undefined {
  if (value === '24:00') return DAY_END;
  const match = CLOCK.exec(value);
  return match ? Number(match[1]) * 60 + Number(match[2]) : undefined;
}

const time = (fallback: number): z.ZodType<number, string | undefined> =>
  text((value) =>
    minutes(value) === undefined
      ? `"${value}" is not a time of day; expected one like "09:00", 00:00 to 24:00`
      : undefined,
  )
    .transform((value) => minutes(value) ?? fallback)
    .default(fallback);

const allDays = DAYS.map((_, i) => i + 1);

interface WindowShape {
  readonly days: z.ZodType<number[]>;
  readonly from: z.ZodType<number>;
  readonly to: z.ZodType<number>;
}

/** The days and times of a window, whatever its time zone is called. */
export const windowShape: WindowShape = {
  days: oneOrMany(word('day', DAYS))
    .transform((days) => [...new Set(days.map((day) => DAYS.indexOf(day) + 1))].toSorted((a, b) => a - b))
    .default(allDays)
    .describe(
      'Days of the week, `mon` to `sun`; a window over midnight belongs to the day it starts on. All days if left out.',
    ),
  from: time(0).describe('Start, "HH:MM", included. Start of the day if left out.'),
  to: time(DAY_END).describe(
    'End, "HH:MM", excluded; earlier than `from` means the next day. End of the day if left out.',
  ),
};

/** False for a window that no moment is in. */
export const isWindow = ({ from, to }: Pick<TimeWindow, 'from' | 'to'>): boolean =>
  from % DAY_END !== to % DAY_END || to - from === DAY_END;

export const EMPTY_WINDOW = '`from` and `to` are the same time: the window is empty';

export const timeWindow: z.ZodType<TimeWindow> = closed({
  ...windowShape,
  zone: zone.describe('IANA time zone in which the days and times are read.'),
}).refine(isWindow, { message: EMPTY_WINDOW });
