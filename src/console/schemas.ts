// The shapes of the API, once: requests are validated by them, the OpenAPI document is generated from them, and tests hold the
// answers against them.
import { z } from 'zod';
import { STATUSES, type Status } from '../core/approval/state.ts';
import { parseWindow, WINDOW_WORDS } from '../core/usage/usage-window.ts';
import { askedGrantSchema, grantedBySchema, grantOfferSchema } from './grant-schemas.ts';
import type { Vote } from '../core/approval/events.ts';

const text = z.string();
const time = z.iso.datetime().describe('RFC 3339, UTC');
const sha = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hex digits')
  .describe('SHA-256, lower-case hex');
const risk = z.enum(['low', 'medium', 'high', 'critical']);

const action = z.strictObject({
  provider: text,
  service: text,
  operation: text,
  name: text,
  level: z.enum(['read', 'list', 'write', 'tagging', 'permissions-management', 'unknown']),
  levelSource: z.enum(['catalogue', 'override', 'rule', 'heuristic']),
  tags: z.array(text),
  resource: z.strictObject({
    type: text.optional(),
    id: text.optional(),
    arn: text.optional(),
    namespace: text.optional(),
    region: text.optional(),
    account: text.optional(),
  }),
  params: z.record(text, z.unknown()),
  summary: text,
  confidence: z.enum(['exact', 'ambiguous', 'unknown']),
  boundary: z.enum(['inside', 'outside', 'unknown']).optional().describe('Only where the upstream has a boundary'),
  boundaryEvidence: text.optional().describe('What makes it outside or unknown'),
});

const flag = z.strictObject({
  id: text,
  severity: risk,
  title: text,
  evidence: text.describe('Where it stands, and the exact value: text of the agent'),
});

const preview = z.strictObject({
  outcome: z.enum(['shown', 'failed', 'none']),
  note: text.describe('How it was found out, or why not'),
  changes: z.array(z.strictObject({ path: text, before: text.nullable(), after: text.nullable() })),
  facts: z.array(z.strictObject({ name: text, value: text })),
  cut: z.boolean().describe('True where more would change than is listed'),
  requests: z.array(text).describe('The calls that Holdgate made for it'),
});

const context = z.strictObject({
  recent_calls: z.array(z.strictObject({ at: time, call: text, effect: text, status: z.int() })),
  earlier_approvals: z.array(z.strictObject({ id: text, at: time, summary: text, status: z.enum(STATUSES) })),
  open_approvals: z.int().describe('Open approvals of this agent, this one included'),
  preview,
});

const approvalMembers = {
  id: text,
  status: z.enum(STATUSES),
  digest: sha.describe('SHA-256 of the call; a vote repeats it'),
  agent: text,
  owner: text,
  acts_for: z.array(text).describe('Humans on whose behalf the agent asks; none of them may vote'),
  access_key: text.nullable().describe('Id of the access key of this gate that signed the call'),
  upstream: text,
  method: text,
  url: text,
  actions: z.array(action),
  summary: text,
  rules: z.array(text),
  reason: z.enum(['rule', 'default', 'ambiguous', 'unreadable-body', 'evaluation-error']),
  detail: text.describe('Words of the rule that held the call'),
  risk,
  required: z.array(
    z.strictObject({ rule: text, approvals: z.int(), from: z.array(text), have: z.int().describe('Approvals so far') }),
  ),
  escalated_at: time.nullable().describe('When others were asked too; `required` names them'),
  votes: z.array(
    z.strictObject({ by: text, vote: z.enum(['approve', 'deny']), reason: text.nullable(), at: time, channel: text }),
  ),
  grant_offer: grantOfferSchema.nullable().describe('What can be granted with an approval; null for nothing'),
  granted_by: grantedBySchema.nullable().describe('The grant that approved it; null where people were asked'),
  flags: z.array(flag).describe('What to look at twice, worst first'),
  context: context.nullable().describe('What was looked up after the call was held; null until then'),
  justification: text.nullable().describe("The agent's own words; nobody checked them"),
  justification_verified: z.literal(false),
  body_size: z.int(),
  uninspected: text.nullable().describe('Why policy could not read the body'),
  created_at: time,
  expires_at: time,
  time_left: z.int().describe('ms; 0 once no vote counts any more'),
  decision_id: text,
  policy_digest: text,
  why: text.nullable(),
  result: z.strictObject({ http_status: z.int().nullable(), at: time }).nullable(),
  delivered_at: time.nullable(),
  annotation: z.strictObject({ by: text, outcome: z.enum(['done', 'not_done']), note: text }).nullable(),
  receipt_id: text.nullable(),
};

const bytes = {
  size: z.int().describe('Bytes in all, whatever is shown'),
  encoding: z.enum(['utf8', 'base64']),
  text,
  truncated: z.boolean().describe('True if `text` is only the beginning'),
};

/** `ApprovalView` of core/approval/view.ts. */
export const approvalSchema: z.ZodType = z.strictObject(approvalMembers);

/** Approvals that differ in values only. */
export const similarSchema: z.ZodType = z.strictObject({
  approval: approvalSchema,
  similar: z.array(
    z.strictObject({
      approval: approvalSchema,
      differs: z.array(z.strictObject({ place: text, value: text })),
    }),
  ),
});

/** One approval with everything that a voter needs. */
export const approvalDetailSchema: z.ZodType = z.strictObject({
  ...approvalMembers,
  call: z
    .strictObject({
      method: text,
      url: text,
      headers: z.array(z.tuple([text, text])),
      body: z.strictObject({ ...bytes, sha256: sha, decoded: z.strictObject(bytes).nullable() }),
    })
    .nullable()
    .describe('The exact call as it will be sent; null once it is no longer kept'),
  can_vote: z.strictObject({
    allowed: z.boolean(),
    votes: z.array(z.enum(['approve', 'deny'])),
    why: text.nullable(),
  }),
});

export const approvalListSchema: z.ZodType = z.strictObject({
  items: z.array(z.strictObject(approvalMembers)),
  next: text.nullable().describe('Cursor of the next page; null on the last'),
});

export interface ListInput {
  readonly status?: Status | 'open' | undefined;
  readonly agent?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export const listQuerySchema: z.ZodType<ListInput> = z.strictObject({
  status: z
    .enum(['open', ...STATUSES])
    .optional()
    .describe('`open`: whatever is not final'),
  agent: z.string().min(1).max(200).optional(),
  limit: z
    .string()
    .regex(/^[1-9]\d{0,2}$/, 'expected a whole number from 1 to 200')
    .transform(Number)
    .pipe(z.int().min(1).max(200))
    .default(50),
  cursor: z.string().min(1).max(512).optional().describe('`next` of the previous page'),
});

export interface UsageInput {
  readonly window: string;
  readonly agent?: string | undefined;
  readonly dataset?: string | undefined;
}

export const usageQuerySchema: z.ZodType<UsageInput> = z.strictObject({
  window: z
    .string()
    .refine((value) => parseWindow(value) !== undefined, `expected ${WINDOW_WORDS}`)
    .default('24h')
    .describe('How far back: a duration from `1m` to `30d`'),
  agent: z.string().min(1).max(200).optional(),
  dataset: z.string().min(1).max(200).optional().describe('A label, or the id of an upstream'),
});

const usageAmount = z.strictObject({
  agent: text,
  upstream: text,
  dataset: text.describe('A label, or the id of the upstream for all of its calls'),
  bytes_out: z.int(),
  rows_out: z.int().describe('Where the protocol says how many'),
});

export const usageSchema: z.ZodType = z.strictObject({
  window: text,
  items: z.array(usageAmount),
  cut: z.boolean().describe('True where there is more than is listed'),
});

export interface ShowInput {
  readonly body: 'head' | 'full';
}

export const showQuerySchema: z.ZodType<ShowInput> = z.strictObject({
  body: z.enum(['head', 'full']).default('head').describe('`head`: at most the first 64 KiB of the body'),
});

export interface VoteBody {
  readonly vote: Vote;
  readonly reason?: string | undefined;
  readonly digest: string;
  /** A duration. */
  readonly grant?: string | true | undefined;
}

export const voteBodySchema: z.ZodType<VoteBody> = z.strictObject({
  vote: z.enum(['approve', 'deny']),
  reason: z.string().max(2000).optional().describe('Required to deny; the agent is told'),
  digest: sha.describe('Digest of the call that was looked at'),
  grant: askedGrantSchema.optional(),
});

export interface AnnotationBody {
  readonly outcome: 'done' | 'not_done';
  readonly note: string;
}

export const annotationBodySchema: z.ZodType<AnnotationBody> = z.strictObject({
  outcome: z.enum(['done', 'not_done']).describe('What the send turned out to have done'),
  note: z.string().min(1).max(2000).describe('How it was found out'),
});

export const receiptSchema: z.ZodType = z.strictObject({ receipt: text.describe('Compact JWS (RFC 7515)') });
export const keysSchema: z.ZodType = z.strictObject({ keys: z.array(z.record(text, z.unknown())) });
export const meSchema: z.ZodType = z.strictObject({ email: text, groups: z.array(text) });
export interface LinkBody {
  readonly code: string;
}
export const linkBodySchema: z.ZodType<LinkBody> = z.strictObject({
  code: z.string().min(1).max(64).describe('As the channel showed it'),
});
export const linkSchema: z.ZodType = z.strictObject({ channel: text, workspace: text, account: text });
export const unlinkedSchema: z.ZodType = z.strictObject({ items: z.array(linkSchema) });
export const healthSchema: z.ZodType = z.strictObject({ status: z.literal('ok') });
export const readySchema: z.ZodType = z.strictObject({ ready: z.boolean(), checks: z.record(text, text) });

/** RFC 9457 with Holdgate's members. */
export const problemSchema: z.ZodType = z.looseObject({
  type: z.url(),
  title: text,
  status: z.int(),
  detail: text,
  reason: text.describe('Machine-readable cause'),
  retryable: z.boolean(),
});
