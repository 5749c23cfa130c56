// The policy file as zod types: the one source of what is accepted, of the JSON Schema for editors and of the keys in
// docs/policy.md. Reading makes lists uniform and turns units into numbers; checks across keys are in parse-checks.ts.
import { z } from 'zod';
import type { Block, RuleHold } from './ast.ts';
import {
  approver,
  destination,
  cidr,
  closed,
  duration,
  hostGlob,
  mapOf,
  method,
  nonEmpty,
  oneOrMany,
  pathGlob,
  pointerFault,
  scalar,
  text,
  textGlob,
  when,
  word,
} from './schema-leaves.ts';
import { timeWindow } from './schema-time.ts';
import { MAX_GRANT, MAX_USES } from './grant-terms.ts';
import { EFFECTS, GRANT_COVERS, LEVELS, MODES, ON_ABSENT, PLACES, RISKS, TAGS } from './schema-words.ts';
import type { Effect, Mode, Risk } from './types.ts';

/** A rule as its file says it: what the file leaves out is still absent. */
export interface RuleSource {
  readonly id: string;
  readonly description?: string;
  readonly match: readonly Block[];
  readonly except?: readonly Block[];
  readonly when?: string;
  readonly effect: Effect;
  readonly mode?: Mode;
  readonly hold?: RuleHold;
  readonly risk?: Risk;
  readonly websocket?: boolean;
}

export interface PolicySource {
  readonly version: 1;
  readonly name?: string;
  readonly owner?: string;
  readonly mode?: Mode;
  readonly rules: readonly RuleSource[];
}

/** How many approvals one rule may ask for: more is a typing mistake, not a policy. */
const MAX_APPROVALS = 100;
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

const anyName = (): undefined => undefined;
const headerName = (key: string): string | undefined => (TOKEN.test(key) ? undefined : `"${key}" is not a header name`);

const headers = mapOf(oneOrMany(scalar), headerName)
  .superRefine((map, context) => {
    const names = Object.keys(map).map((name) => name.toLowerCase());
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice === undefined) return;
    context.addIssue({
      code: 'custom',
      message: `the header "${twice}" stands here twice: names are case-insensitive`,
    });
  })
  .transform((map) => Object.fromEntries(Object.entries(map).map(([name, value]) => [name.toLowerCase(), value])));

const body = closed({
  form: mapOf(oneOrMany(scalar), anyName)
    .exactOptional()
    .describe('Fields of a form body (urlencoded or multipart): name → glob or value.'),
  json: mapOf(oneOrMany(scalar), pointerFault)
    .exactOptional()
    .describe('Places in a JSON body: JSON pointer (RFC 6901) → glob or value.'),
}).refine((value) => value.form !== undefined || value.json !== undefined, {
  message: '`body` needs `form` or `json`',
});

const resource = closed({
  type: oneOrMany(textGlob).exactOptional().describe('Kind of the resource.'),
  id: oneOrMany(textGlob).exactOptional().describe('Name or id of the resource.'),
  arn: oneOrMany(textGlob).exactOptional().describe('Amazon resource name.'),
  namespace: oneOrMany(textGlob).exactOptional().describe('Kubernetes namespace, schema or organisation.'),
  region: oneOrMany(textGlob).exactOptional().describe('Region in which the resource lives.'),
  account: oneOrMany(textGlob).exactOptional().describe('Account, project or subscription.'),
}).refine((value) => Object.keys(value).length > 0, { message: '`resource` must not be empty' });

const block: z.ZodType<Block> = closed({
  agent: oneOrMany(textGlob).exactOptional().describe('Id of the agent.'),
  owner: oneOrMany(textGlob).exactOptional().describe('E-mail of the human who answers for the agent.'),
  labels: mapOf(oneOrMany(textGlob), anyName).exactOptional().describe('Labels of the agent: name → glob.'),
  upstream: oneOrMany(textGlob).exactOptional().describe('Id of the upstream.'),
  host: oneOrMany(hostGlob).exactOptional().describe('Host that the upstream sees; case-insensitive.'),
  method: oneOrMany(method).exactOptional().describe('HTTP method, upper-case.'),
  path: oneOrMany(pathGlob).exactOptional().describe('Path that the upstream sees (mount removed), without the query.'),
  query: mapOf(oneOrMany(scalar), anyName).exactOptional().describe('Query parameters: name → glob or value.'),
  header: headers.exactOptional().describe('Header fields: name → glob or value; names are case-insensitive.'),
  body: body.exactOptional().describe('Fields of the body; the call is then read whole before it is decided.'),
  action: oneOrMany(textGlob).exactOptional().describe('Name of the action, like `aws:iam:AttachRolePolicy`.'),
  level: oneOrMany(word('level', LEVELS)).exactOptional().describe('Access level of the action.'),
  tags: oneOrMany(word('tag', TAGS)).exactOptional().describe('What the action is marked with.'),
  resource: resource.exactOptional().describe('What the action is done to: property → glob.'),
  boundary: oneOrMany(word('place', PLACES))
    .exactOptional()
    .describe('Where the action stands to the `boundary` of its upstream: `inside`, `outside` or `unknown`.'),
  time: oneOrMany(timeWindow).exactOptional().describe('Time windows in which the rule applies.'),
  source: oneOrMany(cidr).exactOptional().describe("Address ranges of the agent's end of the connection."),
  when: when.exactOptional().describe('CEL expression over the same facts; true means that it matches.'),
}).meta({ id: 'criteria', description: 'A conjunction of criteria: every one that is there has to match.' });

const hold: z.ZodType<RuleHold> = closed({
  approvals: z
    .int()
    .min(1, 'at least 1 approval is needed: a rule that needs none is `effect: allow`')
    .max(MAX_APPROVALS, `at most ${MAX_APPROVALS} approvals can be asked for`)
    .exactOptional()
    .describe('How many distinct humans have to approve.'),
  from: oneOrMany(approver)
    .exactOptional()
    .describe('Who may vote: `group:<name>`, `oncall:<name>` or an e-mail address; everyone in `people` if left out.'),
  expires: duration.exactOptional().describe('How long the approval stays open.'),
  wait: duration.exactOptional().describe("How long the agent's connection is kept waiting."),
  deny_memory: duration.exactOptional().describe('How long a denial answers the same call again.'),
  replay_window: duration.exactOptional().describe('How long the response of an executed call is kept for a retry.'),
  on_absent: word('value', ON_ABSENT)
    .exactOptional()
    .describe('What an approval does when the agent has hung up: `wait` for a retry, `execute` at once, or `cancel`.'),
  escalate: closed({
    after: duration.describe('How long nobody has decided.'),
    to: oneOrMany(approver).describe('Who may vote as well from then on, and is told.'),
  })
    .exactOptional()
    .describe('Whom to ask as well when nobody decides.'),
  notify: oneOrMany(destination)
    .exactOptional()
    .describe(
      'Where it is shown: `slack:…`, `teams:…` or `webhook:…`; what `notify` in holdgate.yaml says if left out.',
    ),
  nudge: duration.exactOptional().describe('How long after which those who may vote are reminded.'),
  grant: closed({
    for: duration
      .refine((ms) => ms <= MAX_GRANT, 'a grant lasts 24h at most')
      .describe('How long a grant lasts from the deciding vote on, at most `24h`.'),
    uses: z
      .int()
      .min(1, 'a grant has at least 1 use')
      .max(MAX_USES, `a grant has at most ${MAX_USES} uses`)
      .exactOptional()
      .describe('How often it lets a call through; 20 if left out.'),
    covers: word('value', GRANT_COVERS)
      .exactOptional()
      .describe(
        '`call`: exactly the same call (if left out); `targets`: the same actions on the same resources; `actions`: the same actions.',
      ),
  })
    .exactOptional()
    .describe(
      'What people may grant as they approve: that calls like this one are not asked again for a time. Never with `risk: critical`.',
    ),
})
  .refine((value) => Object.keys(value).length > 0, { message: '`hold` must not be empty' })
  .meta({ id: 'hold' });

const RULE_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

const rule: z.ZodType<RuleSource> = closed({
  id: text((value) =>
    RULE_ID.test(value) ? undefined : `"${value}" is not a rule id; expected letters, digits and . _ -, at most 100`,
  )
    .meta({ pattern: RULE_ID.source })
    .describe('Name of the rule, unique in its file; decisions and receipts carry it.'),
  description: text(nonEmpty)
    .exactOptional()
    .describe('What the rule is for, in words for approvers, auditors and the agent.'),
  match: oneOrMany(block).describe('The calls that the rule is about: one block of criteria, or a list (any of them).'),
  except: oneOrMany(block)
    .exactOptional()
    .describe('Calls that it is not about after all: same keys as `match`, one block or a list (any of them).'),
  when: when.exactOptional().describe('CEL expression, a further criterion of every `match` block.'),
  effect: word('effect', EFFECTS).describe(
    'What happens to the call. The strictest effect of all matching rules wins.',
  ),
  mode: word('mode', MODES).exactOptional().describe('`observe` records what would happen and lets it pass.'),
  hold: hold.exactOptional().describe('Terms of the hold; what is left out comes from `hold:` in holdgate.yaml.'),
  risk: word('risk', RISKS).exactOptional().describe('What approvers are told about the risk.'),
  websocket: z
    .boolean()
    .exactOptional()
    .describe('Lets the call upgrade to a WebSocket, which is then tunnelled unread.'),
}).meta({ id: 'rule' });

const policyFile: z.ZodType<PolicySource> = closed({
  version: z.literal(1, 'expected version 1').describe('Version of the policy language.'),
  name: text(nonEmpty).exactOptional().describe('Name of the policy; the name of the file if left out.'),
  owner: text(nonEmpty).exactOptional().describe('Who answers for this policy: a team or a person.'),
  mode: word('mode', MODES).exactOptional().describe('Mode of the rules that name none; `enforce` if left out.'),
  rules: z.array(rule).min(1, 'a policy needs at least one rule').describe('The rules; their order has no meaning.'),
});

export type PolicyReading =
  | { readonly ok: true; readonly policy: PolicySource }
  | { readonly ok: false; readonly issues: readonly z.core.$ZodIssue[] };

/** Reads plain data as a policy file; all issues at once. */
export function readPolicy(value: unknown): PolicyReading {
  const result = policyFile.safeParse(value);
  return result.success ? { ok: true, policy: result.data } : { ok: false, issues: result.error.issues };
}

/** JSON Schema (2020-12) of a policy file, for editors. */
export function policyJsonSchema(): object {
  return { title: 'Holdgate policy', ...z.toJSONSchema(policyFile, { io: 'input' }) };
}
