// Reads whose level says nothing of what they hand out: credentials and secrets in answers, always or where the call asks for them.
import { describe, expect, it } from 'vitest';
import { awsAction } from '../../../src/actions/aws/action-names.ts';
import { call, form, json, recognise } from './calls.ts';

const tagsOf = (made: ReturnType<typeof call>): readonly (readonly string[])[] =>
  recognise(made).map(({ tags }) => tags);
const gateway = (target: string): ReturnType<typeof call> =>
  call(`GET https://apigateway.us-east-1.amazonaws.com${target}`, { scope: 'apigateway' });

describe('what reads hand out', () => {
  it.each([
    ['credential-issue', 'eks-auth:AssumeRoleForPodIdentity'],
    ['credential-issue', 'kinesisanalytics:CreateApplicationPresignedUrl'],
    ['credential-issue', 'codepipeline:GetJobDetails'],
    ['credential-issue', 'quicksight:GetSessionEmbedUrl'],
    ['credential-issue', 'emr-serverless:GetDashboardForJobRun'],
    ['credential-issue', 'amplifybackend:GetToken'],
    ['credential-issue', 'finspace:GetKxConnectionString'],
    ['credential-issue', 'm2:GetSignedBluinsightsUrl'],
    ['credential-issue', 'iq:GetChatToken'],
    ['secret-read', 'storagegateway:DescribeChapCredentials'],
    ['secret-read', 'cognito-idp:DescribeIdentityProvider'],
    ['secret-read', 'appsync:GetGraphqlApiEnvironmentVariables'],
    ['secret-read', 'lambda:ListFunctions'],
    ['secret-read', 'lambda:ListVersionsByFunction'],
    ['secret-read', 'ec2:DescribeVpnConnections'],
    ['secret-read', 'ec2:DescribeLaunchTemplateVersions'],
    ['secret-read', 'geo:DescribeKey'],
    ['secret-read', 'mediapackage:ListChannels'],
    ['secret-read', 'macie2:GetSensitiveDataOccurrences'],
    ['secret-read', 'codebuild:BatchGetBuilds'],
    ['secret-read', 'batch:DescribeJobs'],
    ['code-execution', 'bedrock:InvokeFlow'],
  ])('%s: %s', (tag, name) => {
    expect(awsAction(`aws:${name}`)?.tags).toContain(tag);
  });
});

describe('reads that give away secrets where the call asks for them', () => {
  it.each([
    ['/apikeys', []],
    ['/apikeys?includeValues=false', []],
    ['/apikeys?includeValues=true', ['secret-read']],
    ['/apikeys?includeValues=TRUE', ['secret-read']],
    ['/apikeys/k1', []],
    ['/apikeys/k1?includeValue=true', ['secret-read']],
    ['/usageplans/p1/keys', ['secret-read']],
    ['/usageplans/p1/keys/k1', ['secret-read']],
    ['/restapis', []],
  ])('API keys: GET %s', (target, tags) => {
    expect(tagsOf(gateway(target))).toEqual([tags]);
  });

  it.each([
    ['&Attribute=instanceType', []],
    ['&Attribute=userData', ['secret-read']],
    ['&Attribute=USERDATA', ['secret-read']],
    ['', ['secret-read']],
  ])('startup scripts: DescribeInstanceAttribute%s', (parameters, tags) => {
    const text = `Action=DescribeInstanceAttribute&Version=2016-11-15&InstanceId=i-1${parameters}`;
    expect(tagsOf(form('ec2', text))).toEqual([tags]);
  });

  const parameter = (operation: string, body: unknown): ReturnType<typeof call> =>
    json('ssm', `AmazonSSM.${operation}`, body);
  it.each([
    [parameter('GetParameter', { Name: '/a' }), []],
    [parameter('GetParameter', { Name: '/a', WithDecryption: false }), []],
    [parameter('GetParameter', { Name: '/a', WithDecryption: true }), ['secret-read']],
    [parameter('GetParameter', { Name: '/a', WithDecryption: 'yes' }), ['secret-read']],
    [parameter('GetParameter', { Name: '/a', withDecryption: true }), ['secret-read']],
    [parameter('GetParameter', '{"Name":"/a","WithDecryption":false,"WithDecryption":true}'), ['secret-read']],
    [{ ...parameter('GetParameter', {}), body: { state: 'unread' } as const }, ['secret-read']],
    [parameter('GetParameters', { Names: ['/a'], WithDecryption: true }), ['secret-read']],
    [parameter('GetParametersByPath', { Path: '/' }), []],
    [parameter('GetParameterHistory', { Name: '/a', WithDecryption: true }), ['secret-read']],
    [json('glue', 'AWSGlue.GetConnection', { Name: 'c' }), ['secret-read']],
    [json('glue', 'AWSGlue.GetConnection', { Name: 'c', HidePassword: true }), []],
    [json('glue', 'AWSGlue.GetConnections', { HidePassword: false }), ['secret-read']],
  ])('values of parameters, passwords of connections: %#', (made, tags) => {
    expect(tagsOf(made)).toEqual([tags]);
  });

  it('stand in the catalogue as what some calls are', () => {
    expect(awsAction('aws:ssm:GetParameter')).toMatchObject({ tags: ['secret-read'], sometimes: ['secret-read'] });
    expect(awsAction('aws:ssm:PutParameter')).not.toHaveProperty('sometimes');
  });

  it.each(['GetLogEvents', 'FilterLogEvents', 'GetLogRecord'])('masked data of logs: %s', (operation) => {
    const names = (body: unknown): string[] =>
      recognise(json('logs', `Logs_20140328.${operation}`, body)).map(({ name }) => name.slice('aws:logs:'.length));
    expect(names({})).toEqual([operation]);
    expect(names({ unmask: false })).toEqual([operation]);
    expect(names({ unmask: true })).toEqual([operation, 'Unmask']);
    expect(awsAction('aws:logs:Unmask')?.tags).toEqual(['secret-read']);
  });
});
