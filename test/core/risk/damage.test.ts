// What cannot be undone, or is refused unless forced.
import { describe, expect, it } from 'vitest';
import type { Action } from '../../../src/core/action.ts';
import { actionOf, awsQuery, callOf, flagsOf, ids } from './risk-fixture.ts';

const pod = (spec: object): readonly string[] =>
  ids(
    flagsOf(
      callOf({
        url: 'https://k8s.test/api/v1/namespaces/prod/pods',
        body: { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'p' }, spec },
      }),
      'kubernetes',
    ),
  );

describe('a pod', () => {
  it.each([
    [{ containers: [{ name: 'c', image: 'i', securityContext: { privileged: true } }] }],
    [{ containers: [{ name: 'c', image: 'i' }], hostNetwork: true }],
    [{ containers: [{ name: 'c', image: 'i' }], hostPID: true }],
    [{ containers: [{ name: 'c', image: 'i' }], volumes: [{ name: 'v', hostPath: { path: '/etc' } }] }],
    [{ containers: [{ name: 'c', image: 'i', securityContext: { capabilities: { add: ['SYS_ADMIN'] } } }] }],
  ])('with %j is privileged', (spec) => expect(pod(spec)).toContain('privileged-pod'));

  it.each([
    [{ containers: [{ name: 'c', image: 'i' }] }],
    [{ containers: [{ name: 'c', image: 'i', securityContext: { privileged: false } }], hostNetwork: false }],
    [{ containers: [{ name: 'c', image: 'i', securityContext: { capabilities: { add: ['NET_BIND_SERVICE'] } } }] }],
  ])('with %j is not', (spec) => expect(pod(spec)).toEqual([]));
});

describe('deleting in Kubernetes', () => {
  const del = (path: string, body?: object): readonly string[] =>
    ids(flagsOf(callOf({ method: 'DELETE', url: `https://k8s.test${path}`, ...(body && { body }) }), 'kubernetes'));

  it.each([
    ['/api/v1/namespaces/prod', 'deletes-many'],
    ['/api/v1/namespaces/prod/pods', 'deletes-many'],
    ['/api/v1/namespaces/prod/pods/p?gracePeriodSeconds=0', 'force'],
  ])('%s is %s', (path, id) => expect(del(path)).toContain(id));

  it.each(['/api/v1/namespaces/prod/pods/p', '/api/v1/namespaces/prod/pods/p?gracePeriodSeconds=30'])(
    '%s raises no flag',
    (path) => expect(del(path)).toEqual([]),
  );

  it('sees the grace period in the body too', () => {
    const body = { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 };
    expect(del('/api/v1/namespaces/prod/pods/p', body)).toContain('force');
  });
});

describe('SQL', () => {
  const sql = (over: Partial<Action>): readonly string[] =>
    ids(
      flagsOf(callOf({ body: { query: '…' } }), [
        actionOf({ provider: 'sql', name: 'sql:delete:public.users', ...over }),
      ]),
    );

  it.each([
    [{ operation: 'delete', params: { effect: 'write', flags: ['no-where'] } }, ['whole-table']],
    [{ operation: 'update', params: { effect: 'write', flags: ['no-where'] } }, ['whole-table']],
    [{ operation: 'drop', params: { effect: 'ddl' } }, ['whole-table']],
    [{ operation: 'truncate', params: { effect: 'write' } }, ['whole-table']],
    [
      { operation: 'drop', tags: ['destructive'], params: { effect: 'ddl', flags: ['cascade'] } },
      ['force', 'whole-table'],
    ],
    [{ operation: 'copy', params: { effect: 'export', flags: ['server-file'] } }, ['database-server']],
    [{ operation: 'copy', params: { effect: 'exec', flags: ['program'] } }, ['database-server']],
    [{ operation: 'create', params: { effect: 'code' } }, ['database-server']],
    [{ operation: 'delete', params: { effect: 'write' } }, []],
    [{ operation: 'update', params: { effect: 'write', flags: ['locking'] } }, []],
    [{ operation: 'select', level: 'read', params: { effect: 'read', flags: ['no-where'] } }, []],
  ] as const)('%j raises %j', (over, expected) => expect(sql(over)).toEqual(expected));
});

describe('protection in AWS', () => {
  const rds = (fields: Readonly<Record<string, string>>): readonly string[] =>
    ids(flagsOf(awsQuery('rds', '2014-10-31', fields), 'aws'));

  it.each([
    [{ Action: 'ModifyDBInstance', DBInstanceIdentifier: 'd', DeletionProtection: 'false' }, ['protection-removed']],
    [{ Action: 'ModifyDBInstance', DBInstanceIdentifier: 'd', DeletionProtection: 'true' }, []],
    [{ Action: 'DeleteDBInstance', DBInstanceIdentifier: 'd', SkipFinalSnapshot: 'true' }, ['force']],
    [{ Action: 'DeleteDBInstance', DBInstanceIdentifier: 'd', SkipFinalSnapshot: 'false' }, []],
  ])('%j raises %j', (fields, expected) => {
    const found = rds(fields).filter((id) => id === 'force' || id === 'protection-removed');
    expect(found).toEqual(expected);
  });

  const secrets = (body: object): readonly string[] =>
    ids(
      flagsOf(
        callOf({
          url: 'https://secretsmanager.eu-west-1.amazonaws.com/',
          headers: ['X-Amz-Target', 'secretsmanager.DeleteSecret'],
          body,
          type: 'application/x-amz-json-1.1',
        }),
        'aws',
      ),
    );
  it.each([
    [{ SecretId: 's', ForceDeleteWithoutRecovery: true }, true],
    [{ SecretId: 's', RecoveryWindowInDays: 7 }, true],
    [{ SecretId: 's', RecoveryWindowInDays: 30 }, false],
    [{ SecretId: 's' }, false],
  ])('deleting a secret with %j is forced: %s', (body, expected) =>
    expect(secrets(body).includes('force')).toBe(expected),
  );

  it('weakens the record where a trail is stopped', () => {
    const call = callOf({
      url: 'https://cloudtrail.eu-west-1.amazonaws.com/',
      headers: ['X-Amz-Target', 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.StopLogging'],
      body: { Name: 'trail' },
      type: 'application/x-amz-json-1.1',
    });
    expect(ids(flagsOf(call, 'aws'))).toContain('audit-weakened');
  });

  it('deletes many where one call names several objects', () => {
    const body = '<Delete><Object><Key>a</Key></Object><Object><Key>b</Key></Object></Delete>';
    const call = callOf({ url: 'https://files.s3.eu-west-1.amazonaws.com/?delete', body, type: 'application/xml' });
    const flag = flagsOf(call, 'aws').find(({ id }) => id === 'deletes-many');
    expect(flag?.evidence).toContain('2 things');
    const one = callOf({ method: 'DELETE', url: 'https://files.s3.eu-west-1.amazonaws.com/a' });
    expect(ids(flagsOf(one, 'aws'))).not.toContain('deletes-many');
  });
});

describe('git and GitHub', () => {
  const push = (over: Partial<Action>): readonly string[] =>
    ids(flagsOf(callOf(), [actionOf({ provider: 'git', ...over })]));

  it.each([
    [{ operation: 'push', params: { ref: 'refs/heads/main', force: true } }, ['force', 'protected-branch']],
    [{ operation: 'delete-ref', params: { ref: 'refs/heads/release/1' } }, ['protected-branch']],
    [{ operation: 'delete-ref', params: { ref: 'refs/heads/feature' } }, []],
    [{ operation: 'push', params: { ref: 'refs/heads/main' } }, []],
    [{ operation: 'push', params: { ref: 'refs/heads/feature', force: true } }, ['force']],
  ])('%j raises %j', (over, expected) => expect(push(over)).toEqual(expected));

  it.each([
    ['repos/delete-branch-protection', ['protection-removed']],
    ['repos/update-branch-protection', []],
  ])('%s raises %j', (operation, expected) => {
    const action = actionOf({ provider: 'github', operation, name: `github:${operation}` });
    expect(ids(flagsOf(callOf(), [action]))).toEqual(expected);
  });

  it.each([
    [{ allow_force_pushes: true }, ['force']],
    [{ enforce_admins: false }, ['protection-removed']],
    [{ enforce_admins: true, allow_force_pushes: false }, []],
  ])('a branch protection with %j raises %j', (body, expected) => {
    const action = actionOf({ provider: 'github', operation: 'repos/update-branch-protection' });
    expect(ids(flagsOf(callOf({ method: 'PUT', body }), [action]))).toEqual(expected);
  });
});
