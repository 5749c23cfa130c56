// As hostile-query.test.ts, for the protocols that speak JSON and CBOR.
import { describe, expect, it } from 'vitest';
import { call, FORM, json, names, type Parts } from './calls.ts';

type Call = ReturnType<typeof call>;
const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const JSON_TYPE = ['Content-Type', 'application/x-amz-json-1.0'];
const CBOR = ['smithy-protocol', 'rpc-v2-cbor', 'Content-Type', 'application/cbor'];
const PATH = '/service/GraniteServiceVersion20100801/operation/DeleteAlarms';

const table = (body: NonNullable<Parts['body']>): Call =>
  json('dynamodb', 'DynamoDB_20120810.DeleteTable', '', { body });

const target = (name: string, headers: readonly string[] = [], rest = ''): Call =>
  call(`POST https://dynamodb.us-east-1.amazonaws.com/${rest}`, {
    scope: 'dynamodb',
    headers: ['X-Amz-Target', name, ...headers, ...JSON_TYPE],
    body: '{"TableName":"a"}',
  });

const alarms = (hex: string, parts: Parts = {}, path = PATH): Call =>
  call(`POST https://monitoring.us-east-1.amazonaws.com${path}`, {
    scope: 'monitoring',
    headers: CBOR,
    body: Buffer.from(hex, 'hex'),
    ...parts,
  });

describe('JSON', () => {
  it.each<[string, Call, string]>([
    ['a key twice', table('{"TableName":"a","TableName":"b"}'), 'aws:dynamodb:DeleteTable!'],
    ['a key twice, once escaped', table('{"TableName":"a","Table\\u004eame":"b"}'), 'aws:dynamodb:DeleteTable!'],
    ['a key twice, deep inside', table('{"TableName":"a","x":[{"y":{"z":1,"z":2}}]}'), 'aws:dynamodb:DeleteTable!'],
    ['what ends too early', table('{'), 'aws:dynamodb:DeleteTable!'],
    ['seventy levels', table('['.repeat(70) + ']'.repeat(70)), 'aws:dynamodb:DeleteTable!'],
    ['half a character', table('{"TableName":"\\ud800"}'), 'aws:dynamodb:DeleteTable!'],
    ['bytes that are no UTF-8', table(latin1('{"TableName":"\xff"}')), 'aws:dynamodb:DeleteTable!'],
    ['a byte order mark', table('\ufeff{}'), 'aws:dynamodb:DeleteTable!'],
    ['two documents', table('{}{}'), 'aws:dynamodb:DeleteTable!'],
    ['a comma at the end', table('{"TableName":"a",}'), 'aws:dynamodb:DeleteTable!'],
    ['a comment', table('{/* x */"TableName":"a"}'), 'aws:dynamodb:DeleteTable!'],
    ['single quotes', table("{'TableName':'a'}"), 'aws:dynamodb:DeleteTable!'],
    ['no number', table('{"TableName":NaN}'), 'aws:dynamodb:DeleteTable!'],
    ['a list', table('[]'), 'aws:dynamodb:DeleteTable!'],
    ['a text', table('"x"'), 'aws:dynamodb:DeleteTable!'],
    ['nothing', table({ state: 'none' }), 'aws:dynamodb:DeleteTable'],
    [
      'a twin of a key, which AWS does not take for it',
      table('{"TableName":"a","tablename":"b"}'),
      'aws:dynamodb:DeleteTable',
    ],
    ['the prototype', table('{"__proto__":{"TableName":"x"},"TableName":"a"}'), 'aws:dynamodb:DeleteTable'],
    ['a body that nobody read', table({ state: 'unread' }), 'aws:dynamodb:DeleteTable?'],
    [
      'two targets',
      target('DynamoDB_20120810.DeleteTable', ['X-Amz-Target', 'DynamoDB_20120810.GetItem']),
      'aws:dynamodb:DeleteTable? aws:dynamodb:GetItem?',
    ],
    [
      'one target twice',
      target('DynamoDB_20120810.DeleteTable', ['X-Amz-Target', 'DynamoDB_20120810.DeleteTable']),
      'aws:dynamodb:DeleteTable? aws:dynamodb:DeleteTable?',
    ],
    [
      'a target of another version',
      target('DynamoDB_20111205.DeleteTable'),
      'aws:dynamodb:DeleteTable? aws:dynamodb:Unknown!',
    ],
    ['a target of another service', target('TrentService.DisableKey'), 'aws:kms:DisableKey? aws:dynamodb:Unknown!'],
    ['a target of no service', target('DeleteTable'), 'aws:dynamodb:DeleteTable?'],
    [
      'a target in another case',
      target('dynamodb_20120810.DeleteTable'),
      'aws:dynamodb:DeleteTable? aws:dynamodb:Unknown!',
    ],
    ['an operation that nobody knows', target('DynamoDB_20120810.DropEverything'), 'aws:dynamodb:DropEverything!'],
    ['an operation in another case', target('DynamoDB_20120810.deletetable'), 'aws:dynamodb:deletetable!'],
    ['an empty target', target(''), 'aws:dynamodb:Unknown!'],
    [
      'an action in the query too',
      target('DynamoDB_20120810.GetItem', [], '?Action=DeleteTable'),
      'aws:dynamodb:GetItem? aws:dynamodb:DeleteTable!',
    ],
    [
      'an action in a form too',
      call('POST https://dynamodb.us-east-1.amazonaws.com/', {
        scope: 'dynamodb',
        headers: ['X-Amz-Target', 'DynamoDB_20120810.GetItem', ...FORM],
        body: 'Action=DeleteTable',
      }),
      'aws:dynamodb:GetItem! aws:dynamodb:DeleteTable?',
    ],
    [
      'JSON that says it is a form',
      call('POST https://dynamodb.us-east-1.amazonaws.com/', {
        scope: 'dynamodb',
        headers: ['X-Amz-Target', 'DynamoDB_20120810.GetItem', ...FORM],
        body: '{}',
      }),
      'aws:dynamodb:GetItem!',
    ],
    [
      'no type',
      call('POST https://dynamodb.us-east-1.amazonaws.com/', {
        scope: 'dynamodb',
        headers: ['X-Amz-Target', 'DynamoDB_20120810.GetItem'],
        body: '{}',
      }),
      'aws:dynamodb:GetItem! aws:dynamodb:Unknown!',
    ],
    [
      'another method',
      call('GET https://dynamodb.us-east-1.amazonaws.com/', {
        scope: 'dynamodb',
        headers: ['X-Amz-Target', 'DynamoDB_20120810.DeleteTable'],
      }),
      'aws:dynamodb:DeleteTable?',
    ],
    ['another path', target('DynamoDB_20120810.DeleteTable', [], 'foo'), 'aws:dynamodb:DeleteTable?'],
    [
      'the query protocol, which this service may know',
      call('POST https://dynamodb.us-east-1.amazonaws.com/', {
        scope: 'dynamodb',
        headers: FORM,
        body: 'Action=DeleteTable&Version=2012-08-10',
      }),
      'aws:dynamodb:DeleteTable?',
    ],
    [
      'a body that hides who is given a role',
      json('glue', 'AWSGlue.CreateJob', '', { body: { state: 'unreadable', why: 'over-limit' } }),
      'aws:glue:CreateJob? aws:iam:PassRole?',
    ],
    [
      'a broken body that hides it',
      json('glue', 'AWSGlue.CreateJob', '{"Role":"a","Role":"b"}'),
      'aws:glue:CreateJob! aws:iam:PassRole!',
    ],
    [
      'a body that hides what is deleted',
      json('dynamodb', 'DynamoDB_20120810.TransactWriteItems', '', { body: { state: 'unread' } }),
      'aws:dynamodb:PutItem? aws:dynamodb:UpdateItem? aws:dynamodb:DeleteItem? aws:dynamodb:ConditionCheckItem?',
    ],
  ])('%s', (_name, each, expected) => {
    expect(names(each).join(' ')).toBe(expected);
  });
});

describe('CBOR', () => {
  it('is read', () => {
    expect(names(alarms('a16a416c61726d4e616d6573816161'))).toEqual(['aws:cloudwatch:DeleteAlarms']);
  });

  it.each<[string, Call, string]>([
    ['a key twice', alarms('a2616101616102'), 'aws:cloudwatch:DeleteAlarms!'],
    ['what ends too early', alarms('a16a416c'), 'aws:cloudwatch:DeleteAlarms!'],
    ['more than one item', alarms('a000'), 'aws:cloudwatch:DeleteAlarms!'],
    ['a number for a key', alarms('a10102'), 'aws:cloudwatch:DeleteAlarms!'],
    ['eighty levels', alarms(`${'81'.repeat(80)}00`), 'aws:cloudwatch:DeleteAlarms!'],
    ['a length that is not there', alarms('7bffffffffffffffff'), 'aws:cloudwatch:DeleteAlarms!'],
    ['nothing but tags', alarms('c1'.repeat(100_000)), 'aws:cloudwatch:DeleteAlarms!'],
    [
      'no word that it is CBOR',
      alarms('a0', { headers: ['Content-Type', 'application/cbor'] }),
      'aws:cloudwatch:DeleteAlarms?',
    ],
    [
      'another type',
      alarms('a0', { headers: [...CBOR.slice(0, 2), 'Content-Type', 'application/json'] }),
      'aws:cloudwatch:DeleteAlarms!',
    ],
    [
      'a target too',
      alarms('a0', { headers: [...CBOR, 'X-Amz-Target', 'GraniteServiceVersion20100801.ListMetrics'] }),
      'aws:cloudwatch:ListMetrics! aws:cloudwatch:DeleteAlarms?',
    ],
    [
      'another service in the path',
      alarms('a0', {}, '/service/Other/operation/DeleteAlarms'),
      'aws:cloudwatch:DeleteAlarms? aws:cloudwatch:Unknown!',
    ],
    [
      'an escaped operation',
      alarms('a0', {}, '/service/GraniteServiceVersion20100801/operation/Delete%41larms'),
      'aws:cloudwatch:Unknown!',
    ],
    [
      'an escaped slash',
      alarms('a0', {}, '/service/GraniteServiceVersion20100801/operation%2FDeleteAlarms'),
      'aws:cloudwatch:Unknown!',
    ],
    [
      'two operations',
      alarms(
        'a0',
        {},
        '/service/GraniteServiceVersion20100801/operation/ListMetrics/service/GraniteServiceVersion20100801/operation/DeleteAlarms',
      ),
      'aws:cloudwatch:DeleteAlarms',
    ],
  ])('%s', (_name, each, expected) => {
    expect(names(each).join(' ')).toBe(expected);
  });
});
