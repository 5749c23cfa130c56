import { describe, expect, it } from 'vitest';
import { serviceHost } from '../../../src/actions/aws/service-host.ts';
import type { Call } from '../../../src/core/call.ts';

function hostOf(service: string, region: string, more: Partial<Call> = {}, suffix = 'amazonaws.com'): string {
  const body = { state: 'none' } as const;
  const call: Call = {
    method: 'POST',
    upstream: 'aws',
    scheme: 'https',
    host: '',
    path: '/',
    query: undefined,
    headers: [],
    body,
    signedFor: { service, region },
    ...more,
  };
  const found = serviceHost(call, suffix);
  return found.ok ? found.host : `none: ${found.why}`;
}

const target = (name: string): Partial<Call> => ({
  headers: ['X-Amz-Target', name, 'Content-Type', 'application/x-amz-json-1.0'],
});

describe('the host of a service', () => {
  // As botocore's clients have them.
  it.each<[string, string, Partial<Call>, string]>([
    ['s3', 'eu-west-1', { method: 'GET', path: '/bucket/key' }, 's3.eu-west-1.amazonaws.com'],
    ['sts', 'eu-west-1', {}, 'sts.eu-west-1.amazonaws.com'],
    ['iam', 'us-east-1', {}, 'iam.amazonaws.com'],
    ['route53', 'us-east-1', { path: '/2013-04-01/hostedzone' }, 'route53.amazonaws.com'],
    ['cloudfront', 'us-east-1', { path: '/2020-05-31/distribution' }, 'cloudfront.amazonaws.com'],
    [
      'organizations',
      'us-east-1',
      target('AWSOrganizationsV20161128.ListRoots'),
      'organizations.us-east-1.amazonaws.com',
    ],
    ['monitoring', 'us-east-2', {}, 'monitoring.us-east-2.amazonaws.com'],
    ['ec2', 'ap-southeast-2', {}, 'ec2.ap-southeast-2.amazonaws.com'],
    ['lambda', 'eu-west-1', { method: 'GET', path: '/2015-03-31/functions' }, 'lambda.eu-west-1.amazonaws.com'],
    ['ecr', 'eu-west-1', {}, 'api.ecr.eu-west-1.amazonaws.com'],
    ['dynamodb', 'eu-west-1', target('DynamoDB_20120810.ListTables'), 'dynamodb.eu-west-1.amazonaws.com'],
    [
      'dynamodb',
      'eu-west-1',
      target('DynamoDBStreams_20120810.ListStreams'),
      'streams.dynamodb.eu-west-1.amazonaws.com',
    ],
    ['bedrock', 'us-east-1', { path: '/model/m/invoke' }, 'bedrock-runtime.us-east-1.amazonaws.com'],
    ['bedrock', 'us-east-1', { method: 'GET', path: '/foundation-models' }, 'bedrock.us-east-1.amazonaws.com'],
    ['sagemaker', 'us-east-1', target('SageMaker.ListEndpoints'), 'api.sagemaker.us-east-1.amazonaws.com'],
    ['sagemaker', 'us-east-1', { path: '/endpoints/e/invocations' }, 'runtime.sagemaker.us-east-1.amazonaws.com'],
    ['ses', 'eu-west-1', { method: 'GET', path: '/v2/email/identities' }, 'email.eu-west-1.amazonaws.com'],
    [
      'elasticfilesystem',
      'eu-west-1',
      { path: '/2015-02-01/file-systems' },
      'elasticfilesystem.eu-west-1.amazonaws.com',
    ],
  ])('%s in %s', (service, region, more, host) => {
    expect(hostOf(service, region, more)).toBe(host);
  });

  it('is below the domain that was configured', () => {
    expect(hostOf('iam', 'cn-north-1', {}, 'amazonaws.com.cn')).toBe('iam.cn-north-1.amazonaws.com.cn');
    expect(hostOf('s3', 'us-east-1', {}, 'aws.internal')).toBe('s3.us-east-1.aws.internal');
  });

  it.each<[string, string, Partial<Call>]>([
    ['nosuchservice', 'us-east-1', {}],
    ['s3', 'evil.example.com', {}],
    ['s3', 'us-east-1.evil', {}],
    ['s3', '', {}],
    ['s3', 'aws-global', {}],
    ['evil.example.com/', 'us-east-1', {}],
    ['s3', 'us-east-1', { path: '/v20180820/bucket/b' }],
    ['s3-outposts', 'us-east-1', {}],
    ['datazone', 'us-east-1', {}],
    ['execute-api', 'us-east-1', { method: 'GET', path: '/prod/@connections/c' }],
    ['timestream', 'us-east-1', target('Timestream_20181101.DescribeEndpoints')],
    ['dsql', 'us-east-1', { method: 'GET', path: '/cluster' }],
    ['bedrock', 'us-east-1', { path: '/nothing/that/is/known' }],
    ['dynamodb', 'eu-west-1', target('DynamoDB_20120810.Nothing')],
    ['aws-marketplace', 'us-east-1', {}],
  ])('is none for %s in %s', (service, region, more) => {
    expect(hostOf(service, region, more)).toMatch(/^none: /);
  });

  it('is none for a call that nobody signed', () => {
    expect(hostOf('s3', 'us-east-1', { signedFor: undefined } as never)).toMatch(/^none: The call is not signed/);
  });
});
