// What lets strangers in.
import { describe, expect, it } from 'vitest';
import { actionOf, awsQuery, callOf, flagsOf, ids } from './risk-fixture.ts';

const ec2 = (fields: Readonly<Record<string, string>>): readonly string[] =>
  ids(flagsOf(awsQuery('ec2', '2016-11-15', fields), 'aws'));
const s3 = (query: string, headers: readonly string[] = [], body?: object): readonly string[] =>
  ids(
    flagsOf(
      callOf({
        method: 'PUT',
        url: `https://files.s3.eu-west-1.amazonaws.com/${query}`,
        headers,
        ...(body && { body }),
      }),
      'aws',
    ),
  );

describe('a security group', () => {
  const ingress = (field: string, cidr: string, Action = 'AuthorizeSecurityGroupIngress'): readonly string[] =>
    ec2({ Action, GroupId: 'sg-1', 'IpPermissions.1.IpProtocol': 'tcp', [field]: cidr });

  it.each([
    ['IpPermissions.1.IpRanges.1.CidrIp', '0.0.0.0/0'],
    ['IpPermissions.1.Ipv6Ranges.1.CidrIpv6', '::/0'],
    ['CidrIp', '0.0.0.0/0'],
    ['CidrIp', '000.000.000.000/0'],
    ['CidrIp', '0.0.0.0/00'],
  ])('with %s %s is open', (field, cidr) => expect(ingress(field, cidr)).toContain('open-ingress'));

  it.each(['10.0.0.0/8', '203.0.113.7/32', '0.0.0.0/32', '::1/128', '0.0.0.0'])('with %s is not', (cidr) =>
    expect(ingress('CidrIp', cidr)).not.toContain('open-ingress'),
  );

  it('may let everything out', () => {
    expect(ingress('CidrIp', '0.0.0.0/0', 'AuthorizeSecurityGroupEgress')).not.toContain('open-ingress');
  });

  it('says where the range stands', () => {
    const call = awsQuery('ec2', '2016-11-15', {
      Action: 'AuthorizeSecurityGroupIngress',
      GroupId: 'sg-1',
      CidrIp: '0.0.0.0/0',
    });
    expect(flagsOf(call, 'aws').map(({ evidence }) => evidence)).toContain('params.CidrIp: 0.0.0.0/0');
  });
});

it('does not take a route to everywhere for an open door', () => {
  expect(
    ec2({ Action: 'CreateRoute', RouteTableId: 'rtb-1', DestinationCidrBlock: '0.0.0.0/0', GatewayId: 'igw-1' }),
  ).not.toContain('open-ingress');
});

it('does not flag what only reads', () => {
  expect(
    ec2({ Action: 'DescribeSecurityGroups', 'Filter.1.Name': 'ip-permission.cidr', 'Filter.1.Value.1': '0.0.0.0/0' }),
  ).toEqual([]);
});

describe('an object or bucket of S3', () => {
  it.each(['public-read', 'public-read-write', 'authenticated-read'])('with the ACL %s is public', (acl) =>
    expect(s3('key', ['x-amz-acl', acl])).toContain('public-access'),
  );
  it.each(['private', 'bucket-owner-full-control', 'aws-exec-read'])('with the ACL %s is not', (acl) =>
    expect(s3('key', ['x-amz-acl', acl])).not.toContain('public-access'),
  );
  it.each(['AllUsers', 'AuthenticatedUsers'])('granted to the group %s is public', (group) =>
    expect(s3('?acl', ['x-amz-grant-read', `uri="http://acs.amazonaws.com/groups/global/${group}"`])).toContain(
      'public-access',
    ),
  );
  it('granted to a person is not', () => {
    expect(
      s3('?acl', ['x-amz-grant-read', 'id="79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"']),
    ).not.toContain('public-access');
  });
});

describe('the block on public access', () => {
  const block = (value: boolean): readonly string[] =>
    ids(
      flagsOf(callOf({ method: 'PUT', body: { BlockPublicAcls: true, RestrictPublicBuckets: value } }), [
        actionOf({ provider: 'aws', operation: 'PutPublicAccessBlock', name: 'aws:s3:PutBucketPublicAccessBlock' }),
      ]),
    );
  it('is removed by one false', () => expect(block(false)).toEqual(['public-block-removed']));
  it('stays while all are true', () => expect(block(true)).toEqual([]));
  it('is removed when it is deleted', () => {
    const call = callOf({ method: 'DELETE', url: 'https://files.s3.eu-west-1.amazonaws.com/?publicAccessBlock' });
    expect(ids(flagsOf(call, 'aws'))).toContain('public-block-removed');
  });
});

describe('what is shared in AWS', () => {
  it.each([
    ['ModifyImageAttribute', { ImageId: 'ami-1', 'LaunchPermission.Add.1.Group': 'all' }],
    ['ModifySnapshotAttribute', { SnapshotId: 'snap-1', 'CreateVolumePermission.Add.1.Group': 'all' }],
  ])('%s with everybody is public', (Action, fields) => expect(ec2({ Action, ...fields })).toContain('public-access'));

  it.each([
    ['ModifyImageAttribute', { ImageId: 'ami-1', 'LaunchPermission.Add.1.UserId': '111122223333' }],
    ['RunInstances', { ImageId: 'ami-1', 'SecurityGroup.1': 'all' }],
  ])('%s with somebody is not', (Action, fields) => expect(ec2({ Action, ...fields })).not.toContain('public-access'));

  it('says so of snapshots of databases', () => {
    const call = awsQuery('rds', '2014-10-31', {
      Action: 'ModifyDBSnapshotAttribute',
      DBSnapshotIdentifier: 's',
      AttributeName: 'restore',
      'ValuesToAdd.AttributeValue.1': 'all',
    });
    expect(ids(flagsOf(call, 'aws'))).toContain('public-access');
  });

  it.each([
    ['true', true],
    ['false', false],
  ])('says that a database is reachable from outside: %s', (value, expected) => {
    const call = awsQuery('rds', '2014-10-31', {
      Action: 'ModifyDBInstance',
      DBInstanceIdentifier: 'd',
      PubliclyAccessible: value,
    });
    expect(ids(flagsOf(call, 'aws')).includes('public-endpoint')).toBe(expected);
  });

  it.each([
    ['*', true],
    ['s3.amazonaws.com', false],
  ])('says that a function may be called by %s', (principal, expected) => {
    const call = callOf({
      url: 'https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/f/policy',
      body: { Action: 'lambda:InvokeFunction', Principal: principal, StatementId: 's' },
    });
    expect(ids(flagsOf(call, 'aws')).includes('public-access')).toBe(expected);
  });
});

describe('a repository of GitHub', () => {
  const update = (body: object, provider = 'github'): readonly string[] =>
    ids(flagsOf(callOf({ method: 'PATCH', body }), [actionOf({ provider, operation: 'repos/update' })]));
  it.each([{ private: false }, { visibility: 'public' }])('that becomes %j is public', (body) =>
    expect(update(body)).toEqual(['public-access']),
  );
  it.each([{ private: true }, { visibility: 'internal' }, { has_wiki: false }])('that becomes %j is not', (body) =>
    expect(update(body)).toEqual([]),
  );
  it('is what the word means there only', () => expect(update({ private: false }, 'http')).toEqual([]));
});

describe('Azure', () => {
  const write = (body: object): readonly string[] =>
    ids(flagsOf(callOf({ method: 'PUT', body }), [actionOf({ provider: 'azure', operation: 'write' })]));
  it.each([
    [{ properties: { allowBlobPublicAccess: true } }, ['public-block-removed']],
    [{ properties: { allowBlobPublicAccess: false } }, []],
    [{ properties: { publicAccess: 'Container' } }, ['public-access']],
    [{ properties: { publicAccess: 'None' } }, []],
    [{ properties: { sourceAddressPrefix: '*' } }, ['open-ingress']],
    [{ properties: { sourceAddressPrefix: 'Internet' } }, ['open-ingress']],
    [{ properties: { sourceAddressPrefix: '10.0.0.0/8' } }, []],
    [{ properties: { publicNetworkAccess: 'Enabled' } }, ['public-endpoint']],
    [{ properties: { publicNetworkAccess: 'Disabled' } }, []],
  ])('%j raises %j', (body, expected) => expect(write(body)).toEqual(expected));
});

describe('a service of Kubernetes', () => {
  const service = (spec: object): readonly string[] =>
    ids(
      flagsOf(
        callOf({
          url: 'https://k8s.test/api/v1/namespaces/prod/services',
          body: { kind: 'Service', apiVersion: 'v1', metadata: { name: 's' }, spec },
        }),
        'kubernetes',
      ),
    );
  it.each([
    [{ type: 'LoadBalancer' }, ['public-endpoint']],
    [{ type: 'NodePort' }, ['public-endpoint']],
    [{ externalIPs: ['203.0.113.1'] }, ['public-endpoint']],
    [{ type: 'ClusterIP' }, []],
    [{ type: 'LoadBalancer', loadBalancerSourceRanges: ['0.0.0.0/0'] }, ['open-ingress', 'public-endpoint']],
  ])('with %j raises %j', (spec, expected) => expect(service(spec)).toEqual(expected));
});
