// Rules about a described API against calls that try to go around them: two values for one name, two templates, a path that is not described.
import { expect, it } from 'vitest';
import { createOpenapiRecogniser } from '../../../src/actions/openapi/recogniser.ts';
import type { Block } from '../../../src/core/policy/ast.ts';
import { compilePolicies } from '../../../src/core/policy/compile.ts';
import type { Effect } from '../../../src/core/policy/types.ts';
import { aContext, aFile, aRule, DEFAULTS } from '../../core/policy/fixtures.ts';
import { call, type CallParts } from './calls.ts';

const recogniser = createOpenapiRecogniser('billing', {
  file: 'billing.json',
  text: JSON.stringify({
    openapi: '3.0.0',
    paths: {
      '/users': { post: { operationId: 'create' } },
      '/users/{id}': { get: { operationId: 'get' } },
      '/{kind}/all': { get: { operationId: 'dump', 'x-holdgate-tags': ['data-export'] } },
    },
  }),
});

function decide(effect: Effect, match: Block, line: string, parts: CallParts = {}, source?: string): Effect {
  const rule = aRule('rule', effect, match, { when: source });
  const policy = compilePolicies([aFile([rule])], { ...DEFAULTS, effect: effect === 'allow' ? 'deny' : 'allow' });
  const asked = call(line, parts);
  const decision = policy.decide(asked, aContext(asked, { actions: () => recogniser.recognise(asked) }));
  if (decision === 'needs-body') throw new Error('asks for the body');
  return decision.effect;
}

const FORM = 'application/x-www-form-urlencoded';
const USER = 'params.role == "user"';
it.each<[Effect, Block, string, Effect, CallParts?, string?]>([
  ['allow', { action: ['openapi:billing:create'] }, 'POST /users', 'allow', { body: { role: 'user' } }, USER],
  ['allow', { action: ['openapi:billing:create'] }, 'POST /users', 'deny', { body: { role: 'admin' } }, USER],
  ['allow', { action: ['openapi:billing:create'] }, 'POST /users?role=admin', 'deny', { body: { role: 'user' } }, USER],
  ['allow', { action: ['openapi:billing:create'] }, 'POST /users?role=user;role=admin', 'deny', { body: {} }, USER],
  [
    'allow',
    { action: ['openapi:billing:create'] },
    'POST /users',
    'deny',
    { body: { role: 'user', Role: 'admin' } },
    USER,
  ],
  [
    'allow',
    { action: ['openapi:billing:create'] },
    'POST /users',
    'deny',
    { body: '{"role":"admin","role":"user"}' },
    USER,
  ],
  [
    'allow',
    { action: ['openapi:billing:create'] },
    'POST /users',
    'deny',
    { body: 'role=admin&role=user', type: FORM },
    USER,
  ],
  ['allow', { action: ['openapi:billing:create'] }, 'POST /users', 'allow', { body: 'role=user', type: FORM }, USER],
  [
    'hold',
    { action: ['openapi:billing:create'] },
    'POST /users',
    'hold',
    { body: '{"role":"admin","role":"user"}' },
    'params.role == "admin"',
  ],
  ['allow', { action: ['openapi:billing:get'] }, 'GET /users/7', 'allow'],
  ['allow', { action: ['openapi:billing:get'] }, 'GET /users/all', 'deny'],
  ['hold', { tags: ['data-export'] }, 'GET /users/all', 'hold'],
  ['allow', { action: ['openapi:billing:*'] }, 'GET /nowhere', 'deny'],
  ['allow', { level: ['read'] }, 'GET /nowhere', 'deny'],
  ['hold', { action: ['openapi:billing:get'] }, 'GET /nowhere', 'hold'],
  ['hold', { action: ['openapi:other:get'] }, 'GET /nowhere', 'allow'],
])('%s %j: %s is %s', (effect, match, line, expected, parts, source) => {
  expect(decide(effect, match, line, parts, source)).toBe(expected);
});
