// The shape of insights in the API.
import { z } from 'zod';
import { parseWindow, WINDOW_WORDS } from '../core/usage/usage-window.ts';

const count = z.int();
const share = z.number().min(0).max(1);
const ms = z.number().describe('ms');

const figures = {
  opened: count,
  approved: count,
  denied: count.describe('Also where an approval was taken back before the call ran'),
  expired: count.describe('Ended, and nobody had decided'),
  other: count.describe('Cancelled or void, and nobody had decided'),
  pending: count.describe('Still to be decided'),
  escalated: count,
  approve_rate: share.nullable().describe('Of those that were decided; null where none was'),
  median_ms: ms.nullable().describe('From opening to the vote that decided, ms'),
  p95_ms: ms.nullable(),
  under_5s: share.nullable().describe('Share of the decided ones that were decided within 5 s'),
};

/** `Insights` of core/insights/insights.ts. */
export const insightsSchema: z.ZodType = z.strictObject({
  window: z.string(),
  since: z.iso.datetime().describe('RFC 3339, UTC'),
  read: count.describe('Approvals that were read, newest first, also those that a grant approved'),
  cut: z.boolean().describe('True where there are more, older ones in the window'),
  total: z.strictObject(figures),
  rules: z
    .array(z.strictObject({ rule: z.string(), ...figures }))
    .describe('An approval counts under each rule that held it'),
  risks: z.array(z.strictObject({ risk: z.enum(['low', 'medium', 'high', 'critical']), ...figures })),
  approvers: z.array(
    z.strictObject({
      by: z.string(),
      votes: count,
      approved: count,
      denied: count,
      median_ms: ms.describe('From opening to the vote, ms'),
      under_5s: share,
    }),
  ),
  agents: z.array(
    z.strictObject({
      agent: z.string(),
      held: count,
      put_off: count.describe('Messages that waited because of notify_limits; whole days (UTC)'),
    }),
  ),
  suggestions: z
    .array(z.strictObject({ rule: z.string(), approved: count, text: z.string() }))
    .describe('Rules that were always approved, at least 20 times'),
});

export interface InsightsInput {
  readonly window: string;
}

export const insightsQuerySchema: z.ZodType<InsightsInput> = z.strictObject({
  window: z
    .string()
    .refine((value) => parseWindow(value) !== undefined, `expected ${WINDOW_WORDS}`)
    .default('7d')
    .describe('How far back: a duration from `1m` to `30d`'),
});
