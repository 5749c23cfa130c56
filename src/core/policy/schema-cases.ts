// Policy tests as data (`policies/tests/*.yaml`): a call or an action, and what the policy has to make of it.
import { z } from 'zod';
import type { ActionLevel, BoundaryPlace } from '../action.ts';
import { SQL_SERVICES, UPSTREAM_KINDS } from '../upstream.ts';
import {
  cidr,
  closed,
  duration,
  mapOf,
  method,
  nonEmpty,
  oneOrMany,
  text,
  unknownName,
  word,
} from './schema-leaves.ts';
import { EFFECTS, GRANT_COVERS, LEVELS, PLACES, RISKS, TAGS } from './schema-words.ts';
import type { DecisionReason, Effect, GrantCovers, Risk } from './types.ts';

export interface CaseAgent {
  readonly id: string;
  readonly owner?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly acts_for?: readonly string[];
}

export interface CaseCall {
  readonly method?: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, readonly string[]>>;
  readonly body?: unknown;
  readonly body_base64?: string;
}

export interface CaseAction {
  readonly name: string;
  readonly level?: ActionLevel;
  readonly tags?: readonly string[];
  readonly resource?: Readonly<Record<string, string>>;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly boundary?: BoundaryPlace;
}

export interface CaseQuorum {
  readonly rule?: string;
  readonly approvals?: number;
  readonly from?: readonly string[];
}

/** `for` in ms; what is left out is not compared. */
export type CaseGrant = 'none' | { readonly for?: number; readonly uses?: number; readonly covers?: GrantCovers };

export interface CaseExpectation {
  readonly effect: Effect;
  readonly reason?: DecisionReason;
  readonly rules?: readonly string[];
  readonly quorums?: readonly CaseQuorum[];
  readonly risk?: Risk;
  readonly observed?: Effect;
  /** What people are offered to grant with their approval. */
  readonly grant?: CaseGrant;
  /** Names of cases of the file: a grant given with such a call lets this one through, or does not. */
  readonly covered_by?: readonly string[];
  readonly not_covered_by?: readonly string[];
}

export interface PolicyCase {
  readonly name: string;
  readonly call?: CaseCall;
  readonly action?: CaseAction;
  readonly agent?: string | CaseAgent;
  readonly upstream?: string;
  readonly source?: string;
  readonly time?: string;
  /** By dataset. */
  readonly usage?: Readonly<Record<string, { readonly bytes_out?: number; readonly rows_out?: number }>>;
  readonly expect: CaseExpectation;
}

export interface PolicyCases {
  readonly version: 1;
  readonly policies?: readonly string[];
  readonly default?: Effect;
  readonly kind?: string;
  readonly cases: readonly PolicyCase[];
}

const REASONS: readonly DecisionReason[] = ['rule', 'default', 'ambiguous', 'unreadable-body', 'evaluation-error'];
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

const labels = mapOf(z.string(), () => undefined);
const words = oneOrMany(text(nonEmpty));

const agent = closed({
  id: text(nonEmpty).describe('Id of the agent.'),
  owner: text(nonEmpty).exactOptional().describe('E-mail of the human who answers for it.'),
  labels: labels.exactOptional().describe('Its labels.'),
  acts_for: words.exactOptional().describe('Humans on whose behalf it runs.'),
});

const call = closed({
  method: method.exactOptional().describe('HTTP method; GET if left out.'),
  url: text(nonEmpty).describe('Absolute URL as the upstream sees it; read as written, never normalised.'),
  headers: mapOf(oneOrMany(z.string()), () => undefined)
    .exactOptional()
    .describe('Header fields: name → value or list of values.'),
  body: z.unknown().exactOptional().describe('A text is sent as it is; a map or list is sent as JSON.'),
  body_base64: z.base64('expected base64').exactOptional().describe('The body as bytes, instead of `body`.'),
});

const action = closed({
  name: text(nonEmpty).describe('Name of the action.'),
  level: word('level', LEVELS).exactOptional().describe('Its access level; `unknown` if left out.'),
  tags: oneOrMany(word('tag', TAGS)).exactOptional().describe('What it is marked with.'),
  resource: labels.exactOptional().describe('What it is done to.'),
  params: z.record(z.string(), z.unknown()).exactOptional().describe('Its parameters.'),
  boundary: word('place', PLACES).exactOptional().describe('Where it stands to the boundary of the upstream.'),
});

const amount = z.int().min(0, 'must not be negative').exactOptional();

const usage = mapOf(
  closed({
    bytes_out: amount.describe('Bytes.'),
    rows_out: amount.describe('Rows.'),
  }),
  nonEmpty,
);

const expectation = closed({
  effect: word('effect', EFFECTS).describe('The effect.'),
  reason: word('reason', REASONS).exactOptional().describe('Why.'),
  rules: z.array(z.string()).exactOptional().describe('Exactly the rules that made the effect, in any order.'),
  quorums: z
    .array(
      closed({
        rule: z.string().exactOptional().describe('The rule that asks for it.'),
        approvals: z.int().min(1).exactOptional().describe('How many distinct humans.'),
        from: z.array(z.string()).exactOptional().describe('Out of whom; an empty list for everyone in people.'),
      }),
    )
    .exactOptional()
    .describe('Exactly the quorums of the hold, in any order; what one leaves out is not compared.'),
  risk: word('risk', RISKS).exactOptional().describe('The risk of the hold.'),
  observed: word('effect', EFFECTS).exactOptional().describe('What observe rules would have made of it.'),
  grant: z
    .union([
      word('value', ['none'] as const),
      closed({
        for: duration.exactOptional().describe('For how long at most.'),
        uses: z.int().min(1, 'a grant has at least 1 use').exactOptional().describe('How often.'),
        covers: word('value', GRANT_COVERS).exactOptional().describe('Which calls.'),
      }),
    ])
    .exactOptional()
    .describe('What people may grant with their approval of this very call, or `none`; `{}` for anything.'),
  covered_by: words
    .exactOptional()
    .describe('Names of cases of this file: who grants such a call all that is offered lets this one through.'),
  not_covered_by: words
    .exactOptional()
    .describe('Names of cases of this file: a grant given with such a call leaves this one to people.'),
});

const policyCase: z.ZodType<PolicyCase> = closed({
  name: text(nonEmpty).describe('What is shown, as a sentence.'),
  call: call.exactOptional().describe('An HTTP call; a case has this or `action`.'),
  action: action.exactOptional().describe('An action, whatever call it comes from; a case has this or `call`.'),
  agent: z
    .union([text(nonEmpty), agent])
    .exactOptional()
    .describe('Who calls: an id or a whole agent.'),
  upstream: text(nonEmpty).exactOptional().describe('Id of the upstream.'),
  source: cidr
    .transform((value) => value.replace(/\/\d+$/, ''))
    .exactOptional()
    .describe("Address of the agent's end of the connection; 127.0.0.1 if left out."),
  time: text((value) =>
    INSTANT.test(value) && !Number.isNaN(Date.parse(value))
      ? undefined
      : `"${value}" is not an instant; expected one like 2026-01-31T09:00:00Z`,
  )
    .exactOptional()
    .describe('When, with zone or Z; noon UTC on Wednesday, 7 January 2026, if left out.'),
  usage: usage
    .exactOptional()
    .describe('What went out to the agent before, by dataset, in whatever window; nothing of what is left out.'),
  expect: z
    .union([word('effect', EFFECTS).transform((effect) => ({ effect })), expectation])
    .describe('The effect, or a map that says more.'),
});

/** Kinds that need no document beside them. */
function kindFault(value: string): string | undefined {
  const kinds = [...UPSTREAM_KINDS, ...SQL_SERVICES.map((service) => `sql-over-http:${service}`)];
  return kinds.includes(value) ? undefined : unknownName('kind', value, kinds);
}

const policyCases: z.ZodType<PolicyCases> = closed({
  version: z.literal(1, 'expected version 1').describe('Version of the test language.'),
  policies: oneOrMany(text(nonEmpty))
    .exactOptional()
    .describe('Files or folders that are tested, from the folder of this file; its parent folder if left out.'),
  default: word('effect', EFFECTS).exactOptional().describe('Effect where no rule matches; `hold` if left out.'),
  kind: text(kindFault)
    .exactOptional()
    .describe('Read every call as one to an upstream of this kind; by its host if left out.'),
  cases: z.array(policyCase).min(1, 'a test file needs at least one case').describe('The cases.'),
});

export type CasesReading =
  | { readonly ok: true; readonly cases: PolicyCases }
  | { readonly ok: false; readonly issues: readonly z.core.$ZodIssue[] };

/** Reads plain data as a file of policy tests; all issues at once. */
export function readCases(value: unknown): CasesReading {
  const result = policyCases.safeParse(value);
  return result.success ? { ok: true, cases: result.data } : { ok: false, issues: result.error.issues };
}

/** JSON Schema (2020-12) of a file of policy tests, for editors. */
export function casesJsonSchema(): object {
  return { title: 'Holdgate policy tests', ...z.toJSONSchema(policyCases, { io: 'input' }) };
}
