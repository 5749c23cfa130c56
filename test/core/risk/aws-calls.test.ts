// Calls to AWS as its clients send them, in every protocol, and the one flag that an approver must not miss.
import { describe, expect, it } from 'vitest';
import type { Call } from '../../../src/core/call.ts';
import { awsQuery, callOf, flagsOf, ids, policy } from './risk-fixture.ts';

const s3 = (query: string, body: string): Call =>
  callOf({ method: 'PUT', url: `https://files.s3.eu-west-1.amazonaws.com/${query}`, body, type: 'application/xml' });
const json = (service: string, target: string, body: object, version = '1.1'): Call =>
  callOf({
    url: `https://${service}.eu-west-1.amazonaws.com/`,
    headers: ['X-Amz-Target', target],
    body,
    type: `application/x-amz-json-${version}`,
  });
const rest = (host: string, path: string, body: object): Call =>
  callOf({ url: `https://${host}.eu-west-1.amazonaws.com${path}`, body });
const everybody = policy({ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' });
const grant = (uri: string): string =>
  `<AccessControlPolicy><AccessControlList><Grant><Grantee><URI>${uri}</URI></Grantee><Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>`;
const eks = (name: string): Call =>
  rest('eks', '/clusters/c/access-entries/arn%3Aaws%3Aiam%3A%3A111122223333%3Auser%2Fx/access-policies', {
    policyArn: `arn:aws:eks::aws:cluster-access-policy/${name}`,
    accessScope: { type: 'cluster' },
  });

describe('a call to AWS', () => {
  it.each<[string, Call, string]>([
    [
      'an ACL in XML for everybody',
      s3('?acl', grant('http://acs.amazonaws.com/groups/global/AllUsers')),
      'public-access',
    ],
    [
      'a public access block without one of its parts',
      s3(
        '?publicAccessBlock',
        '<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><BlockPublicPolicy>false</BlockPublicPolicy></PublicAccessBlockConfiguration>',
      ),
      'public-block-removed',
    ],
    [
      'versions that are suspended',
      s3('?versioning', '<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>'),
      'protection-removed',
    ],
    [
      'a function that anybody may call',
      rest('lambda', '/2021-10-31/functions/f/url', { AuthType: 'NONE' }),
      'public-access',
    ],
    [
      'termination protection that is switched off',
      awsQuery('ec2.eu-west-1', '2016-11-15', {
        Action: 'ModifyInstanceAttribute',
        InstanceId: 'i-1',
        'DisableApiTermination.Value': 'false',
      }),
      'protection-removed',
    ],
    [
      'a key for everybody',
      json('kms', 'TrentService.PutKeyPolicy', { KeyId: 'k', PolicyName: 'default', Policy: everybody }),
      'public-access',
    ],
    [
      'a key that is deleted as soon as can be',
      json('kms', 'TrentService.ScheduleKeyDeletion', { KeyId: 'k', PendingWindowInDays: 7 }),
      'force',
    ],
    [
      'a topic for everybody',
      awsQuery('sns.eu-west-1', '2010-03-31', {
        Action: 'SetTopicAttributes',
        TopicArn: 'arn:aws:sns:eu-west-1:111122223333:t',
        AttributeName: 'Policy',
        AttributeValue: everybody,
      }),
      'public-access',
    ],
    [
      'a queue for everybody',
      json(
        'sqs',
        'AmazonSQS.SetQueueAttributes',
        { QueueUrl: 'https://sqs.eu-west-1.amazonaws.com/111122223333/q', Attributes: { Policy: everybody } },
        '1.0',
      ),
      'public-access',
    ],
    [
      'a cluster that everybody reaches',
      rest('eks', '/clusters/c/update-config', {
        resourcesVpcConfig: { endpointPublicAccess: true, publicAccessCidrs: ['0.0.0.0/0'] },
      }),
      'open-ingress',
    ],
    ['an administrator of a cluster', eks('AmazonEKSClusterAdminPolicy'), 'wildcard-admin'],
    ['an administrator of namespaces', eks('AmazonEKSAdminPolicy'), 'admin-role'],
    [
      'a permission set of administrators',
      json('sso', 'SWBExternalService.AttachManagedPolicyToPermissionSet', {
        InstanceArn: 'arn:aws:sso:::instance/i',
        PermissionSetArn: 'arn:aws:sso:::permissionSet/i/p',
        ManagedPolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess',
      }),
      'wildcard-admin',
    ],
    [
      'a role that another account may take',
      awsQuery('iam', '2010-05-08', {
        Action: 'CreateRole',
        RoleName: 'r',
        AssumeRolePolicyDocument: policy({
          Effect: 'Allow',
          Principal: { AWS: '999988887777' },
          Action: 'sts:AssumeRole',
        }),
      }),
      'named-account',
    ],
    [
      'a trail that is deleted',
      json('cloudtrail', 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.DeleteTrail', { Name: 't' }),
      'audit-weakened',
    ],
    [
      'a table without protection',
      json('dynamodb', 'DynamoDB_20120810.UpdateTable', { TableName: 't', DeletionProtectionEnabled: false }, '1.0'),
      'protection-removed',
    ],
    [
      'a lock that is passed',
      callOf({
        method: 'DELETE',
        url: 'https://files.s3.eu-west-1.amazonaws.com/a',
        headers: ['x-amz-bypass-governance-retention', 'true'],
      }),
      'force',
    ],
  ])('with %s raises %s', (_what, call, id) => expect(ids(flagsOf(call, 'aws'))).toContain(id));

  it.each<[string, Call]>([
    ['an ACL for log delivery', s3('?acl', grant('http://acs.amazonaws.com/groups/s3/LogDelivery'))],
    ['a viewer of a cluster', eks('AmazonEKSViewPolicy')],
    [
      'versions that are kept',
      s3('?versioning', '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>'),
    ],
    [
      'termination protection that is switched on',
      awsQuery('ec2.eu-west-1', '2016-11-15', {
        Action: 'ModifyInstanceAttribute',
        InstanceId: 'i-1',
        'DisableApiTermination.Value': 'true',
      }),
    ],
    [
      'a table with protection',
      json('dynamodb', 'DynamoDB_20120810.UpdateTable', { TableName: 't', DeletionProtectionEnabled: true }, '1.0'),
    ],
    ['a function for those who sign', rest('lambda', '/2021-10-31/functions/f/url', { AuthType: 'AWS_IAM' })],
  ])('with %s raises none', (_what, call) => expect(ids(flagsOf(call, 'aws'))).toEqual([]));
});
