// Policy documents inside calls to AWS: what a statement gives, and to whom.
import { describe, expect, it } from 'vitest';
import { callOf, flagsOf, iam, ids, policy } from './risk-fixture.ts';

const ARN = 'arn:aws:iam::aws:policy';
const attach = (name: string): ReturnType<typeof iam> =>
  iam({ Action: 'AttachUserPolicy', UserName: 'ci', PolicyArn: `${ARN}/${name}` });
const put = (...statements: readonly object[]): ReturnType<typeof iam> =>
  iam({ Action: 'PutUserPolicy', UserName: 'ci', PolicyName: 'p', PolicyDocument: policy(...statements) });

const allow = (more: object): object => ({ Effect: 'Allow', ...more });

describe('a managed policy that is attached', () => {
  it.each(['AdministratorAccess', 'IAMFullAccess'])('%s is a wildcard-admin, with the ARN as evidence', (name) => {
    const flag = flagsOf(attach(name), 'aws').find(({ id }) => id === 'wildcard-admin');
    expect(flag).toEqual({
      id: 'wildcard-admin',
      severity: 'critical',
      title: 'Gives full administrator rights',
      evidence: `params.PolicyArn: ${ARN}/${name}`,
    });
  });

  it.each([
    'PowerUserAccess',
    'job-function/SystemAdministrator',
    'job-function/NetworkAdministrator',
    'SecretsManagerReadWrite',
  ])('%s is an admin-role', (name) => expect(ids(flagsOf(attach(name), 'aws'))).toContain('admin-role'));

  it.each([
    'ReadOnlyAccess',
    'AmazonS3ReadOnlyAccess',
    'job-function/ViewOnlyAccess',
    'AdministratorAccessNot',
    'SecurityAudit',
  ])('%s is neither', (name) => expect(ids(flagsOf(attach(name), 'aws'))).toEqual([]));

  it.each(['AttachRolePolicy', 'AttachGroupPolicy', 'PutUserPermissionsBoundary'])('counts for %s', (action) => {
    const names = { UserName: 'ci', RoleName: 'ci', GroupName: 'ci' };
    const field = action === 'PutUserPermissionsBoundary' ? 'PermissionsBoundary' : 'PolicyArn';
    const call = iam({ Action: action, ...names, [field]: `${ARN}/AdministratorAccess` });
    expect(ids(flagsOf(call, 'aws'))).toContain('wildcard-admin');
  });

  it.each(['DetachUserPolicy', 'GetPolicy', 'ListEntitiesForPolicy'])('does not count for %s', (action) => {
    const call = iam({ Action: action, UserName: 'ci', PolicyArn: `${ARN}/AdministratorAccess` });
    expect(ids(flagsOf(call, 'aws'))).not.toContain('wildcard-admin');
  });

  it.each(['aws-cn', 'aws-us-gov'])('counts in the partition %s', (partition) => {
    const arn = `arn:${partition}:iam::aws:policy/AdministratorAccess`;
    const call = iam({ Action: 'AttachUserPolicy', UserName: 'ci', PolicyArn: arn });
    expect(ids(flagsOf(call, 'aws'))).toContain('wildcard-admin');
  });
});

describe('a policy document', () => {
  it.each([
    ['every action on every resource', { Action: '*', Resource: '*' }],
    ['the same as lists', { Action: ['*'], Resource: ['*'] }],
    ['every action of every service', { Action: '*:*', Resource: '*' }],
    ['among others', { Action: ['s3:GetObject', '*'], Resource: ['arn:aws:s3:::b', '*'] }],
    ['by an ARN that is a wildcard', { Action: '*', Resource: 'arn:*' }],
    [
      'under a condition',
      { Action: '*', Resource: '*', Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } },
    ],
    ['with members in lower case', { action: '*', resource: '*' }],
  ])('that allows %s is a wildcard-admin', (_what, statement) => {
    expect(ids(flagsOf(put(allow(statement)), 'aws'))).toContain('wildcard-admin');
  });

  it('names the statement and what it allows', () => {
    const flags = flagsOf(
      put({ Effect: 'Deny', Action: '*', Resource: '*' }, allow({ Action: '*', Resource: '*' })),
      'aws',
    );
    expect(flags[0]?.evidence).toBe('params.PolicyDocument/Statement/1: Allow Action * on Resource *');
  });

  it.each([
    ['denies', { Effect: 'Deny', Action: '*', Resource: '*' }],
    ['names one action and resource', allow({ Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/*' })],
    ['only describes, wherever', allow({ Action: ['ec2:DescribeInstances', 's3:ListBucket'], Resource: '*' })],
    ['has no effect', { Action: '*', Resource: '*' }],
  ])('that %s raises no flag', (_what, statement) => {
    expect(ids(flagsOf(put(statement), 'aws'))).toEqual([]);
  });

  it.each([
    ['iam:*', '*', ['wildcard-action', 'wildcard-resource']],
    ['s3:Put*', 'arn:aws:s3:::b/*', ['wildcard-action']],
    ['s3:Delete?bject', 'arn:aws:s3:::b/*', ['wildcard-action']],
    ['ec2:TerminateInstances', '*', ['wildcard-resource']],
    ['iam:PassRole', '*', ['pass-any-role', 'wildcard-resource']],
    ['iam:PassRole', 'arn:aws:iam::111122223333:role/app', []],
  ])('allowing %s on %s is %j', (Action, Resource, expected) => {
    expect(ids(flagsOf(put(allow({ Action, Resource })), 'aws'))).toEqual(expected);
  });

  it.each(['NotAction', 'NotResource'])('with %s allows everything else', (name) => {
    const statement = allow({ Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/*', [name]: ['iam:DeleteUser'] });
    expect(ids(flagsOf(put(statement), 'aws'))).toContain('not-action');
  });

  it('with NotAction that denies raises no flag', () => {
    expect(ids(flagsOf(put({ Effect: 'Deny', NotAction: 'iam:*', Resource: '*' }), 'aws'))).not.toContain('not-action');
  });

  it('that is one statement, not a list, is read too', () => {
    const document = JSON.stringify({ Statement: allow({ Action: '*', Resource: '*' }) });
    const call = iam({ Action: 'CreatePolicy', PolicyName: 'p', PolicyDocument: document });
    expect(ids(flagsOf(call, 'aws'))).toContain('wildcard-admin');
  });

  it('is found in bodies that no recogniser understands, however deep', () => {
    const document = policy(allow({ Action: '*', Resource: '*' }));
    const nested = { a: [{ b: { document } }] };
    expect(ids(flagsOf(callOf({ body: nested }), 'http'))).toContain('wildcard-admin');
    expect(ids(flagsOf(callOf({ body: { text: JSON.stringify(nested) } }), 'http'))).toContain('wildcard-admin');
    const query = `https://api.test/?document=${encodeURIComponent(document)}`;
    expect(ids(flagsOf(callOf({ url: query }), 'http'))).toContain('wildcard-admin');
  });

  it('says the same thing once, wherever it stands', () => {
    const flags = flagsOf(put(allow({ Action: '*', Resource: '*' })), 'aws');
    expect(flags.filter(({ id }) => id === 'wildcard-admin')).toHaveLength(1);
  });
});

describe('a principal', () => {
  const trust = (Principal: unknown, more: object = {}): ReturnType<typeof iam> =>
    iam({
      Action: 'UpdateAssumeRolePolicy',
      RoleName: 'app',
      PolicyDocument: policy(allow({ Action: 'sts:AssumeRole', Principal, ...more })),
    });
  const bucket = (Principal: unknown): ReturnType<typeof callOf> =>
    callOf({
      method: 'PUT',
      url: 'https://files.s3.eu-west-1.amazonaws.com/?policy',
      body: JSON.parse(
        policy(allow({ Action: 's3:GetObject', Resource: 'arn:aws:s3:::files/*', Principal })),
      ) as object,
    });

  it.each([['*'], [{ AWS: '*' }], [{ AWS: ['arn:aws:iam::111122223333:root', '*'] }]])(
    '%j is everybody',
    (principal) => {
      expect(ids(flagsOf(trust(principal), 'aws'))).toContain('public-access');
      expect(ids(flagsOf(bucket(principal), 'aws'))).toContain('public-access');
    },
  );

  it.each([[{ Service: 'ec2.amazonaws.com' }], [{ Federated: 'arn:aws:iam::111122223333:saml-provider/x' }]])(
    '%j is not everybody',
    (principal) => expect(ids(flagsOf(trust(principal), 'aws'))).not.toContain('public-access'),
  );

  it.each(['arn:aws:iam::999988887777:root', '999988887777', 'arn:aws:sts::999988887777:assumed-role/x/y'])(
    '%s is of an account that the call does not know',
    (who) => expect(ids(flagsOf(trust({ AWS: who }), 'aws'))).toContain('named-account'),
  );

  it('is of another account where the call names its own', () => {
    const call = callOf({
      url: 'https://lambda.eu-west-1.amazonaws.com/2018-10-31/layers/x/versions/1/policy',
      body: {
        Statement: [allow({ Principal: { AWS: 'arn:aws:iam::999988887777:root' }, Action: 'lambda:GetLayerVersion' })],
      },
    });
    const own = flagsOf(call, [
      { ...flagAction, resource: { arn: 'arn:aws:lambda:eu-west-1:111122223333:layer:x:1', account: '111122223333' } },
    ]);
    expect(ids(own)).toContain('cross-account');
    const same = flagsOf(call, [{ ...flagAction, resource: { account: '999988887777' } }]);
    expect(ids(same)).not.toContain('cross-account');
  });

  const flagAction = {
    provider: 'aws',
    service: 'lambda',
    operation: 'AddLayerVersionPermission',
    name: 'aws:lambda:AddLayerVersionPermission',
    level: 'permissions-management',
    levelSource: 'catalogue',
    tags: [],
    resource: {},
    params: {},
    summary: '',
    confidence: 'exact',
  } as const;
});
