// The shapes of grants in the API; see schemas.ts.
import { z } from 'zod';
import { COVERS } from '../core/policy/grant-terms.ts';
import { parseDuration } from '../core/duration.ts';

const text = z.string();
const time = z.iso.datetime().describe('RFC 3339, UTC');
const covers = z
  .enum(COVERS)
  .describe(
    '`call`: exactly the same call; `targets`: the same actions on the same resources; `actions`: the same actions',
  );
const people = z
  .array(z.strictObject({ by: text, groups: z.array(text) }))
  .describe('Who gave it, with their groups then');

/** `GrantOfferView` of core/approval/view.ts. */
export const grantOfferSchema: z.ZodType = z.strictObject({
  for: z.int().describe('ms that can be granted at most, from the deciding vote on'),
  uses: z.int(),
  covers,
  words: text.describe('What would be granted, in one sentence'),
});

/** `GrantedByView` of core/approval/view.ts. */
export const grantedBySchema: z.ZodType = z.strictObject({
  grant: text,
  approval_id: text.describe('Where the votes are that gave it'),
  people,
  until: time,
  use: z.int().describe('Which use of the grant this was, from 1'),
  words: text,
});

export const grantSchema: z.ZodType = z.strictObject({
  id: text,
  status: z.enum(['standing', 'spent', 'revoked', 'over']),
  words: text.describe('What is granted, in one sentence; names in it are text of the agent'),
  approval_id: text.describe('Where the votes are that gave it'),
  agent: text,
  owner: text,
  upstream: text,
  rules: z.array(text),
  covers,
  people,
  made_at: time,
  until: time,
  uses: z.int(),
  used: z.int().describe('Uses that are counted; one that a crash cut off counts too'),
  revoked: z.strictObject({ by: text, at: time, why: text }).nullable(),
});

export const grantListSchema: z.ZodType = z.strictObject({ items: z.array(grantSchema) });

/** Of a vote: `true` for all that is offered, or a duration. */
export const askedGrantSchema: z.ZodType<string | true> = z
  .union([
    z.literal(true),
    z.string().refine((value) => (parseDuration(value) ?? 0) > 0, 'expected a duration like 1h or 30m'),
  ])
  .describe(
    'With an approval: for how long calls like this one are not asked again, like `1h`, or `true` for all of `grant_offer`',
  );
