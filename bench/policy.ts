// µs per policy decision at 100, 1,000 and 10,000 rules, for calls that are decided on their head. Run: node bench/policy.ts
import type { Action } from '../src/core/action.ts';
import type { Call } from '../src/core/call.ts';
import type { Block, PolicyDefaults, PolicyFile, Rule } from '../src/core/policy/ast.ts';
import { compilePolicies } from '../src/core/policy/compile.ts';
import type { DecisionContext, Effect } from '../src/core/policy/types.ts';

const DEFAULTS: PolicyDefaults = {
  effect: 'hold',
  approvals: 1,
  from: [],
  expires: 900_000,
  wait: 55_000,
  denyMemory: 900_000,
  replayWindow: 600_000,
  onAbsent: 'wait',
};
const METHODS = ['GET', 'POST', 'PUT', 'DELETE'] as const;
const KINDS = ['users', 'orders', 'invoices', 'teams', 'hooks'] as const;

function rule(id: string, match: Block, effect: Effect): Rule {
  return {
    id,
    description: undefined,
    at: 'bench.yaml:1:1',
    match: [match],
    except: [],
    when: undefined,
    effect,
    mode: 'enforce',
    hold: undefined,
    risk: undefined,
    websocket: false,
  };
}

/** Rules of the kinds that policies consist of, in equal parts, spread over upstreams as they grow. */
function policy(size: number): PolicyFile {
  const upstreams = Math.max(4, Math.round(size / 50));
  const rules = Array.from({ length: size }, (_, i) => {
    const upstream = [`api-${i % upstreams}`];
    const kind = KINDS[i % KINDS.length] ?? 'users';
    const method = [METHODS[(i >> 2) % METHODS.length] ?? 'GET'];
    const id = `rule-${i}`;
    switch (i % 6) {
      case 0:
        return rule(id, { upstream, method: ['GET'], path: [`/v1/${kind}/area-${i}/**`] }, 'allow');
      case 1:
        return rule(id, { upstream, method, path: [`/v1/${kind}/item-${i}`] }, 'hold');
      case 2:
        return rule(id, { upstream, method: ['POST', 'DELETE'], path: [`/v1/*/${kind}-${i}/*`] }, 'hold');
      case 3:
        return rule(id, { host: [`h${i % upstreams}.example.com`], method, path: [`/admin/${kind}/**`] }, 'deny');
      case 4:
        return rule(id, { path: [`/internal/${kind}-${i}/**`] }, 'deny');
      default:
        return rule(id, { upstream, action: [`aws:svc${i % 50}:Operation${i}`] }, 'hold');
    }
  });
  return { file: 'bench.yaml', name: 'bench', owner: 'bench', rules };
}

function call(method: string, upstream: string, path: string): Call {
  const headers = [
    'Accept',
    'application/json',
    'User-Agent',
    'agent/1.0',
    'X-Request-Id',
    '5f0c',
    'Accept-Encoding',
    'gzip',
  ];
  return {
    method,
    upstream,
    scheme: 'https',
    host: 'h1.example.com',
    path,
    query: undefined,
    headers,
    body: { state: 'none' },
  };
}

const ACTION: Action = {
  provider: 'http',
  service: '',
  operation: 'GET',
  name: 'http:GET:h1.example.com/v1/users/7',
  level: 'read',
  levelSource: 'heuristic',
  tags: [],
  resource: {},
  params: {},
  summary: 'GET https://h1.example.com/v1/users/7',
  confidence: 'exact',
};
const CONTEXT: DecisionContext = {
  agent: { id: 'deploy-bot', owner: 'owner@example.com', labels: { env: 'ci' }, actsFor: [], method: 'bearer' },
  source: '10.0.0.7',
  now: 1_800_000_000_000,
  actions: () => [ACTION],
};

const CALLS: readonly (readonly [name: string, call: Call])[] = [
  ['hit', call('GET', 'api-0', '/v1/users/area-0/7')],
  ['miss', call('GET', 'api-2', '/nothing/here/at/all')],
  ['unknown upstream', call('POST', 'other', '/v1/users/7')],
  ['odd path', call('GET', 'api-0', '/v1/%75sers/../users/area-0/7')],
];

const TAGS = ['privilege-escalation', 'secret-read', 'data-export', 'destructive', 'network-exposure'] as const;

/** Rules about actions of every shape: names, globs open at either end, tags of an account, namespaces, parameters. */
function actionPolicy(size: number): PolicyFile {
  const services = Math.max(10, Math.round(size / 60));
  const rules = Array.from({ length: size }, (_, i) => {
    const id = `rule-${i}`;
    const service = `svc${i % services}`;
    switch (i % 7) {
      case 0:
        return rule(id, { action: [`aws:${service}:Operation${i}`] }, 'hold');
      case 1:
        return rule(id, { action: [`aws:${service}:Delete*`], resource: { account: [`${100_000 + i}`] } }, 'deny');
      case 2:
        return rule(id, { action: [`k8s:*:group${i}.example.com/things`], level: ['write'] }, 'hold');
      case 3:
        return rule(id, { action: ['k8s:*'], resource: { namespace: [`team-${i}`] }, level: ['write'] }, 'hold');
      case 4:
        return rule(id, { tags: [TAGS[i % TAGS.length] ?? 'destructive'], resource: { account: [`${i}`] } }, 'hold');
      case 5:
        return rule(
          id,
          {
            action: [`aws:${service}:Get*`, `aws:${service}:List*`],
            agent: [`agent-${i}`],
            when: 'params.size == "big"',
          },
          'allow',
        );
      default:
        return rule(
          id,
          { action: [`aws:${service}:*`], level: ['read', 'list'], resource: { id: [`app-${i}-*`] } },
          'allow',
        );
    }
  });
  rules.push(
    rule('escalation', { tags: ['privilege-escalation'] }, 'hold'),
    rule('reads', { level: ['read'] }, 'allow'),
  );
  return { file: 'bench.yaml', name: 'bench', owner: 'bench', rules };
}

function doing(over: Partial<Action>): DecisionContext {
  const action = { ...ACTION, provider: 'aws', ...over };
  return { ...CONTEXT, actions: () => [action] };
}

const LIST = { name: 'aws:svc7:ListThings', level: 'list', resource: { id: 'app-6-x', region: 'eu-1' } } as const;
const POST = call('POST', 'cloud', '/');
const ACTIONS: readonly (readonly [name: string, call: Call, context: DecisionContext])[] = [
  ['read', POST, doing({ ...LIST, level: 'read' })],
  ['tagged', POST, doing({ ...LIST, name: 'aws:iam:AttachRolePolicy', tags: ['privilege-escalation', 'destructive'] })],
  [
    'kubernetes',
    POST,
    doing({ provider: 'k8s', name: 'k8s:delete:apps/deployments', level: 'write', resource: { namespace: 'team-10' } }),
  ],
  ['body to come', { ...POST, body: { state: 'unread' } }, { ...doing(LIST), actionsNeedBody: () => true }],
];

const ROUNDS = 9;
// The first set would otherwise pay for compiling the engine itself.
const warm = compilePolicies([policy(500)], DEFAULTS);
for (let i = 0; i < 100_000; i++) for (const [, subject] of CALLS) warm.decide(subject, CONTEXT);
const warmToo = compilePolicies([actionPolicy(500)], DEFAULTS);
for (let i = 0; i < 100_000; i++) for (const [, subject, context] of ACTIONS) warmToo.decide(subject, context);
console.log(`node ${process.version}, ${process.arch}; best of ${ROUNDS} rounds, µs per decision`);

/** One table: a row for each size, a column for each kind of call. The best round counts: what else a machine does only adds. */
function measure(
  policyOf: (size: number) => PolicyFile,
  calls: readonly (readonly [name: string, call: Call, context?: DecisionContext])[],
): void {
  console.log(['rules'.padStart(7), 'compile ms'.padStart(11), ...calls.map(([name]) => name.padStart(17))].join(' '));
  for (const size of [100, 1000, 10_000]) {
    const started = performance.now();
    const set = compilePolicies([policyOf(size)], DEFAULTS);
    const compiled = performance.now() - started;
    const cells = calls.map(([name, subject, context = CONTEXT]) => {
      const runs = name === 'odd path' ? 20_000 : 200_000;
      const rounds = Array.from({ length: ROUNDS }, () => {
        const start = performance.now();
        for (let i = 0; i < runs; i++) set.decide(subject, context);
        return ((performance.now() - start) * 1000) / runs;
      });
      return Math.min(...rounds)
        .toFixed(2)
        .padStart(17);
    });
    console.log([String(size).padStart(7), compiled.toFixed(0).padStart(11), ...cells].join(' '));
  }
}

measure(policy, CALLS);
console.log('rules about actions (recognising them apart)');
measure(actionPolicy, ACTIONS);
