// Calls, contexts and rules with everything filled in, so that a test names only what it is about.
import type { Action } from '../../../src/core/action.ts';
import type { Call, CallBody } from '../../../src/core/call.ts';
import type { Block, PolicyDefaults, PolicyFile, Rule } from '../../../src/core/policy/ast.ts';
import type { DecisionContext, Effect } from '../../../src/core/policy/types.ts';
import { recogniseHttp } from '../../../src/actions/http.ts';

export const DEFAULTS: PolicyDefaults = {
  effect: 'hold',
  approvals: 1,
  from: ['group:security'],
  expires: 900_000,
  wait: 55_000,
  denyMemory: 900_000,
  replayWindow: 600_000,
  onAbsent: 'wait',
};

export function aCall(over: Partial<Call> = {}): Call {
  return {
    method: 'GET',
    upstream: 'billing',
    scheme: 'https',
    host: 'billing.example.com',
    path: '/v1/users',
    query: undefined,
    headers: [],
    body: { state: 'none' },
    ...over,
  };
}

export function whole(text: string | Uint8Array): CallBody {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  return { state: 'whole', bytes, decoded: bytes };
}

export function formCall(body: string, over: Partial<Call> = {}): Call {
  return aCall({
    method: 'POST',
    path: '/',
    headers: ['Content-Type', 'application/x-www-form-urlencoded'],
    body: whole(body),
    ...over,
  });
}

export function jsonCall(body: string, over: Partial<Call> = {}): Call {
  return aCall({ method: 'POST', headers: ['Content-Type', 'application/json'], body: whole(body), ...over });
}

export function aContext(call: Call, over: Partial<DecisionContext> = {}): DecisionContext {
  return {
    agent: { id: 'deploy-bot', owner: 'Owner@example.com', labels: { env: 'ci' }, actsFor: [], method: 'bearer' },
    source: '10.0.0.7',
    now: Date.UTC(2026, 0, 5, 12, 0), // a Monday
    actions: () => recogniseHttp(call),
    ...over,
  };
}

export function anAction(over: Partial<Action> = {}): Action {
  return {
    provider: 'aws',
    service: 'iam',
    operation: 'CreateUser',
    name: 'aws:iam:CreateUser',
    level: 'write',
    levelSource: 'catalogue',
    tags: [],
    resource: {},
    params: {},
    summary: 'create a user',
    confidence: 'exact',
    ...over,
  };
}

export function aRule(id: string, effect: Effect, match: Block | readonly Block[], over: Partial<Rule> = {}): Rule {
  return {
    id,
    description: undefined,
    at: 'policies/test.yaml:3:5',
    match: Array.isArray(match) ? (match as readonly Block[]) : [match as Block],
    except: [],
    when: undefined,
    effect,
    mode: 'enforce',
    hold: undefined,
    risk: undefined,
    websocket: false,
    ...over,
  };
}

export function aFile(rules: readonly Rule[], name = 'test'): PolicyFile {
  return { file: `policies/${name}.yaml`, name, owner: undefined, rules };
}
