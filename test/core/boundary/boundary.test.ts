// Where actions stand to a boundary: by what they name, and by what they have to name and do not.
import { describe, expect, it } from 'vitest';
import { createActions } from '../../../src/actions/registry.ts';
import type { Action } from '../../../src/core/action.ts';
import { type BoundaryConfig, compileBoundary } from '../../../src/core/boundary/boundary.ts';
import { actionOf, awsQuery, callOf, iam } from '../risk/risk-fixture.ts';
import type { Call } from '../../../src/core/call.ts';
import type { Upstream } from '../../../src/core/upstream.ts';

function placeOf(action: Partial<Action>, config: BoundaryConfig): string {
  const { place, why } = compileBoundary(config)(actionOf(action));
  return why === undefined ? place : `${place}: ${why}`;
}

const EU = { regions: ['eu-*'] };
const OURS = { accounts: ['111122223333'] };

describe('a region', () => {
  const aws = (over: Partial<Action>): Partial<Action> => ({ provider: 'aws', service: 'ec2', ...over });
  it.each<[Partial<Action>, string]>([
    [aws({ resource: { region: 'eu-west-1' } }), 'inside'],
    [aws({ resource: { region: 'us-east-1' } }), 'outside: region us-east-1'],
    [aws({ resource: {} }), 'unknown: no region named'],
    [aws({ resource: { region: '*' } }), 'unknown: any region'],
    // What lives in no region cannot leave one.
    [aws({ service: 'iam', resource: { region: 'us-east-1' } }), 'inside'],
    // The target of a copy counts, wherever the call goes.
    [
      aws({ resource: { region: 'eu-west-1' }, params: { DestinationRegion: 'us-east-1' } }),
      'outside: region us-east-1',
    ],
    [aws({ resource: { region: 'eu-west-1' }, params: { AvailabilityZone: 'eu-west-1b' } }), 'inside'],
    [
      aws({ resource: { region: 'eu-west-1' }, params: { AvailabilityZone: 'us-east-1b' } }),
      'outside: region us-east-1',
    ],
    [
      aws({ resource: { region: 'eu-west-1' }, params: { a: { b: ['arn:aws:sns:ap-south-1:111122223333:t'] } } }),
      'outside: region ap-south-1',
    ],
    [
      aws({ service: 's3', resource: { region: 'eu-west-1' }, params: { LocationConstraint: 'EU' } }),
      'outside: region EU',
    ],
    [{ provider: 'gcp', service: 'compute', resource: { region: 'eu-north1' } }, 'inside'],
    [
      { provider: 'gcp', service: 'run', resource: { id: 'projects/p/locations/us-central1/services/s' } },
      'outside: region us-central1',
    ],
    [{ provider: 'gcp', service: 'iam', resource: {} }, 'inside'],
    [{ provider: 'k8s', resource: { namespace: 'prod' } }, 'inside'],
    [{ provider: 'http' }, 'unknown: no region named'],
  ])('of %j is %s', (action, expected) => expect(placeOf(action, EU)).toBe(expected));

  it('is compared exactly: what a rule does not name is not inside', () => {
    expect(placeOf(aws({ resource: { region: 'EU-west-1' } }), EU)).toBe('outside: region EU-west-1');
  });
});

describe('an account', () => {
  const aws = (over: Partial<Action>): Partial<Action> => ({ provider: 'aws', service: 'iam', ...over });
  it.each<[Partial<Action>, BoundaryConfig, string]>([
    [aws({ resource: { account: '111122223333' } }), OURS, 'inside'],
    [aws({ resource: { account: '999988887777' } }), OURS, 'outside: account 999988887777'],
    [aws({}), OURS, 'unknown: no account named'],
    [aws({}), { accounts: ['self'] }, 'inside'],
    [aws({}), { accounts: ['111122223333', 'self'] }, 'inside'],
    [
      aws({ params: { RoleArn: 'arn:aws:iam::999988887777:role/x' } }),
      { accounts: ['111122223333', 'self'] },
      'outside: account 999988887777',
    ],
    [aws({ params: { RoleArn: 'arn:aws:iam::111122223333:role/x' } }), OURS, 'unknown: no account named'],
    [aws({ params: { PolicyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' } }), { accounts: ['self'] }, 'inside'],
    [
      aws({ params: { PolicyDocument: '{"Principal":{"AWS":"arn:aws:iam::999988887777:root"}}' } }),
      { accounts: ['self'] },
      'outside: account 999988887777',
    ],
    [aws({ params: { UserId: '999988887777' } }), { accounts: ['self'] }, 'outside: account 999988887777'],
    [aws({ params: { OwnerId: 'amazon' } }), { accounts: ['self'] }, 'inside'],
    [
      { provider: 'azure', resource: { account: '0b1f6471-1bf0-4dda-aec3-cb9272f09590' } },
      { accounts: ['0b1f6471-*'] },
      'inside',
    ],
    [
      {
        provider: 'azure',
        resource: { account: 'a' },
        params: { source: '/subscriptions/0B1F6471-1BF0-4DDA-AEC3-CB9272F09590/x' },
      },
      { accounts: ['a'] },
      'outside: account 0b1f6471-1bf0-4dda-aec3-cb9272f09590',
    ],
    [{ provider: 'gcp', resource: { account: 'p' } }, OURS, 'inside'],
    [{ provider: 'github', resource: { namespace: 'o' } }, OURS, 'inside'],
    [{ provider: 'http' }, OURS, 'unknown: no account named'],
  ])('%j in %j is %s', (action, config, expected) => expect(placeOf(action, config)).toBe(expected));
});

describe('a bucket', () => {
  const config = { buckets: ['corp-*'] };
  const s3 = (resource: Action['resource'], params: Action['params'] = {}): Partial<Action> => ({
    provider: 'aws',
    service: 's3',
    resource,
    params,
  });
  it.each<[Partial<Action>, string]>([
    [s3({ type: 'bucket', id: 'corp-logs' }), 'inside'],
    [s3({ type: 'bucket', id: 'evil' }), 'outside: bucket evil'],
    [s3({ type: 'object', id: 'corp-logs/a/b', arn: 'arn:aws:s3:::corp-logs/a/b' }), 'inside'],
    [s3({ type: 'object', id: 'evil/a', arn: 'arn:aws:s3:::evil/a' }), 'outside: bucket evil'],
    [s3({ type: 'object', id: 'evil/a' }), 'outside: bucket evil'],
    [s3({}), 'unknown: no bucket named'],
    [s3({ type: 'bucket', id: '*' }), 'unknown: any bucket'],
    [{ provider: 'aws', service: 'iam', resource: {} }, 'inside'],
    [
      { provider: 'aws', service: 'cloudtrail', resource: {}, params: { S3BucketName: 'evil' } },
      'outside: bucket evil',
    ],
    [
      { provider: 'aws', service: 'athena', resource: {}, params: { OutputLocation: 's3://evil/x' } },
      'outside: bucket evil',
    ],
    [{ provider: 'gcp', service: 'storage', resource: { type: 'bucket', id: 'corp-x' } }, 'inside'],
    [
      { provider: 'gcp', service: 'bigquery', resource: {}, params: { destinationUris: ['gs://evil/x'] } },
      'outside: bucket evil',
    ],
    [{ provider: 'k8s', resource: {} }, 'inside'],
  ])('of %j is %s', (action, expected) => expect(placeOf(action, config)).toBe(expected));
});

describe('a bucket that is listed by its name', () => {
  const config = { buckets: ['corp-logs', 'team-*'], regions: ['eu-*'], accounts: ['111122223333'] };
  const s3 = (id: string, service = 's3'): Partial<Action> => ({
    provider: 'aws',
    service,
    resource: { type: 'bucket', id },
  });
  it.each<[Partial<Action>, string]>([
    [s3('corp-logs'), 'inside'],
    // Bucket names are global: what a glob matches may be anybody's.
    [s3('team-a'), 'unknown: no region named'],
    [
      { provider: 'aws', service: 'cloudtrail', resource: {}, params: { S3BucketName: 'corp-logs' } },
      'unknown: no region named',
    ],
    [{ ...s3('corp-logs'), params: { RoleArn: 'arn:aws:iam::999988887777:role/x' } }, 'outside: account 999988887777'],
  ])('vouches for where it is and whose: %j is %s', (action, expected) =>
    expect(placeOf(action, config)).toBe(expected),
  );
});

describe('projects and namespaces', () => {
  it.each<[Partial<Action>, BoundaryConfig, string]>([
    [{ provider: 'gcp', resource: { account: 'prod-1' } }, { projects: ['prod-*'] }, 'inside'],
    [{ provider: 'gcp', resource: { account: 'dev' } }, { projects: ['prod-*'] }, 'outside: project dev'],
    [{ provider: 'gcp', resource: { id: 'projects/dev/topics/t' } }, { projects: ['prod-*'] }, 'outside: project dev'],
    [{ provider: 'gcp', resource: {} }, { projects: ['prod-*'] }, 'unknown: no project named'],
    [
      {
        provider: 'gcp',
        resource: { account: 'prod-1' },
        params: { sourceSnapshot: 'projects/dev/global/snapshots/s' },
      },
      { projects: ['prod-*'] },
      'outside: project dev',
    ],
    [{ provider: 'aws', resource: {} }, { projects: ['prod-*'] }, 'inside'],
    [
      { provider: 'k8s', name: 'k8s:delete:pods', resource: { namespace: 'team-a' } },
      { namespaces: ['team-a'] },
      'inside',
    ],
    [
      { provider: 'k8s', name: 'k8s:delete:pods', resource: { namespace: 'kube-system' } },
      { namespaces: ['team-a'] },
      'outside: namespace kube-system',
    ],
    [
      { provider: 'k8s', name: 'k8s:list:pods', resource: { namespace: '*' } },
      { namespaces: ['team-a'] },
      'unknown: any namespace',
    ],
    [{ provider: 'k8s', name: 'k8s:list:pods', resource: { namespace: '*' } }, { namespaces: ['*'] }, 'inside'],
    [
      { provider: 'k8s', name: 'k8s:delete:nodes', resource: {} },
      { namespaces: ['team-a'] },
      'unknown: no namespace named',
    ],
    [{ provider: 'k8s', name: 'k8s:get:/version', resource: {} }, { namespaces: ['team-a'] }, 'inside'],
    [{ provider: 'github', resource: { namespace: 'acme' } }, { namespaces: ['acme'] }, 'inside'],
    [{ provider: 'github', resource: { namespace: 'evil' } }, { namespaces: ['acme'] }, 'outside: namespace evil'],
    [{ provider: 'sql', resource: { namespace: 'public' } }, { namespaces: ['app'] }, 'outside: namespace public'],
  ])('%j in %j is %s', (action, config, expected) => expect(placeOf(action, config)).toBe(expected));
});

describe('doubt', () => {
  it('is what nobody can tell', () => {
    const action = {
      provider: 'aws',
      service: 'ec2',
      resource: { region: 'eu-west-1' },
      confidence: 'unknown',
    } as const;
    expect(placeOf(action, EU)).toBe('unknown: nobody can tell what it does');
    expect(placeOf({ ...action, resource: { region: 'us-east-1' } }, EU)).toBe('outside: region us-east-1');
  });

  it('is what is too much to look at', () => {
    const params = { list: Array.from({ length: 5_000 }, (_, i) => `x${i}`) };
    expect(placeOf({ provider: 'aws', service: 'ec2', resource: { region: 'eu-west-1' }, params }, EU)).toMatch(
      /^unknown: more/,
    );
    expect(placeOf({ provider: 'k8s', resource: {}, params }, EU)).toMatch(/^unknown: more/);
    const long = { text: 'x'.repeat(100_000) };
    expect(placeOf({ provider: 'aws', service: 'ec2', resource: { region: 'eu-west-1' }, params: long }, EU)).toMatch(
      /^unknown: more/,
    );
  });

  it('of one dimension does not hide that another is left', () => {
    const action = { provider: 'aws', service: 'ec2', resource: { region: 'us-east-1' } };
    expect(placeOf(action, { accounts: ['111122223333'], regions: ['eu-*'] })).toBe('outside: region us-east-1');
  });
});

describe('a real call', () => {
  const read = (call: Call, kind: Upstream['kind'], boundary: BoundaryConfig): readonly (string | undefined)[] =>
    createActions([{ id: 'api', kind, basePath: '', boundary }])
      .recognise(call)
      .map((action) => action.boundary);

  it.each([
    ['eu-west-1', 'inside'],
    ['us-east-1', 'outside'],
  ])('to EC2 in %s is %s', (region, expected) => {
    const call = awsQuery(`ec2.${region}`, '2016-11-15', { Action: 'StartInstances', 'InstanceId.1': 'i-1' });
    expect(new Set(read(call, 'aws', EU))).toEqual(new Set([expected]));
  });

  it('to IAM has no region, and counts every action that it is', () => {
    const call = iam({
      Action: 'AttachUserPolicy',
      UserName: 'ci',
      PolicyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess',
    });
    expect(new Set(read(call, 'aws', { ...EU, accounts: ['self'] }))).toEqual(new Set(['inside']));
  });

  it('that copies an object names both buckets', () => {
    const call = callOf({
      method: 'PUT',
      url: 'https://evil.s3.eu-west-1.amazonaws.com/copy',
      headers: ['x-amz-copy-source', '/corp-data/secret'],
    });
    expect(read(call, 'aws', { buckets: ['corp-*'] })).toContain('outside');
  });

  it('to Kubernetes stands by its namespace', () => {
    const call = callOf({ method: 'DELETE', url: 'https://k8s.test/api/v1/namespaces/kube-system/pods/p' });
    expect(read(call, 'kubernetes', { namespaces: ['team-*'] })).toEqual(['outside']);
  });

  it('of an upstream without a boundary stands nowhere', () => {
    const [action] = createActions([{ id: 'api', kind: 'aws', basePath: '' }]).recognise(iam({ Action: 'ListUsers' }));
    expect(action).not.toHaveProperty('boundary');
  });
});
