// Each protocol of AWS in one plain case, and what two signals that disagree are read as.
import { describe, expect, it } from 'vitest';
import { call, form, json, names, recogniser, resources } from './calls.ts';

describe('what says the operation', () => {
  it('is the parameter Action, in a form or in the query', () => {
    const version = 'Version=2010-05-08';
    expect(names(form('iam', `Action=ListUsers&${version}`))).toEqual(['aws:iam:ListUsers']);
    expect(names(call(`GET https://iam.amazonaws.com/?Action=ListUsers&${version}`, { scope: 'iam' }))).toEqual([
      'aws:iam:ListUsers',
    ]);
  });

  it('is the target of a JSON call', () => {
    expect(names(json('dynamodb', 'DynamoDB_20120810.DeleteTable', { TableName: 'orders' }))).toEqual([
      'aws:dynamodb:DeleteTable',
    ]);
    expect(resources(json('dynamodb', 'DynamoDB_20120810.DeleteTable', { TableName: 'orders' })).join()).toContain(
      'orders',
    );
  });

  it('is it also where a newer client leaves the namespace of the target out', () => {
    for (const target of ['com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101', 'CloudTrail_20131101'])
      expect(names(json('cloudtrail', `${target}.StopLogging`, { Name: 't' }))).toEqual(['aws:cloudtrail:StopLogging']);
    expect(names(json('cloudtrail', 'other.CloudTrail_20131101.StopLogging', { Name: 't' }))).toContain(
      'aws:cloudtrail:Unknown!',
    );
  });

  it('is method and path of a REST call, at the host or below a mount', () => {
    const path = '/2015-03-31/functions/resize';
    expect(names(call(`DELETE https://lambda.eu-west-1.amazonaws.com${path}`, { scope: 'lambda/eu-west-1' }))).toEqual([
      'aws:lambda:DeleteFunction',
    ]);
    expect(names(call(`DELETE ${path}`, { scope: 'lambda/eu-west-1' }))).toEqual(['aws:lambda:DeleteFunction']);
  });
});

it('knows its hosts, and no others', () => {
  for (const host of ['iam.amazonaws.com', 'bucket.s3.eu-west-1.amazonaws.com', 'ec2.cn-north-1.amazonaws.com.cn'])
    expect(recogniser.claims(call(`GET https://${host}/`))).toBe(true);
  for (const host of ['amazonaws.com.evil.example', 'api.test', 'iam.amazonaws.com.test'])
    expect(recogniser.claims(call(`GET https://${host}/`))).toBe(false);
});

it.each([
  ['two actions in a form', form('iam', 'Action=ListUsers&Action=DeleteUser&Version=2010-05-08')],
  [
    'an action in the query and another in the form',
    { ...form('iam', 'Action=DeleteUser&Version=2010-05-08'), query: 'Action=ListUsers&Version=2010-05-08' },
  ],
])('reads %s as anything but the harmless one alone', (_what, each) => {
  const found = names(each);
  expect(found).not.toEqual(['aws:iam:ListUsers']);
  expect(found.every((name) => /[?!]$/.test(name))).toBe(true);
  expect(found.some((name) => name.includes('DeleteUser') || name.endsWith('!'))).toBe(true);
});
