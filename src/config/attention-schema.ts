// `quiet_hours`, `working_hours`, `notify_limits` and the caps of agents: what keeps approvers from being worn out, and when they are there.
import { z } from 'zod';
import type { QuietTime, Rate } from '../core/attention.ts';
import type { TimeWindow } from '../core/policy/ast.ts';
import { closed, destination, duration, oneOrMany, unknownName, zone } from '../core/policy/schema-leaves.ts';
import { EMPTY_WINDOW, isWindow, windowShape } from '../core/policy/schema-time.ts';

/** Longest time that a limit may be about, ms: what is remembered for it is bounded. */
const LONGEST = 86_400_000;
const NONE = 'none';

export type RateSource = Rate | typeof NONE;

const time = duration.refine((value) => value >= 1000 && value <= LONGEST, {
  message: 'expected a time from 1s to 24h',
});

const whole = (most: number): z.ZodType<number, number> =>
  z.int().min(1, 'must be at least 1').max(most, `must be at most ${most}`);

const none = z.literal(NONE, { error: `expected a map, or "${NONE}"` });

/** `{calls: 200, per: 1h}` or `none`. */
export const heldRate: z.ZodType<RateSource, { calls: number; per: string } | typeof NONE> = z.union([
  closed({
    calls: whole(10_000).describe('Calls that may come to be held; calls that join an approval are not counted.'),
    per: time.describe('Within any time of this length, 1s to 24h.'),
  }).transform(({ calls, per }): Rate => ({ most: calls, per })),
  none,
]);

const messageRate: z.ZodType<RateSource, { messages: number; per: string } | typeof NONE> = z.union([
  closed({
    messages: whole(1000).describe(
      'New messages of one agent at one place. Messages that are rewritten are not counted.',
    ),
    per: time.describe('Within any time of this length, 1s to 24h.'),
  }).transform(({ messages, per }): Rate => ({ most: messages, per })),
  none,
]);

export interface NotifyLimitsSource {
  readonly per_agent: RateSource;
}

export const notifyLimits: z.ZodType<NotifyLimitsSource, { per_agent?: z.input<typeof messageRate> | undefined }> =
  closed({
    per_agent: messageRate
      .prefault({ messages: 60, per: '1m' })
      .describe('What is over waits its turn while it is open, the highest risk first. `none`: any number.'),
  });

const QUIET_RISKS = ['low', 'medium', 'high'] as const;
const quietRisk = z.enum(QUIET_RISKS, {
  error: ({ input }) => {
    if (input === 'critical') return 'what is critical is never quiet; expected low, medium or high';
    return typeof input === 'string' ? unknownName('risk', input, QUIET_RISKS) : undefined;
  },
});

const inZone = {
  timezone: zone.describe('IANA time zone in which the days and times are read.'),
  ...windowShape,
};

const quietTime: z.ZodType<QuietTime> = closed({
  ...inZone,
  up_to: quietRisk.default('medium').describe('Highest risk that is quiet; what is critical never is.'),
  notify: oneOrMany(destination)
    .default([])
    .describe('The only places where it is shown meanwhile; nowhere if left out.'),
})
  .refine(isWindow, { message: EMPTY_WINDOW })
  .transform(({ timezone, days, from, to, up_to: upTo, notify }) => ({
    window: { zone: timezone, days, from, to },
    upTo,
    notify,
  }));

/** One or a list. */
export const quietHours: z.ZodType<readonly QuietTime[]> = oneOrMany(quietTime);

/** One or a list. */
export const workingHours: z.ZodType<readonly TimeWindow[]> = oneOrMany(
  closed(inZone)
    .refine(isWindow, { message: EMPTY_WINDOW })
    .transform(({ timezone, ...times }) => ({ zone: timezone, ...times })),
);
