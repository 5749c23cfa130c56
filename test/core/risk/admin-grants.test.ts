// Roles that reach (almost) everything, in every cloud.
import { describe, expect, it } from 'vitest';
import type { Action } from '../../../src/core/action.ts';
import { actionOf, callOf, flagsOf, ids } from './risk-fixture.ts';

const k8s = (path: string, object: object, method = 'POST'): readonly string[] =>
  ids(flagsOf(callOf({ method, url: `https://k8s.test${path}`, body: object }), 'kubernetes'));
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const binding = (name: string, subject = 'ci'): object => ({
  kind: 'ClusterRoleBinding',
  apiVersion: 'rbac.authorization.k8s.io/v1',
  metadata: { name: 'b' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
  subjects: [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: subject }],
});
const role = (rule: object): object => ({
  kind: 'ClusterRole',
  apiVersion: 'rbac.authorization.k8s.io/v1',
  metadata: { name: 'r' },
  rules: [rule],
});

describe('a binding of Kubernetes', () => {
  it.each([
    ['cluster-admin', 'wildcard-admin'],
    ['admin', 'admin-role'],
    ['edit', 'admin-role'],
    ['system:controller:job-controller', 'admin-role'],
  ])('to %s is a %s', (name, id) => {
    expect(k8s(`${RBAC}/clusterrolebindings`, binding(name))).toContain(id);
  });

  it('in a namespace counts the same', () => {
    expect(k8s(`${RBAC}/namespaces/prod/rolebindings`, { ...binding('cluster-admin'), kind: 'RoleBinding' })).toContain(
      'wildcard-admin',
    );
  });

  it.each(['view', 'my-role', 'cluster-admin-not'])('to %s is none', (name) => {
    expect(k8s(`${RBAC}/clusterrolebindings`, binding(name))).toEqual([]);
  });

  it('for everybody is public', () => {
    expect(k8s(`${RBAC}/clusterrolebindings`, binding('view', 'system:unauthenticated'))).toEqual(['public-access']);
    expect(k8s(`${RBAC}/clusterrolebindings`, binding('view', 'system:masters'))).toEqual(['wildcard-admin']);
  });
});

describe('a role of Kubernetes', () => {
  it.each([
    [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, ['wildcard-admin']],
    [{ verbs: ['*'], nonResourceURLs: ['*'] }, ['wildcard-admin']],
    [{ verbs: ['*'], apiGroups: [''], resources: ['pods'] }, ['wildcard-action']],
    [{ verbs: ['get'], apiGroups: ['*'], resources: ['*'] }, ['wildcard-resource']],
    [{ verbs: ['bind', 'escalate'], apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles'] }, ['admin-role']],
    [{ verbs: ['impersonate'], apiGroups: [''], resources: ['users'] }, ['admin-role']],
    [{ verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] }, []],
  ])('with %j raises %j', (rule, expected) => {
    expect(k8s(`${RBAC}/clusterroles`, role(rule))).toEqual(expected);
  });
});

const grant = (provider: string, operation: string, body: object, over: Partial<Action> = {}): readonly string[] =>
  ids(flagsOf(callOf({ body }), [actionOf({ provider, operation, name: `${provider}:${operation}`, ...over })]));

describe('a role of Google Cloud', () => {
  const bind = (roleName: string, member = 'user:a@example.com'): readonly string[] =>
    grant('gcp', 'projects.setIamPolicy', { policy: { bindings: [{ role: roleName, members: [member] }] } });

  it.each(['roles/owner', 'roles/resourcemanager.organizationAdmin'])('%s is a wildcard-admin', (name) =>
    expect(bind(name)).toEqual(['wildcard-admin']),
  );
  it.each(['roles/editor', 'roles/iam.serviceAccountTokenCreator', 'roles/iam.securityAdmin'])(
    '%s is an admin-role',
    (name) => expect(bind(name)).toEqual(['admin-role']),
  );
  it.each(['roles/viewer', 'roles/storage.objectViewer', 'projects/p/roles/owner'])('%s is neither', (name) =>
    expect(bind(name)).toEqual([]),
  );
  it.each(['allUsers', 'allAuthenticatedUsers'])('for %s is public', (member) =>
    expect(bind('roles/viewer', member)).toEqual(['public-access']),
  );
  it('that is only read raises no flag', () => {
    const body = { role: 'roles/owner' };
    expect(grant('gcp', 'projects.getIamPolicy', body, { level: 'read' })).toEqual([]);
  });
});

describe('a role of Azure', () => {
  const assign = (id: string): readonly string[] =>
    grant('azure', 'roleAssignments/write', {
      properties: { roleDefinitionId: `/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/${id}` },
    });

  it.each([
    ['8e3af657-a8ff-443c-a75c-2fe8c4bcb635', ['wildcard-admin']],
    ['8E3AF657-A8FF-443C-A75C-2FE8C4BCB635', ['wildcard-admin']],
    ['b24988ac-6180-42a0-ab88-20f7382dd24c', ['admin-role']],
    ['18d7d88d-d35e-4fb5-a5c3-7773c20a72d9', ['admin-role']],
    ['f58310d9-a9f6-439a-9e8d-f62e7b41a168', ['admin-role']],
    ['acdd72a7-3385-48ef-bd42-f606fba81ae7', []],
  ])('%s raises %j', (id, expected) => expect(assign(id)).toEqual(expected));
});

describe('a permission of GitHub', () => {
  it.each([
    [{ permission: 'admin' }, ['admin-role']],
    [{ permission: 'maintain' }, ['admin-role']],
    [{ role: 'admin' }, ['admin-role']],
    [{ permission: 'push' }, []],
    [{ permission: 'pull' }, []],
    [{ title: 'admin' }, []],
  ])('%j raises %j', (body, expected) => expect(grant('github', 'repos/add-collaborator', body)).toEqual(expected));

  it('means nothing in other APIs', () => {
    expect(grant('http', 'POST', { permission: 'admin' })).toEqual([]);
  });
});

describe('a privilege in a database', () => {
  it.each([
    [{ role: 'rds_superuser' }, ['wildcard-admin']],
    [{ role: 'pg_read_server_files' }, ['admin-role']],
    [{ privileges: ['all'] }, ['admin-role']],
    [{ privileges: ['select'] }, []],
  ])('%j raises %j', (params, expected) => {
    const action = actionOf({ provider: 'sql', operation: 'grant', name: 'sql:grant:public.users', params });
    expect(ids(flagsOf(callOf(), [action]))).toEqual(expected);
  });
});
