// Rules about GitHub and git against calls that try to go around them: by a number, another spelling, GraphQL, git instead of the API, an
// unknown host, a body that cannot be read.
import { describe, expect, it } from 'vitest';
import { createActions } from '../../../src/actions/registry.ts';
import type { Block } from '../../../src/core/policy/ast.ts';
import { compilePolicies } from '../../../src/core/policy/compile.ts';
import type { Effect } from '../../../src/core/policy/types.ts';
import { aContext, aFile, aRule, DEFAULTS } from '../../core/policy/fixtures.ts';
import { pktLine } from '../../../src/actions/git/pkt-line.ts';
import { call, type CallParts } from './calls.ts';

const actions = createActions([{ id: 'git', kind: 'git', basePath: '' }]);

/** What a policy of this one rule makes of a call; where no rule matches, it is denied or allowed, whichever is not the rule's. */
function decide(effect: Effect, match: Block, line: string, parts: CallParts = {}, source?: string): Effect {
  const rule = aRule('rule', effect, match, { when: source });
  const otherwise = effect === 'allow' ? 'deny' : 'allow';
  const policy = compilePolicies([aFile([rule])], { ...DEFAULTS, effect: otherwise });
  const asked = { ...call(line, parts), upstream: parts.base ?? 'elsewhere' };
  const decision = policy.decide(asked, aContext(asked, { actions: () => actions.recognise(asked) }));
  if (decision === 'needs-body') throw new Error('asks for the body');
  return decision.effect;
}

const WEB: CallParts = { host: 'github.com' };
const push = (ref: string): string =>
  `${pktLine(`${'a'.repeat(40)} ${'b'.repeat(40)} ${ref}\0 report-status`)}0000PACK`;
const UNREAD = { state: { state: 'unreadable', why: 'over-limit' } } as const;

describe('a hold of one repository', () => {
  const match: Block = { action: ['github:*', 'git:*'], resource: { id: ['acme/app'] } };
  it.each<[string, Effect, CallParts?]>([
    ['GET /repos/acme/app', 'hold'],
    ['GET /repos/ACME/App', 'hold'],
    ['GET /repositories/1296269', 'hold'],
    ['GET /repos/acme%2Fapp', 'hold'],
    ['GET /user/repos', 'hold'],
    ['POST /acme/app.git/git-upload-pack', 'hold', WEB],
    ['POST /Acme/App/git-upload-pack', 'hold', WEB],
    ['GET /acme/app/archive/main.zip', 'hold', WEB],
    ['GET /acme/app/settings', 'hold', WEB],
    ['POST /graphql', 'hold', { body: { query: '{ node(id: "x") { id } }' } }],
    ['GET /repos/acme/other', 'allow'],
    ['POST /acme/other.git/git-upload-pack', 'allow', WEB],
  ])('%s: %s', (line, effect, parts) => {
    expect(decide('hold', match, line, parts)).toBe(effect);
  });
});

describe('a hold of pushes to main', () => {
  const match: Block = { action: ['git:push:refs/heads/main'] };
  const line = 'POST /acme/app.git/git-receive-pack';
  it.each<[string, Effect, CallParts]>([
    ['to main', 'hold', { ...WEB, body: push('refs/heads/main') }],
    ['to another branch', 'allow', { ...WEB, body: push('refs/heads/topic') }],
    ['to what nobody can read', 'hold', { ...WEB, ...UNREAD }],
    ['without a list', 'hold', { ...WEB, body: 'x' }],
    ['at a host that nobody knows', 'hold', { host: 'git.example', body: push('refs/heads/main') }],
    ['at a git server', 'hold', { host: 'git.example', base: 'git', body: push('refs/heads/main') }],
  ])('%s: %s', (_what, effect, parts) => {
    expect(decide('hold', match, line, parts)).toBe(effect);
  });
});

describe('an allow', () => {
  it.each<[Block, string, Effect, CallParts?]>([
    [{ level: ['read', 'list'] }, 'GET /repos/acme/app/issues', 'allow'],
    [{ level: ['read', 'list'] }, 'POST /acme/app.git/git-upload-pack', 'allow', WEB],
    [{ level: ['read', 'list'] }, 'POST /acme/app.git/git-upload-pack', 'allow', { host: 'git.example', base: 'git' }],
    // Behind a path of git may stand anything.
    [{ level: ['read', 'list'] }, 'POST /admin/erase/git-upload-pack', 'deny', { host: 'api.example' }],
    [{ action: ['git:*'] }, 'POST /admin/erase/git-upload-pack', 'deny', { host: 'api.example' }],
    [{ level: ['read', 'list'] }, 'GET /repos/acme/app', 'deny', { headers: ['X-HTTP-Method-Override', 'DELETE'] }],
    [{ level: ['read', 'list'] }, 'POST /graphql', 'allow', { body: { query: '{ viewer { login } }' } }],
    [
      { level: ['read', 'list'] },
      'POST /graphql',
      'deny',
      { body: { query: 'mutation { addStar(input: {starrableId: "x"}) { clientMutationId } }' } },
    ],
    [{ action: ['github:*'] }, 'POST /repos/acme/app/erase', 'deny'],
    [{ action: ['github:repos/*'], resource: { namespace: ['acme'] } }, 'DELETE /repos/acme/app', 'allow'],
    [{ action: ['github:repos/*'], resource: { namespace: ['acme'] } }, 'DELETE /repositories/5', 'deny'],
    [
      { action: ['github:repos/*'], resource: { namespace: ['acme'] } },
      'POST /repos/acme/app/transfer',
      'deny',
      { body: { new_owner: 'eve' } },
    ],
    [
      { action: ['git:push:refs/heads/topic/*'] },
      'POST /acme/app/git-receive-pack',
      'allow',
      { ...WEB, body: push('refs/heads/topic/a') },
    ],
    [
      { action: ['git:push:refs/heads/topic/*'] },
      'POST /acme/app/git-receive-pack',
      'deny',
      { ...WEB, body: push('refs/heads/topic/../main') },
    ],
    [{ action: ['git:push:*'] }, 'POST /acme/app/git-receive-pack', 'deny', { ...WEB, ...UNREAD }],
  ])('%j of %s: %s', (match, line, effect, parts) => {
    expect(decide('allow', match, line, parts)).toBe(effect);
  });
});

describe('a condition', () => {
  const PATCH = 'PATCH /repos/acme/app';
  it.each<[Effect, string, string, Effect, CallParts]>([
    ['hold', 'params.visibility == "public"', PATCH, 'hold', { body: { visibility: 'public' } }],
    ['hold', 'params.visibility == "public"', PATCH, 'allow', { body: { visibility: 'private' } }],
    ['hold', 'params.visibility == "public"', PATCH, 'hold', UNREAD],
    [
      'hold',
      'params.visibility == "public"',
      PATCH,
      'hold',
      { body: '{"visibility":"private","visibility":"public"}' },
    ],
    [
      'allow',
      'params.permission == "pull"',
      'PUT /repos/acme/app/collaborators/eve',
      'allow',
      { body: { permission: 'pull' } },
    ],
    [
      'allow',
      'params.permission == "pull"',
      'PUT /repos/acme/app/collaborators/eve',
      'deny',
      { body: { permission: 'admin' } },
    ],
    [
      'allow',
      'params.permission == "pull"',
      'PUT /repos/acme/app/collaborators/eve?permission=admin',
      'deny',
      { body: { permission: 'pull' } },
    ],
  ])('%s when %s: %s is %s', (effect, source, line, expected, parts) => {
    expect(decide(effect, { action: ['github:*'] }, line, parts, source)).toBe(expected);
  });
});
