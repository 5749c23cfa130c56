// What says who may do what has to be among the parameters, whole, or nobody could find a wildcard, a public grant or a foreign account in it.
import { describe, expect, it } from 'vitest';
import { call, form, json, recognise } from './calls.ts';

const ADMIN = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}';
const TRUST =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999988887777:root"},"Action":"sts:AssumeRole"}]}';
const inForm = encodeURIComponent(ADMIN);

function params(each: ReturnType<typeof call>): unknown {
  const [action] = recognise(each);
  expect(action?.confidence).toBe('exact');
  return structuredClone(action?.params);
}

const s3 = (request: string, body: string, headers: readonly string[] = []): ReturnType<typeof call> =>
  call(request.replace(' ', ' https://data.s3.us-east-1.amazonaws.com'), { scope: 's3', headers, body });
const ALL_USERS = 'http://acs.amazonaws.com/groups/global/AllUsers';

describe('policy documents are parameters', () => {
  it.each([
    [
      'an inline policy',
      form('iam', `Action=PutRolePolicy&Version=2010-05-08&RoleName=r&PolicyName=p&PolicyDocument=${inForm}`),
      { PolicyDocument: ADMIN },
    ],
    [
      'a managed policy',
      form('iam', `Action=CreatePolicy&Version=2010-05-08&PolicyName=p&PolicyDocument=${inForm}`),
      { PolicyDocument: ADMIN },
    ],
    [
      'a version of one',
      form('iam', `Action=CreatePolicyVersion&Version=2010-05-08&PolicyArn=p&PolicyDocument=${inForm}`),
      { PolicyDocument: ADMIN },
    ],
    [
      'a trust policy',
      form(
        'iam',
        `Action=CreateRole&Version=2010-05-08&RoleName=r&AssumeRolePolicyDocument=${encodeURIComponent(TRUST)}`,
      ),
      { AssumeRolePolicyDocument: TRUST },
    ],
    [
      'another one',
      form(
        'iam',
        `Action=UpdateAssumeRolePolicy&Version=2010-05-08&RoleName=r&PolicyDocument=${encodeURIComponent(TRUST)}`,
      ),
      { PolicyDocument: TRUST },
    ],
    [
      'of a session',
      form(
        'sts',
        `Action=AssumeRole&Version=2011-06-15&RoleArn=arn:aws:iam::111122223333:role/r&RoleSessionName=s&Policy=${inForm}`,
      ),
      { Policy: ADMIN },
    ],
    [
      'of a bucket',
      s3('PUT /?policy', ADMIN, ['Content-Type', 'application/json']),
      { Policy: JSON.parse(ADMIN) as unknown },
    ],
    ['of a key', json('kms', 'TrentService.PutKeyPolicy', { KeyId: 'k', Policy: ADMIN }), { Policy: ADMIN }],
    [
      'of a secret',
      json('secretsmanager', 'secretsmanager.PutResourcePolicy', { SecretId: 's', ResourcePolicy: ADMIN }),
      { ResourcePolicy: ADMIN },
    ],
    [
      'of a repository',
      json(
        'ecr',
        'AmazonEC2ContainerRegistry_V20150921.SetRepositoryPolicy',
        { repositoryName: 'r', policyText: ADMIN },
        { scope: 'ecr' },
      ),
      { policyText: ADMIN },
    ],
    [
      'of a queue',
      json('sqs', 'AmazonSQS.SetQueueAttributes', {
        QueueUrl: 'https://sqs.us-east-1.amazonaws.com/111122223333/q',
        Attributes: { Policy: ADMIN },
      }),
      { Attributes: { Policy: ADMIN } },
    ],
    [
      'of a topic',
      form(
        'sns',
        `Action=SetTopicAttributes&Version=2010-03-31&TopicArn=arn:aws:sns:us-east-1:111122223333:t&AttributeName=Policy&AttributeValue=${inForm}`,
      ),
      { AttributeName: 'Policy', AttributeValue: ADMIN },
    ],
    [
      'of the organization',
      json('organizations', 'AWSOrganizationsV20161128.PutResourcePolicy', { Content: ADMIN }),
      { Content: ADMIN },
    ],
    [
      'who may call a function',
      call('POST https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/f/policy', {
        scope: 'lambda',
        headers: ['Content-Type', 'application/json'],
        body: '{"Action":"lambda:InvokeFunction","Principal":"*","StatementId":"s"}',
      }),
      { Principal: '*', Action: 'lambda:InvokeFunction' },
    ],
    ['a canned ACL', s3('PUT /?acl', '', ['x-amz-acl', 'public-read']), { 'x-amz-acl': 'public-read' }],
    [
      'a grant in a header',
      s3('PUT /?acl', '', ['x-amz-grant-read', `uri="${ALL_USERS}"`]),
      { 'x-amz-grant-read': `uri="${ALL_USERS}"` },
    ],
    [
      'an ACL in XML',
      s3(
        'PUT /?acl',
        `<AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group"><URI>${ALL_USERS}</URI></Grantee><Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>`,
        ['Content-Type', 'application/xml'],
      ),
      { AccessControlList: { Grant: { Grantee: { URI: ALL_USERS }, Permission: 'READ' } } },
    ],
    [
      'a public access block',
      s3(
        'PUT /?publicAccessBlock',
        '<PublicAccessBlockConfiguration><BlockPublicAcls>false</BlockPublicAcls></PublicAccessBlockConfiguration>',
        ['Content-Type', 'application/xml'],
      ),
      { BlockPublicAcls: 'false' },
    ],
    [
      'the addresses of a security group',
      form(
        'ec2',
        'Action=AuthorizeSecurityGroupIngress&Version=2016-11-15&GroupId=sg-1&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=22&IpPermissions.1.ToPort=22&IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0%2F0&IpPermissions.1.Ipv6Ranges.1.CidrIpv6=%3A%3A%2F0',
      ),
      {
        IpPermissions: [
          {
            IpProtocol: 'tcp',
            FromPort: '22',
            ToPort: '22',
            IpRanges: [{ CidrIp: '0.0.0.0/0' }],
            Ipv6Ranges: [{ CidrIpv6: '::/0' }],
          },
        ],
      },
    ],
    [
      'whom a snapshot is shared with',
      form(
        'ec2',
        'Action=ModifySnapshotAttribute&Version=2016-11-15&SnapshotId=snap-1&Attribute=createVolumePermission&OperationType=add&UserGroup.1=all&UserId.1=999988887777',
      ),
      { UserGroup: ['all'], UserId: ['999988887777'] },
    ],
    [
      'whom a database snapshot is shared with',
      form(
        'rds',
        'Action=ModifyDBSnapshotAttribute&Version=2014-10-31&DBSnapshotIdentifier=s&AttributeName=restore&ValuesToAdd.AttributeValue.1=all',
      ),
      { ValuesToAdd: { AttributeValue: ['all'] } },
    ],
  ] as const)('%s', (_name, each, expected) => {
    expect(params(each)).toMatchObject(expected);
  });

  it('are left out, never cut, where they are too large to be looked at', () => {
    const huge = ADMIN.replace('"*"', JSON.stringify(Array.from({ length: 4_000 }, (_, i) => `s3:Action${i}`)));
    const [action] = recognise(
      form('iam', `Action=CreatePolicy&Version=2010-05-08&PolicyName=p&PolicyDocument=${encodeURIComponent(huge)}`),
    );
    expect(action?.params).not.toHaveProperty('PolicyDocument');
    expect(action?.params).toHaveProperty('PolicyName');
  });
});
