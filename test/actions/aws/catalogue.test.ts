// The catalogue of AWS actions: complete, within its budget, and in agreement with the tags that are kept by hand.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { awsAction, awsActionNames, awsActions } from '../../../src/actions/aws/action-names.ts';
import { awsCatalogue } from '../../../src/actions/aws/catalogue.ts';
import { isSecretName } from '../../../src/actions/aws/body/plain.ts';
import { taggedActions } from '../../../src/actions/aws/tags.ts';
import { LEVELS, TAGS } from '../../../src/core/policy/schema-words.ts';

const data = new URL('../../../src/actions/aws/data/', import.meta.url);
const actions = [...awsActions()];

describe('the catalogue', () => {
  it('has every service and action once, each with a level', () => {
    expect(awsCatalogue().heads.length).toBeGreaterThanOrEqual(424);
    expect(actions.length).toBeGreaterThan(22_000);
    expect(new Set(actions.map(({ name }) => name)).size).toBe(actions.length);
    expect(actions.filter(({ level }) => level === 'unknown' || !LEVELS.includes(level))).toEqual([]);
    expect([...awsActionNames()].slice(0, 3)).toEqual(actions.slice(0, 3).map(({ name }) => name));
    for (const { name } of actions) expect(name).toMatch(/^aws:[a-z0-9-]+:[A-Za-z][A-Za-z0-9_-]*$/);
  });

  it('takes at most 300 KB of the package', () => {
    const sizes = ['operations.txt', 'tags.json'].map(
      (name) => gzipSync(readFileSync(new URL(name, data)), { level: 9 }).length,
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(300_000);
  });

  it.each([
    ['aws:iam:AttachRolePolicy', 'permissions-management', ['privilege-escalation']],
    ['aws:iam:ListUsers', 'list', []],
    ['aws:s3:GetObject', 'read', []],
    ['aws:s3:PutObjectTagging', 'tagging', []],
    ['aws:ec2:TerminateInstances', 'write', ['destructive', 'infrastructure']],
    ['aws:secretsmanager:GetSecretValue', 'read', ['secret-read']],
    ['aws:dynamodb:PartiQLDelete', 'write', ['sql-execution', 'destructive']],
    ['aws:execute-api:ManageConnections', 'write', []],
    ['aws:lambda:InvokeFunctionUrl', 'write', ['code-execution']],
  ])('knows %s', (name, level, tags) => {
    const found = awsAction(name);
    expect(found?.level).toBe(level);
    expect(found?.tags.toSorted()).toEqual(expect.arrayContaining(tags.toSorted()));
  });

  it.each([
    'aws:iam:AttachRolePolicies',
    'aws:nope:GetThing',
    'k8s:iam:ListUsers',
    'aws:iam',
    'aws:iam:List:Users',
    '',
  ])('does not know "%s"', (name) => {
    expect(awsAction(name)).toBeUndefined();
  });
});

describe('the resources', () => {
  const operations = awsCatalogue().heads.flatMap((head) => [...awsCatalogue().service(head).operations.values()]);

  it('are named by parameters that are no secrets', () => {
    expect(operations.length).toBeGreaterThan(18_000);
    const named = operations.filter(({ resource }) => resource);
    expect(named.length).toBeGreaterThan(10_000);
    const secret = named.filter(({ resource }) => resource?.members.some((member) => isSecretName(member)));
    expect(secret.map(({ service, name }) => `${service.id} ${name}`)).toEqual([]);
  });

  it('have types of one word', () => {
    const odd = operations.filter(({ resource }) => resource && !/^[a-z0-9_-]+$/.test(resource.type));
    expect(odd.map(({ service, name, resource }) => `${service.id} ${name} ${resource?.type}`)).toEqual([]);
  });
});

describe('the sentences', () => {
  it.each([
    ['aws:iam:AttachRolePolicy', 'Attach managed policy <PolicyArn> to role <RoleName>'],
    ['aws:iam:CreateAccessKey', 'Create an access key for user <UserName>'],
    ['aws:rds:DeleteDBInstance', 'Delete database <DBInstanceIdentifier> without a final snapshot'],
    [
      'aws:ec2:AuthorizeSecurityGroupIngress',
      'Open security group <GroupId> to <CidrIp> on port <FromPort>, all protocols',
    ],
    ['aws:iam:ListUsers', undefined],
  ])('of %s, without a call', (name, sentence) => {
    expect(awsAction(name)?.summary).toBe(sentence);
  });

  const sentences = Object.keys(JSON.parse(readFileSync(new URL('summaries.json', data), 'utf8')) as object);

  it('are of actions that exist, and most of the sensitive ones have one', () => {
    const unknown = sentences.filter((name) => awsAction(`aws:${name}`) === undefined);
    expect(unknown).toEqual([]);
    const sensitive = new Set(
      [...taggedActions()]
        .filter(([, tags]) => tags.some((tag) => tag !== 'infrastructure' && tag !== 'deployment'))
        .map(([name]) => name),
    );
    expect(sentences.filter((name) => sensitive.has(name)).length).toBeGreaterThan(450);
  });
});

describe('the tags', () => {
  it.each([
    [
      'data-export',
      'rds:StartExportTask dynamodb:ExportTableToPointInTime ec2:ModifySnapshotAttribute timestream:Unload logs:CreateExportTask s3:PutReplicationConfiguration',
    ],
    [
      'key-rotation',
      'kms:RotateKeyOnDemand secretsmanager:RotateSecret iam:CreateAccessKey iam:DeleteAccessKey acm:ImportCertificate transfer:ImportSshPublicKey',
    ],
    [
      'infrastructure',
      'ec2:RunInstances rds:CreateDBInstance eks:CreateCluster route53:ChangeResourceRecordSets cloudformation:UpdateStack redshift-serverless:CreateWorkgroup mq:RebootBroker',
    ],
    [
      'deployment',
      'lambda:UpdateFunctionCode ecs:UpdateService codedeploy:CreateDeployment ecr:PutImage cloudfront:PublishFunction sagemaker:UpdateEndpoint',
    ],
    ['destructive', 'dynamodb:DeleteTable s3:DeleteObject rds:DeleteDBCluster mq:DeleteBroker glue:DeleteDatabase'],
  ])('%s is on what does that', (tag, names) => {
    for (const name of names.split(' ')) expect(awsAction(`aws:${name}`)?.tags, name).toContain(tag);
  });

  const tagged = [...taggedActions()];

  it('are words of the policy language, each on some action', () => {
    const used = new Set(tagged.flatMap(([, tags]) => tags));
    expect([...used].toSorted()).toEqual([...TAGS].toSorted());
    expect(tagged.length).toBeGreaterThan(1_000);
  });

  it('are on actions that exist, each once a list', () => {
    expect(tagged.filter(([name]) => !awsAction(`aws:${name}`)).map(([name]) => name)).toEqual([]);
    const lists = JSON.parse(readFileSync(new URL('tags.json', data), 'utf8')) as Record<string, string[]>;
    for (const [tag, names] of Object.entries(lists)) expect(names, tag).toEqual([...new Set(names)].toSorted());
  });
});
