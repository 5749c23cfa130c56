// Calls that do several things: batches and transactions taken apart, and the roles that a call hands to a service.
import { describe, expect, it } from 'vitest';
import { call, form, json, names, recognise, resources } from './calls.ts';

const ACCOUNT = '123456789012';
const dynamodb = (operation: string, body: unknown): ReturnType<typeof call> =>
  json('dynamodb', `DynamoDB_20120810.${operation}`, body);
const lambda = (request: string, body?: string): ReturnType<typeof call> =>
  call(request.replace(' ', ' https://lambda.us-east-1.amazonaws.com'), {
    scope: 'lambda',
    ...(body === undefined ? {} : { headers: ['Content-Type', 'application/json'], body }),
  });

describe('several actions in one call', () => {
  it.each([
    [
      'a transaction',
      dynamodb('TransactWriteItems', {
        TransactItems: [
          { Put: { TableName: 'a' } },
          { Delete: { TableName: 'b' } },
          { ConditionCheck: { TableName: 'a' } },
        ],
      }),
      ['PutItem table/a', 'DeleteItem table/b', 'ConditionCheckItem table/a'],
    ],
    [
      'a batch',
      dynamodb('BatchWriteItem', {
        RequestItems: { a: [{ PutRequest: {} }, { PutRequest: {} }], b: [{ DeleteRequest: {} }] },
      }),
      ['BatchWriteItem table/a', 'PutItem table/a', 'BatchWriteItem table/b', 'DeleteItem table/b'],
    ],
    [
      'a batch of reads',
      dynamodb('BatchGetItem', { RequestItems: { a: {}, b: {} } }),
      ['BatchGetItem table/a', 'BatchGetItem table/b'],
    ],
    [
      'reads in a transaction',
      dynamodb('TransactGetItems', { TransactItems: [{ Get: { TableName: 'a' } }] }),
      ['GetItem table/a'],
    ],
    [
      'a statement',
      dynamodb('ExecuteStatement', { Statement: 'delete  from "orders" where id = 1' }),
      ['PartiQLDelete table/orders'],
    ],
    [
      'a statement on an index',
      dynamodb('ExecuteStatement', { Statement: 'SELECT * FROM "orders"."by-day"' }),
      ['PartiQLSelect table/orders'],
    ],
    [
      'a statement with a comment',
      dynamodb('ExecuteStatement', { Statement: 'SELECT * FROM orders -- from x' }),
      ['PartiQLSelect table/*'],
    ],
    [
      'statements',
      dynamodb('BatchExecuteStatement', {
        Statements: [{ Statement: "INSERT INTO a VALUE {'id': 1}" }, { Statement: 'UPDATE b SET x = 1 WHERE id = 1' }],
      }),
      ['PartiQLInsert table/a', 'PartiQLUpdate table/b'],
    ],
  ])('%s', (_name, each, expected) => {
    expect(resources(each)).toEqual(expected.map((text) => `aws:dynamodb:${text}`));
  });

  it.each([
    ['an unknown write', dynamodb('TransactWriteItems', { TransactItems: [{ Upsert: { TableName: 'a' } }] })],
    [
      'two writes in one',
      dynamodb('TransactWriteItems', { TransactItems: [{ Put: { TableName: 'a' }, Delete: { TableName: 'b' } }] }),
    ],
    ['no table', dynamodb('TransactWriteItems', { TransactItems: [{ Put: {} }] })],
    ['nothing', dynamodb('TransactWriteItems', {})],
  ])('%s may be any of them', (_name, each) => {
    expect(names(each)).toEqual([
      'aws:dynamodb:PutItem?',
      'aws:dynamodb:UpdateItem?',
      'aws:dynamodb:DeleteItem?',
      'aws:dynamodb:ConditionCheckItem?',
    ]);
  });

  it('a statement that is none of the four may be any of them', () => {
    const found = names(dynamodb('ExecuteStatement', { Statement: '/* x */ DELETE FROM a' }));
    expect(found).toEqual([
      'aws:dynamodb:PartiQLSelect?',
      'aws:dynamodb:PartiQLInsert?',
      'aws:dynamodb:PartiQLUpdate?',
      'aws:dynamodb:PartiQLDelete?',
    ]);
  });

  it('data that is encrypted anew is read and written', () => {
    expect(names(json('kms', 'TrentService.ReEncrypt', { DestinationKeyId: 'k' }))).toEqual([
      'aws:kms:ReEncryptFrom',
      'aws:kms:ReEncryptTo',
    ]);
  });
});

describe('a role that is handed to a service', () => {
  const role = `arn:aws:iam::${ACCOUNT}:role/service/worker`;

  it.each([
    ['REST', lambda('POST /2015-03-31/functions', JSON.stringify({ FunctionName: 'f', Role: role, Code: {} }))],
    [
      'a nested member',
      json('ecs', 'AmazonEC2ContainerServiceV20141113.RegisterTaskDefinition', { family: 'f', taskRoleArn: role }),
    ],
    ['JSON, deeper', json('glue', 'AWSGlue.CreateJob', { Name: 'j', Role: role, Command: {} })],
    [
      'a query',
      form('cloudformation', `Action=CreateStack&Version=2010-05-15&StackName=s&RoleARN=${encodeURIComponent(role)}`),
    ],
    [
      'a member that the catalogue does not know',
      json('glue', 'AWSGlue.CreateJob', { Name: 'j', Command: {}, NewThing: { Arn: role } }),
    ],
    ['an operation that it does not know', json('glue', 'AWSGlue.CreateWidget', { Name: 'j', WidgetRole: role })],
  ])('by %s', (_name, each) => {
    const found = recognise(each).find(({ name }) => name === 'aws:iam:PassRole');
    expect(found?.resource).toEqual({ type: 'role', id: 'worker', arn: role, account: ACCOUNT });
    expect(found?.tags).toContain('privilege-escalation');
    expect(found?.summary).toBe('Let a service act as role worker');
  });

  it('by its bare name', () => {
    expect(
      resources(
        json('ecs', 'AmazonEC2ContainerServiceV20141113.RegisterTaskDefinition', {
          family: 'f',
          taskRoleArn: 'worker',
        }),
      ),
    ).toContain('aws:iam:PassRole role/worker');
  });

  it('within an instance profile, which does not say which', () => {
    const each = form('ec2', 'Action=RunInstances&Version=2016-11-15&MinCount=1&MaxCount=1&IamInstanceProfile.Name=p');
    expect(names(each)).toEqual(['aws:ec2:RunInstances', 'aws:iam:PassRole?']);
    expect(resources(each)).toContain('aws:iam:PassRole role/*');
  });

  it('into an instance profile', () => {
    expect(
      names(form('iam', 'Action=AddRoleToInstanceProfile&Version=2010-05-08&InstanceProfileName=p&RoleName=worker')),
    ).toEqual(['aws:iam:AddRoleToInstanceProfile', 'aws:iam:PassRole']);
  });

  it.each([
    ['reading', json('glue', 'AWSGlue.GetJobs', { Role: role })],
    [
      'assuming it',
      form('sts', `Action=AssumeRole&Version=2011-06-15&RoleSessionName=s&RoleArn=${encodeURIComponent(role)}`),
    ],
    ['changing it', form('iam', `Action=UpdateRole&Version=2010-05-08&RoleName=${encodeURIComponent(role)}`)],
    [
      'letting it do something',
      json('kms', 'TrentService.CreateGrant', { KeyId: 'k', GranteePrincipal: role, Operations: ['Decrypt'] }),
    ],
    [
      'talking of one in a policy',
      json('secretsmanager', 'secretsmanager.PutResourcePolicy', {
        SecretId: 's',
        ResourcePolicy: JSON.stringify({ Principal: role }),
      }),
    ],
  ])('is not %s', (_name, each) => {
    expect(names(each).filter((name) => name.includes('PassRole'))).toEqual([]);
  });
});
