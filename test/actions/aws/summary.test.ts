// The one sentence that the approver reads first.
import { describe, expect, it } from 'vitest';
import { call, form, json, recognise } from './calls.ts';

const lambda = (request: string): ReturnType<typeof call> =>
  call(request.replace(' ', ' https://lambda.us-east-1.amazonaws.com'), { scope: 'lambda' });

describe('sentences', () => {
  it.each([
    [form('ec2', 'Action=TerminateInstances&Version=2016-11-15&InstanceId.1=i-1'), 'Terminate instance i-1'],
    [
      form('ec2', 'Action=TerminateInstances&Version=2016-11-15&InstanceId.1=i-1&DryRun=true'),
      'Terminate instance i-1 (dry run)',
    ],
    [
      form(
        'ec2',
        'Action=AuthorizeSecurityGroupIngress&Version=2016-11-15&GroupId=sg-1&IpPermissions.1.FromPort=22&IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0%2F0',
      ),
      'Open security group sg-1 to 0.0.0.0/0 on port 22',
    ],
    [form('iam', 'Action=CreateAccessKey&Version=2010-05-08'), 'Create an access key'],
    [form('iam', 'Action=CreateAccessKey&Version=2010-05-08&UserName=bob'), 'Create an access key for user bob'],
    [
      form('rds', 'Action=DeleteDBInstance&Version=2014-10-31&DBInstanceIdentifier=prod&SkipFinalSnapshot=true'),
      'Delete database prod without a final snapshot',
    ],
    [
      form('rds', 'Action=DeleteDBInstance&Version=2014-10-31&DBInstanceIdentifier=prod&SkipFinalSnapshot=false'),
      'Delete database prod',
    ],
    [
      form(
        'ec2',
        'Action=AuthorizeSecurityGroupIngress&Version=2016-11-15&GroupId=sg-1&IpPermissions.1.IpProtocol=-1&IpPermissions.1.Ipv6Ranges.1.CidrIpv6=::%2F0',
      ),
      'Open security group sg-1 to ::/0, all protocols',
    ],
    [
      form(
        'redshift',
        'Action=BatchDeleteClusterSnapshots&Version=2012-12-01&Identifiers.DeleteClusterSnapshotIdentifier.1.SnapshotIdentifier=a&Identifiers.DeleteClusterSnapshotIdentifier.2.SnapshotIdentifier=b',
      ),
      'Delete cluster snapshots a, b',
    ],
    [
      form(
        'iam',
        'Action=CreatePolicyVersion&Version=2010-05-08&PolicyArn=arn:aws:iam::111122223333:policy/p&SetAsDefault=true&PolicyDocument=x',
      ),
      'Create a new version of managed policy p and make it the default',
    ],
    [
      json('ssm', 'AmazonSSM.SendCommand', {
        DocumentName: 'AWS-RunShellScript',
        InstanceIds: ['i-1', 'i-2', 'i-3', 'i-4'],
      }),
      'Run document AWS-RunShellScript on instances i-1, i-2, i-3 and 1 more',
    ],
    [json('secretsmanager', 'secretsmanager.GetSecretValue', { SecretId: 'prod/db' }), 'Read secret prod/db'],
    // Without a sentence of its own, or without what it would have to say.
    [form('iam', 'Action=ListUsers&Version=2010-05-08'), 'ListUsers in iam (us-east-1)'],
    [
      form('iam', 'Action=AttachRolePolicy&Version=2010-05-08&RoleName=r'),
      'AttachRolePolicy in iam (us-east-1): role r',
    ],
    [lambda('GET /2015-03-31/functions/f/policy'), 'GetPolicy in lambda (us-east-1): function f'],
    [call('POST https://lambda.us-east-1.amazonaws.com/nope'), 'POST /nope in lambda (us-east-1)'],
    [call('POST https://newservice.us-east-1.amazonaws.com/nope'), 'POST /nope in AWS (us-east-1)'],
  ])('%#', (each, sentence) => {
    expect(recognise(each)[0]?.summary).toBe(sentence);
  });

  it('show what would deceive the eye, and cut what is long', () => {
    const [{ summary } = { summary: '' }] = recognise(
      form('iam', `Action=CreateUser&Version=2010-05-08&UserName=${encodeURIComponent('a\u202eb')}${'x'.repeat(200)}`),
    );
    expect(summary).toMatch(/^Create user a⟦U\+202E⟧bx+/);
    expect(summary.length).toBeLessThan(150);
  });

  it('do not tell secrets', () => {
    const [{ summary } = { summary: '' }] = recognise(
      form('iam', 'Action=CreateLoginProfile&Version=2010-05-08&UserName=bob&Password=hunter2'),
    );
    expect(summary).toBe('Give user bob a console password');
  });
});
