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

const ROUNDS = 9;
// The first set would otherwise pay for compiling the engine itself.
const warm = compilePolicies([policy(500)], DEFAULTS);
for (let i = 0; i < 100_000; i++) for (const [, subject] of CALLS) warm.decide(subject, CONTEXT);
console.log(`node ${process.version}, ${process.arch}; median of ${ROUNDS} rounds, µs per decision`);
console.log(['rules'.padStart(7), 'compile ms'.padStart(11), ...CALLS.map(([name]) => name.padStart(17))].join(' '));
for (const size of [100, 1000, 10_000]) {
  const started = performance.now();
  const set = compilePolicies([policy(size)], DEFAULTS);
  const compiled = performance.now() - started;
  const cells = CALLS.map(([name, subject]) => {
    const runs = name === 'odd path' ? 20_000 : 200_000;
    const rounds = Array.from({ length: ROUNDS }, () => {
      const start = performance.now();
      for (let i = 0; i < runs; i++) set.decide(subject, CONTEXT);
      return ((performance.now() - start) * 1000) / runs;
    });
    return (rounds.toSorted((a, b) => a - b)[ROUNDS >> 1] ?? 0).toFixed(2).padStart(17);
  });
  console.log([String(size).padStart(7), compiled.toFixed(0).padStart(11), ...cells].join(' '));
}
