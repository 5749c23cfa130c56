// Rules about namespaces, names and parameters against calls that try to go around them: over all namespaces, over a whole
// collection, by server-side apply, by a PUT that creates, by a body that cannot be read.
import { describe, expect, it } from 'vitest';
import type { Block } from '../../../src/core/policy/ast.ts';
import { compilePolicies } from '../../../src/core/policy/compile.ts';
import type { Effect } from '../../../src/core/policy/types.ts';
import { aContext, aFile, aRule, DEFAULTS } from '../../core/policy/fixtures.ts';
import { call, type CallParts, recognise } from './calls.ts';

/** What a policy of this one rule makes of a call; where no rule matches, it is denied or allowed, whichever is not the rule's. */
function decide(effect: Effect, match: Block, line: string, parts: CallParts = {}, source?: string): Effect {
  const rule = aRule('rule', effect, match, { when: source });
  const otherwise = effect === 'allow' ? 'deny' : 'allow';
  const policy = compilePolicies([aFile([rule])], { ...DEFAULTS, effect: otherwise });
  const asked = call(line, parts);
  const decision = policy.decide(asked, aContext(asked, { actions: () => recognise(line, parts) }));
  if (decision === 'needs-body') throw new Error('asks for the body');
  return decision.effect;
}

const APPLY = { body: { metadata: { name: 'web' } }, type: 'application/apply-patch+yaml' };
const UNREAD = { state: { state: 'unreadable', why: 'over-limit' } } as const;

describe('a hold of one namespace', () => {
  const held = (line: string, parts?: CallParts) =>
    decide('hold', { action: ['k8s:*'], resource: { namespace: ['prod'] } }, line, parts);
  it.each<[string, Effect]>([
    ['GET /api/v1/namespaces/prod/secrets', 'hold'],
    ['GET /api/v1/secrets', 'hold'],
    ['GET /api/v1/watch/secrets', 'hold'],
    ['DELETE /apis/apps/v1/deployments', 'hold'],
    ['DELETE /api/v1/namespaces/prod', 'hold'],
    ['GET /apis/cert-manager.io/v1/certificates', 'hold'],
    ['GET /api/v1/namespaces/dev%2F..%2Fprod/secrets', 'hold'],
    ['GET /api/v1/namespaces/dev/secrets', 'allow'],
    ['GET /api/v1/nodes', 'allow'],
    ['GET /version', 'allow'],
  ])('%s: %s', (line, effect) => {
    expect(held(line)).toBe(effect);
  });

  it('meets an object of that namespace that is sent to another', () => {
    const body = { metadata: { name: 'x', namespace: 'prod' } };
    expect(held('POST /api/v1/namespaces/dev/configmaps', { body })).toBe('hold');
  });
});

describe('a hold of one name', () => {
  const held = (line: string, parts?: CallParts) =>
    decide('hold', { action: ['k8s:*:secrets'], resource: { id: ['db-*'] } }, line, parts);
  it.each<[string, Effect, CallParts?]>([
    ['GET /api/v1/namespaces/prod/secrets/db-1', 'hold'],
    ['GET /api/v1/namespaces/prod/secrets', 'hold'],
    ['DELETE /api/v1/namespaces/prod/secrets', 'hold'],
    ['GET /api/v1/namespaces/prod/secrets?fieldSelector=metadata.name%3Ddb-1', 'hold'],
    ['GET /api/v1/namespaces/prod/secrets?fieldSelector=metadata.name%3Dapp', 'allow'],
    ['POST /api/v1/namespaces/prod/secrets', 'hold', { body: { metadata: { generateName: 'db-' } } }],
    ['POST /api/v1/namespaces/prod/secrets', 'hold', UNREAD],
    ['POST /api/v1/namespaces/prod/secrets', 'allow', { body: { metadata: { name: 'app' } } }],
    ['GET /api/v1/namespaces/prod/secrets/app', 'allow'],
  ])('%s: %s', (line, effect, parts) => {
    expect(held(line, parts)).toBe(effect);
  });
});

describe('an allow', () => {
  it.each<[Block, string, Effect, CallParts?]>([
    [{ action: ['k8s:get:*', 'k8s:list:*'] }, 'GET /api/v1/namespaces/dev/pods', 'allow'],
    [{ action: ['k8s:get:*', 'k8s:list:*'] }, 'GET /api/v1/namespaces/dev/pods/a/exec', 'deny'],
    [{ action: ['k8s:get:*', 'k8s:list:*'] }, 'GET /api/v1/nodes/n/proxy/', 'deny'],
    [{ action: ['k8s:get:*', 'k8s:list:*'] }, 'GET /api/v1/namespaces/dev/pods/a%2Fexec', 'deny'],
    [{ level: ['read', 'list'] }, 'GET /api/v1/namespaces/dev/pods/a/exec', 'deny'],
    [{ level: ['read', 'list'] }, 'GET /somewhere/api/v1/secrets', 'deny'],
    [{ level: ['read', 'list'] }, 'DELETE /api/v1/namespaces/dev/pods/a?dryRun=All', 'allow'],
    [{ level: ['read', 'list'] }, 'DELETE /api/v1/namespaces/dev/pods/a?dryRun=All', 'deny', { body: {} }],
    [{ level: ['read', 'list'] }, 'GET /version', 'allow'],
    [{ level: ['read', 'list'] }, 'GET /openapi/v3/apis/apps/v1?hash=1', 'allow'],
    [{ action: ['k8s:*'], resource: { namespace: ['dev'] } }, 'DELETE /api/v1/namespaces/dev/pods', 'allow'],
    [{ action: ['k8s:*'], resource: { namespace: ['dev'] } }, 'DELETE /api/v1/pods', 'deny'],
    [{ action: ['k8s:*'], resource: { namespace: ['*'] } }, 'GET /api/v1/pods', 'allow'],
    [{ action: ['k8s:apply:*'] }, 'PATCH /apis/apps/v1/namespaces/dev/deployments/web', 'deny', APPLY],
    [{ action: ['k8s:patch:*'] }, 'PATCH /apis/apps/v1/namespaces/dev/deployments/web', 'deny', APPLY],
    [
      { action: ['k8s:apply:*', 'k8s:patch:*', 'k8s:create:*'] },
      'PATCH /apis/apps/v1/namespaces/dev/deployments/web',
      'allow',
      APPLY,
    ],
    [{ action: ['k8s:update:*'] }, 'PUT /apis/rbac.authorization.k8s.io/v1/clusterroles/x', 'deny'],
    [
      { action: ['k8s:get:pods'] },
      'GET /api/v1/namespaces/dev/pods/a',
      'deny',
      { headers: ['Impersonate-User', 'eve'] },
    ],
    [{ action: ['k8s:create:pods/exec'] }, 'GET /apis/pods/v1/namespaces/dev/exec/x', 'deny'],
  ])('%j of %s: %s', (match, line, effect, parts) => {
    expect(decide('allow', match, line, parts)).toBe(effect);
  });
});

describe('a condition', () => {
  const DEPLOYMENT = '/apis/apps/v1/namespaces/prod/deployments/web';
  const merge = (body: object): CallParts => ({ body, type: 'application/merge-patch+json' });
  it.each<[Effect, string, string, Effect, CallParts?]>([
    ['hold', 'params.replicas == 0', `PATCH ${DEPLOYMENT}/scale`, 'hold', merge({ spec: { replicas: 0 } })],
    ['hold', 'params.replicas == 0', `PATCH ${DEPLOYMENT}/scale`, 'allow', merge({ spec: { replicas: 2 } })],
    ['hold', 'params.replicas == 0', `PATCH ${DEPLOYMENT}/scale`, 'hold', UNREAD],
    [
      'allow',
      'params.images.all(i, i.contains("=registry.example/"))',
      `PATCH ${DEPLOYMENT}`,
      'allow',
      merge({ spec: { template: { spec: { containers: [{ name: 'a', image: 'registry.example/x' }] } } } }),
    ],
    [
      'allow',
      'params.images.all(i, i.contains("=registry.example/"))',
      `PATCH ${DEPLOYMENT}`,
      'deny',
      merge({ spec: { template: { spec: { containers: [{ name: 'a', image: 'evil/x' }] } } } }),
    ],
    [
      'hold',
      'params.roleRef.name == "cluster-admin"',
      'POST /apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
      'hold',
      { body: { roleRef: { kind: 'ClusterRole', name: 'cluster-admin' } } },
    ],
    ['allow', 'resource.namespace != "prod"', 'GET /api/v1/namespaces/dev/pods', 'allow'],
    ['allow', 'resource.namespace != "prod"', 'GET /api/v1/pods', 'deny'],
    ['allow', 'resource.id != "db"', 'DELETE /api/v1/namespaces/dev/secrets', 'deny'],
  ])('%s when %s: %s is %s', (effect, source, line, expected, parts) => {
    expect(decide(effect, { action: ['k8s:*'] }, line, parts, source)).toBe(expected);
  });
});
