// What is said about a recognised call: the action by IAM's name, and what it is done to.
import { describe, expect, it } from 'vitest';
import { call, FORM, form, json, names, recognise, resources } from './calls.ts';

const ACCOUNT = '123456789012';
const dynamodb = (operation: string, body: unknown): ReturnType<typeof call> =>
  json('dynamodb', `DynamoDB_20120810.${operation}`, body);
const lambda = (request: string, body?: string): ReturnType<typeof call> =>
  call(request.replace(' ', ' https://lambda.us-east-1.amazonaws.com'), {
    scope: 'lambda',
    ...(body === undefined ? {} : { headers: ['Content-Type', 'application/json'], body }),
  });

describe('an action', () => {
  it('says everything that a rule can ask for', () => {
    const attach = form(
      'iam',
      `Action=AttachRolePolicy&Version=2010-05-08&RoleName=ci-runner&PolicyArn=${encodeURIComponent('arn:aws:iam::aws:policy/AdministratorAccess')}`,
    );
    expect(recognise(attach)).toEqual([
      {
        provider: 'aws',
        service: 'iam',
        operation: 'AttachRolePolicy',
        name: 'aws:iam:AttachRolePolicy',
        level: 'permissions-management',
        levelSource: 'catalogue',
        tags: ['privilege-escalation'],
        resource: { type: 'role', id: 'ci-runner', region: 'us-east-1' },
        params: { RoleName: 'ci-runner', PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' },
        summary: 'Attach managed policy AdministratorAccess to role ci-runner',
        confidence: 'exact',
      },
    ]);
  });

  it('is named as IAM names it, the operation as the API does', () => {
    const [invoke] = recognise(lambda('POST /2015-03-31/functions/f/invocations', '{}'));
    expect(invoke).toMatchObject({ name: 'aws:lambda:InvokeFunction', operation: 'Invoke', levelSource: 'override' });
    const [create] = recognise(
      call('POST https://apigateway.us-east-1.amazonaws.com/restapis', { scope: 'apigateway' }),
    );
    expect(create).toMatchObject({ name: 'aws:apigateway:POST', operation: 'CreateRestApi', levelSource: 'rule' });
    const [made] = recognise(call('PUT https://codecatalyst.global.api.aws/v1/spaces/s/projects'));
    expect(made).toMatchObject({ name: 'aws:codecatalyst:CreateProject', level: 'write', levelSource: 'heuristic' });
    expect(names(json('monitoring', 'GraniteServiceVersion20100801.PutMetricData', { Namespace: 'n' }))).toEqual([
      'aws:cloudwatch:PutMetricData',
    ]);
  });
});

describe('resources', () => {
  it.each([
    [
      'terminated one by one',
      form('ec2', 'Action=TerminateInstances&Version=2016-11-15&InstanceId.1=i-1&InstanceId.2=i-2'),
      ['ec2:TerminateInstances instance/i-1', 'ec2:TerminateInstances instance/i-2'],
    ],
    [
      'all that there are',
      form('ec2', 'Action=DescribeInstances&Version=2016-11-15'),
      ['ec2:DescribeInstances instance/*'],
    ],
    ['a table by name', dynamodb('DeleteTable', { TableName: 'orders' }), ['dynamodb:DeleteTable table/orders']],
    [
      'a table by ARN',
      dynamodb('DeleteTable', { TableName: `arn:aws:dynamodb:eu-west-1:${ACCOUNT}:table/orders` }),
      ['dynamodb:DeleteTable table/orders'],
    ],
    ['a function by name', lambda('DELETE /2015-03-31/functions/f'), ['lambda:DeleteFunction function/f']],
    [
      'a function by name and version',
      lambda('DELETE /2015-03-31/functions/f%3A7'),
      ['lambda:DeleteFunction function/f'],
    ],
    [
      'a function by half an ARN',
      lambda(`DELETE /2015-03-31/functions/${ACCOUNT}%3Afunction%3Af`),
      ['lambda:DeleteFunction function/f'],
    ],
    [
      'a function by ARN',
      lambda(`DELETE /2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A${ACCOUNT}%3Afunction%3Af%3Aprod`),
      ['lambda:DeleteFunction function/f'],
    ],
    [
      'a queue by URL',
      json('sqs', 'AmazonSQS.PurgeQueue', { QueueUrl: `https://sqs.us-east-1.amazonaws.com/${ACCOUNT}/jobs` }),
      ['sqs:PurgeQueue queue/jobs'],
    ],
    [
      'a topic',
      form('sns', `Action=DeleteTopic&Version=2010-03-31&TopicArn=arn:aws:sns:us-east-1:${ACCOUNT}:news`),
      ['sns:DeleteTopic topic/news'],
    ],
    ['a key by id', json('kms', 'TrentService.DisableKey', { KeyId: '11-22' }), ['kms:DisableKey key/11-22']],
    [
      'a key by ARN',
      json('kms', 'TrentService.DisableKey', { KeyId: `arn:aws:kms:us-east-1:${ACCOUNT}:key/11-22` }),
      ['kms:DisableKey key/11-22'],
    ],
    [
      'a secret by name',
      json('secretsmanager', 'secretsmanager.GetSecretValue', { SecretId: 'prod/db' }),
      ['secretsmanager:GetSecretValue secret/prod/db'],
    ],
    [
      'a log group by ARN',
      json('logs', 'Logs_20140328.DescribeLogStreams', {
        logGroupIdentifier: `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:/app:*`,
      }),
      ['logs:DescribeLogStreams log-group//app'],
    ],
    [
      'a role that is assumed',
      form('sts', `Action=AssumeRole&Version=2011-06-15&RoleSessionName=s&RoleArn=arn:aws:iam::${ACCOUNT}:role/a/b`),
      ['sts:AssumeRole role/b'],
    ],
    [
      'by either of two parameters',
      json('kinesis', 'Kinesis_20131202.DeleteStream', { StreamARN: `arn:aws:kinesis:us-east-1:${ACCOUNT}:stream/s` }),
      ['kinesis:DeleteStream stream/s'],
    ],
    ['one that is being made', form('iam', 'Action=CreateUser&Version=2010-05-08'), ['iam:CreateUser user/-']],
    ['whoever asks', form('iam', 'Action=CreateAccessKey&Version=2010-05-08'), ['iam:CreateAccessKey user/*']],
    [
      'a list in an element of its own',
      form('redshift', 'Action=DescribeClusters&Version=2012-12-01&ClusterIdentifier=c'),
      ['redshift:DescribeClusters cluster/c'],
    ],
  ])('%s', (_name, each, expected) => {
    expect(resources(each)).toEqual(expected.map((text) => `aws:${text}`));
    for (const { confidence } of recognise(each)) expect(confidence).toBe('exact');
  });

  it('has region and account from an ARN before those of the host', () => {
    const [found] = recognise(
      dynamodb('DeleteTable', { TableName: `arn:aws:dynamodb:eu-west-1:${ACCOUNT}:table/orders` }),
    );
    expect(found?.resource).toEqual({
      type: 'table',
      id: 'orders',
      arn: `arn:aws:dynamodb:eu-west-1:${ACCOUNT}:table/orders`,
      region: 'eu-west-1',
      account: ACCOUNT,
    });
  });

  it('what ends the ARN of a secret may be part of its name', () => {
    const each = json('secretsmanager', 'secretsmanager.GetSecretValue', {
      SecretId: `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:prod/db-AbCdEf`,
    });
    expect(resources(each)).toEqual([
      'aws:secretsmanager:GetSecretValue secret/prod/db-AbCdEf',
      'aws:secretsmanager:GetSecretValue secret/prod/db',
    ]);
    expect(names(each)).toEqual(['aws:secretsmanager:GetSecretValue?', 'aws:secretsmanager:GetSecretValue?']);
  });

  it('more than anybody would look at are one, whose name is not certain', () => {
    const many = Array.from({ length: 101 }, (_, i) => `InstanceId.${i + 1}=i-${i}`).join('&');
    const each = form('ec2', `Action=TerminateInstances&Version=2016-11-15&${many}`);
    expect(resources(each)).toEqual(['aws:ec2:TerminateInstances instance/*']);
    expect(names(each)).toEqual(['aws:ec2:TerminateInstances?']);
  });

  it.each([[{ TableName: ['a', { b: 'c' }] }], [{ TableName: { x: 'a', y: 'b' } }], [{ TableName: 7 }]])(
    'a name that is no text is not certain: %j',
    (body) => {
      expect(names(dynamodb('DeleteTable', body))).toEqual(['aws:dynamodb:DeleteTable?']);
      expect(resources(dynamodb('DeleteTable', body))).toEqual(['aws:dynamodb:DeleteTable table/*']);
    },
  );
});

describe('what customers made with AWS', () => {
  it.each([
    ['GET https://a1.execute-api.us-east-1.amazonaws.com/prod/x', 'aws:execute-api:Invoke api/a1'],
    [
      'POST https://a1.execute-api.us-east-1.amazonaws.com/prod/@connections/abc',
      'aws:execute-api:ManageConnections connection/abc',
    ],
    ['POST https://u1.lambda-url.us-east-1.on.aws/', 'aws:lambda:InvokeFunctionUrl function-url/u1'],
    ['POST https://g1.appsync-api.us-east-1.amazonaws.com/graphql', 'aws:appsync:GraphQL graphqlapi/g1'],
    [
      'DELETE https://search-logs-abcdefghijklmnopqrstuvwxyz.us-east-1.es.amazonaws.com/index',
      'aws:es:ESHttpDelete domain/logs',
    ],
    ['GET https://c1.us-east-1.aoss.amazonaws.com/_search', 'aws:aoss:APIAccessAll collection/c1'],
    [
      `GET https://${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/v2/team/app/manifests/latest`,
      'aws:ecr:BatchGetImage repository/team/app',
    ],
    [
      `PUT https://${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/v2/team/app/manifests/latest`,
      'aws:ecr:PutImage repository/team/app',
    ],
    [
      `GET https://d-${ACCOUNT}.d.codeartifact.us-east-1.amazonaws.com/npm/r/left-pad`,
      'aws:codeartifact:ReadFromRepository domain/d',
    ],
  ])('%s', (request, expected) => {
    expect(resources(call(request))[0]).toBe(expected);
  });
});

it('is read from the query as well as from a form', () => {
  expect(
    names(call('GET https://sts.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Expires=60')),
  ).toEqual(['aws:sts:GetCallerIdentity']);
  const each = call('POST https://iam.amazonaws.com/?Action=CreateUser&Version=2010-05-08', {
    headers: FORM,
    body: 'UserName=bob',
  });
  expect(recognise(each)[0]?.summary).toBe('Create user bob');
});
