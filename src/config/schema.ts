// holdgate.yaml as zod types: the one source of what is accepted, of the defaults, of the JSON Schema for editors and of the
// key table in docs/configuration.md. Checks across keys are in cross-checks.ts.
import { z } from 'zod';
import { approver, closed, duration, word } from '../core/policy/schema-leaves.ts';
import { EFFECTS, ON_ABSENT } from '../core/policy/schema-words.ts';
import type { TimeWindow } from '../core/policy/ast.ts';
import type { Effect, OnAbsent } from '../core/policy/types.ts';
import {
  agentId,
  baseUrl,
  email,
  groupName,
  hostName,
  listenAddress,
  mount,
  plainText,
  sha256Hex,
  size,
  trustedUrl,
  upstreamId,
} from './leaves.ts';
import { boundary } from './boundary-schema.ts';
import { datasets } from './dataset-schema.ts';
import { type PreviewSource, preview } from './preview-schema.ts';
import { type StoreSource, store } from './store-schema.ts';
import { channels, type ChannelsSource, notify, type NotifySource } from './channel-schema.ts';
import { JWT_ALGORITHMS } from './jwt-algorithms.ts';
import { type OnCallSource, onCall } from './on-call-schema.ts';
import { type SignInSource, signIn } from './sign-in-schema.ts';
import { type CredentialSource, credential } from './credential-schema.ts';
import type { AgentConfig, BearerHash, Config, HoldDefaults } from './types.ts';
import type { Upstream } from '../core/upstream.ts';
import { type KindSource, kind } from './kind-schema.ts';
import { workerCount } from './worker-count.ts';
import {
  heldRate,
  notifyLimits,
  type NotifyLimitsSource,
  quietHours,
  type RateSource,
  workingHours,
} from './attention-schema.ts';
import type { QuietTime } from '../core/attention.ts';

type Hashes = readonly BearerHash[];

/** An upstream as the file says it. */
export interface UpstreamSource {
  readonly base: string;
  readonly kind?: KindSource | undefined;
  readonly mount?: string | undefined;
  readonly hosts: readonly string[];
  readonly credential?: CredentialSource | undefined;
  readonly agent_credentials?: Upstream['agent_credentials'] | undefined;
  readonly boundary?: Upstream['boundary'];
  readonly datasets?: Upstream['datasets'];
  readonly preview?: PreviewSource | undefined;
  readonly allow_private: boolean;
  readonly ca?: string | undefined;
  readonly wait?: number | undefined;
  readonly timeouts: Upstream['timeouts'];
}

/** The file as read: defaults filled in, units turned into ms and bytes; paths and secrets still as written. */
export interface ConfigSource {
  readonly version: 1;
  readonly listen: { readonly proxy: string; readonly console: string };
  readonly store: StoreSource;
  readonly data_dir: string;
  readonly workers: number | 'auto';
  readonly keys?: { readonly dir: string } | undefined;
  readonly policies: readonly string[];
  readonly default: Effect;
  readonly hold: Omit<HoldDefaults, 'max_held_per_agent'> & { readonly max_held_per_agent: RateSource };
  readonly limits: Config['limits'];
  readonly agents: readonly (Omit<AgentConfig, 'wait' | 'max_open' | 'max_held'> & {
    readonly wait?: number | undefined;
    readonly max_open?: number | undefined;
    readonly max_held?: RateSource | undefined;
  })[];
  readonly issuers: readonly IssuerSource[];
  readonly people: readonly {
    readonly email: string;
    readonly groups: readonly string[];
    readonly credentials: Hashes;
  }[];
  readonly upstreams: Readonly<Record<string, UpstreamSource>>;
  readonly sign_in: SignInSource;
  readonly on_call: OnCallSource;
  readonly channels: ChannelsSource;
  readonly notify: NotifySource;
  readonly quiet_hours: readonly QuietTime[];
  readonly notify_limits: NotifyLimitsSource;
  readonly working_hours: readonly TimeWindow[];
  readonly log: Config['log'];
  readonly public_url?: string | undefined;
}

interface IssuerSource {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: readonly string[];
  readonly jwks_uri?: string | undefined;
  readonly jwks_file?: string | undefined;
  readonly claims: {
    readonly id: string;
    readonly owner?: string | undefined;
    readonly acts_for?: string | undefined;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly owner?: string | undefined;
}

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
const UPSTREAM_AUTH = ['strip', 'pass'] as const;

const count = (least: number, most: number): z.ZodType<number, number> =>
  z
    .int({
      error: (issue) => (issue.input === undefined ? undefined : `expected a whole number from ${least} to ${most}`),
    })
    .min(least, `must be at least ${least}`)
    .max(most, `must be at most ${most}`);

const credentials = z
  .array(closed({ bearer_sha256: sha256Hex.describe('SHA-256 of the whole credential (`hg_…`), lower-case hex.') }))
  .default([])
  .describe('Credentials, by hash; several allow rotation without a gap.');

const labels = z.record(z.string(), plainText);

const listen = closed({
  proxy: listenAddress
    .default('127.0.0.1:8080')
    .describe('Where agents connect: an IP address or localhost, and a port.'),
  console: listenAddress
    .default('127.0.0.1:8081')
    .describe(
      'Where people, Prometheus and health checks connect: API, /metrics, /healthz, /readyz. Port 0 takes a free one.',
    ),
});

const hold = closed({
  approvals: count(1, 100).default(1).describe('How many distinct people have to approve.'),
  from: z
    .array(approver)
    .default([])
    .describe('Who may approve: `group:<name>` or an e-mail address. Empty: everyone in `people`.'),
  wait: duration
    .prefault('55s')
    .describe('How long a held call keeps its connection before it is answered "try again".'),
  max_wait: duration.prefault('10m').describe('Upper bound for `Prefer: wait=N` of the agent.'),
  expires: duration.prefault('15m').describe('How long people have to decide.'),
  deny_memory: duration.prefault('15m').describe('How long a repeated call is refused at once after a denial.'),
  replay_window: duration
    .prefault('10m')
    .describe('How long a response that was not delivered whole is kept for the agent to come back.'),
  max_open_per_agent: count(1, 100_000).default(50).describe('Open approvals that one agent may have.'),
  max_open: count(1, 1_000_000).default(10_000).describe('Open approvals in all.'),
  max_held_per_agent: heldRate
    .prefault('none')
    .describe(
      'Calls of one agent that may come to be held, `{calls: 200, per: 1h}`; more are refused. `none`: any number.',
    ),
  nudge: duration.prefault('5m').describe('How long until those who may vote are reminded, where they can be told.'),
  on_absent: word<OnAbsent>('value', ON_ABSENT)
    .default('wait')
    .describe('Approved while no connection waits: `wait` until the agent comes back, `execute` at once, or `cancel`.'),
});

const limits = closed({
  inspect_body: size.prefault('1MiB').describe('Largest body that policy reads.'),
  hold_body: size.prefault('1MiB').describe('Largest body of a call that is held.'),
  signed_body: size
    .prefault('16MiB')
    .describe('Largest body that is read whole because the AWS signature of an agent covers it.'),
  replay_body: size.prefault('1MiB').describe('Largest response that is kept for replay.'),
  headers: size.prefault('32KiB').describe('Largest header section of a call.'),
  connections: count(1, 1_000_000).default(20_000).describe('Connections of agents at the same time.'),
  headers_timeout: duration.prefault('10s').describe('Time for the whole header section.'),
  body_timeout: duration
    .prefault('30s')
    .describe(
      'Longest time for a body that is read before its call is decided or held; longest silence inside one that streams.',
    ),
});

const agent = closed({
  id: agentId.describe('Name of the agent in policies, approvals and records.'),
  owner: email.describe('The human who answers for the agent; never approves its calls.'),
  labels: labels.default({}).describe('Facts about the agent that policies match (`labels`, `agent.labels.x`).'),
  acts_for: z.array(email).default([]).describe('Humans on whose behalf it runs; they never approve its calls.'),
  credentials,
  wait: duration.optional().describe('`hold.wait` for this agent.'),
  max_open: count(1, 100_000).optional().describe('`hold.max_open_per_agent` for this agent.'),
  max_held: heldRate.optional().describe('`hold.max_held_per_agent` for this agent.'),
  disabled: z.boolean().default(false).describe('Refuses the agent, whatever it presents.'),
});

const issuer = closed({
  issuer: trustedUrl.describe('Exact `iss` of the tokens.'),
  audience: plainText.describe('What `aud` has to be or contain.'),
  algorithms: z
    .array(word('algorithm', JWT_ALGORITHMS))
    .min(1, 'name at least one algorithm')
    .describe('Accepted signature algorithms. Neither `none` nor those with a shared secret exist here.'),
  jwks_uri: trustedUrl
    .optional()
    .describe('Where its keys are: https, or http on this machine. Either this or `jwks_file`.'),
  jwks_file: plainText.optional().describe('A file with its keys (JWK set), relative to the configuration file.'),
  claims: closed({
    id: plainText.default('sub').describe('Claim with the agent id: a name, a dotted path or a JSON pointer.'),
    owner: plainText.optional().describe('Claim with the e-mail address of the owner.'),
    acts_for: plainText
      .optional()
      .describe(
        'Claim with whom it acts for: a text, a list, or an `act` object (RFC 8693). `act` itself is always read.',
      ),
    labels: labels.default({}).describe('Label → claim.'),
  })
    .prefault({})
    .describe('How claims become an agent.'),
  owner: email.optional().describe('Owner of agents whose token names none.'),
});

const person = closed({
  email: email.describe('The identity of the human, whatever the channel; letter case does not matter.'),
  groups: z.array(groupName).default([]).describe('Groups that `from` can name as `group:<name>`.'),
  credentials,
});

const upstream = closed({
  base: baseUrl.describe(
    '`http(s)://host[:port][/path]`; nothing else is accepted: no user, query or fragment. `https://{service}.{region}.amazonaws.com`, so to the letter, is every service of AWS: each call goes to the host of the service and region that it was signed for.',
  ),
  kind: kind
    .optional()
    .describe(
      'Whose API it is, so that rules can speak its own names and refusals come in its own form: `aws`, `kubernetes`, `github`, `git`, `gcp`, `azure`, `mcp`, `graphql`, `{openapi: FILE}`, `{sql-over-http: SERVICE}`, or `http` for none. Without it, hosts that belong to a family are known.',
    ),
  mount: mount
    .optional()
    .describe('Path under which the proxy serves it: `http://proxy/billing/x` → base + `/x`. Longest wins.'),
  hosts: z
    .array(hostName)
    .prefault([])
    .describe(
      'Hosts under which calls reach it by `Host` header or absolute-form, with the port where one is sent. `*.s3.internal` is every name below it (only with `kind: aws`): what stands for the star, a bucket, then stands in front of the host of `base` too.',
    ),
  credential: credential.optional().describe('What Holdgate adds so that agents need no key of their own.'),
  agent_credentials: word('value', UPSTREAM_AUTH)
    .optional()
    .describe(
      'What happens to `Authorization` and `Cookie` of the agent. Default: `strip` with a `credential`, else `pass`.',
    ),
  preview: preview
    .optional()
    .describe(
      'Shows approvers what a held call would change, asked with a credential of its own. Without it, no preview is asked for.',
    ),
  datasets: datasets
    .optional()
    .describe(
      'Names for data whose way out is counted: for metrics, the API and `usage` in rules. The id of the upstream is one for all its calls.',
    ),
  boundary: boundary
    .optional()
    .describe(
      'What its calls are to stay in; leaving it is a risk flag, and rules may ask for it (`boundary: outside`). Globs.',
    ),
  allow_private: z
    .boolean()
    .default(false)
    .describe(
      'Lets it resolve to private, loopback and CGNAT addresses. Link-local and metadata addresses stay refused.',
    ),
  ca: plainText.optional().describe('PEM file that replaces the system’s roots for this upstream.'),
  wait: duration.optional().describe('`hold.wait` for this upstream.'),
  timeouts: closed({
    connect: duration.prefault('10s').describe('Name resolution, TCP and TLS together.'),
    head: duration.prefault('60s').describe('Until the head of the response is there.'),
    idle: duration.prefault('60s').describe('Longest silence inside the response.'),
  })
    .prefault({})
    .describe('How long the upstream may take.'),
});

const upstreams = z.record(z.string(), upstream).superRefine((map, context) => {
  for (const id of Object.keys(map)) {
    const message = upstreamId(id);
    if (message !== undefined) context.addIssue({ code: 'custom', message, path: [id], params: { key: true } });
  }
});

const configSchema: z.ZodType<ConfigSource> = closed({
  version: z
    .literal(1, { error: (issue) => (issue.input === undefined ? undefined : 'expected version 1') })
    .describe('Always 1.'),
  listen: listen.prefault({}).describe('Addresses to listen on.'),
  store: store
    .prefault('sqlite')
    .describe(
      'Where approvals are kept: `sqlite` (in `<data_dir>/holdgate.db`), or the address of a Redis that replicas share, or a map with its terms.',
    ),
  data_dir: plainText
    .default('.holdgate')
    .describe('Folder of the store, the audit log and the keys; relative to the configuration file.'),
  workers: workerCount
    .default(1)
    .describe('Processes that serve, 1 to 256; `auto`: one per core. `holdgate serve --workers` wins over it.'),
  keys: closed({
    dir: plainText.describe(
      'Folder with `signing.json` and `data.json`, made by `holdgate keys init`; only read. Relative to the configuration file.',
    ),
  })
    .optional()
    .describe(
      'Keys that replicas share, from a mounted secret. Without it the gate makes its own in `<data_dir>/keys`.',
    ),
  policies: z
    .array(plainText)
    .min(1, 'name at least one file or folder')
    .default(['policies'])
    .describe('Policy files, or folders of them; relative to the configuration file.'),
  default: word<Effect>('effect', EFFECTS).default('hold').describe('Effect where no rule matches.'),
  hold: hold.prefault({}).describe('Defaults for rules that hold.'),
  limits: limits.prefault({}).describe('Bounds on what a call may cost.'),
  agents: z.array(agent).prefault([]).describe('Who may call.'),
  issuers: z.array(issuer).default([]).describe('Token issuers (JWT) whose tokens authenticate agents.'),
  people: z.array(person).default([]).describe('Who may vote.'),
  upstreams: upstreams.prefault({}).describe('What can be called, by id.'),
  sign_in: signIn.prefault({}).describe('How people sign in besides their credentials.'),
  on_call: onCall.prefault({}).describe('Schedules, by name: `oncall:<name>` in `from` means who is on call.'),
  channels: channels.prefault({}).describe('How approvers are reached.'),
  notify: notify.prefault({}).describe('Where approvals are shown whose rules name no place (`hold.notify`), by risk.'),
  quiet_hours: quietHours
    .default([])
    .describe(
      'When approvers are left in peace, one or a list: approvals are shown when it is over, unless they escalate.',
    ),
  notify_limits: notifyLimits.prefault({}).describe('How many messages one agent may cause.'),
  working_hours: workingHours
    .default([])
    .describe('When people work, one or a list: what is held at other times is flagged `off-hours`.'),
  log: closed({
    level: word('level', LOG_LEVELS).default('info').describe('Least level that is written.'),
  })
    .prefault({})
    .describe('The log on stdout.'),
  public_url: trustedUrl.optional().describe('URL of the console as people reach it; used in `approval_url`.'),
});

export type ConfigReading =
  | { readonly ok: true; readonly source: ConfigSource }
  | { readonly ok: false; readonly issues: readonly z.core.$ZodIssue[] };

/** Checks plain data against the schema; every issue at once. */
export function readConfig(value: unknown): ConfigReading {
  const result = configSchema.safeParse(value);
  return result.success ? { ok: true, source: result.data } : { ok: false, issues: result.error.issues };
}

/** JSON Schema (2020-12) of the file, for editors. */
export function configJsonSchema(): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(configSchema, { io: 'input' });
  return { $schema, title: 'holdgate.yaml', ...rest };
}
