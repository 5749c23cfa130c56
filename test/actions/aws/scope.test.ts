// What a signature was made for, and where two of them, or a signature and the host, do not agree.
import { describe, expect, it } from 'vitest';
import { createAwsRecogniser } from '../../../src/actions/aws/recogniser.ts';
import { readScope } from '../../../src/actions/aws/scope.ts';
import { authorization, call, FORM, form, json, names, recognise } from './calls.ts';

function read(headers: readonly string[], query?: string): string {
  const found = readScope(headers, query);
  return found.state === 'one' ? `${found.scope.service} ${found.scope.region ?? '-'}` : found.state;
}

const presigned = (service: string): string =>
  `X-Amz-Credential=AKID%2F20260102%2Fus-east-1%2F${service}%2Faws4_request`;

describe('the credential scope', () => {
  it.each([
    ['header', [authorization('iam')], undefined, 'iam us-east-1'],
    [
      'SigV4a',
      ['AWS4-ECDSA-P256-SHA256 Credential=AKID/20260102/s3/aws4_request, SignedHeaders=host, Signature=0'],
      undefined,
      's3 -',
    ],
    [
      'another order',
      ['AWS4-HMAC-SHA256 SignedHeaders=host, Credential=AKID/20260102/r-1/sts/aws4_request, Signature=0'],
      undefined,
      'sts r-1',
    ],
    ['query', [], `a=b&${presigned('s3')}&c`, 's3 us-east-1'],
    ['none', [], undefined, 'none'],
    ['a bearer token', ['Bearer abc'], 'a=b', 'none'],
    ['SigV2', ['AWS AKID:c2ln'], undefined, 'none'],
    ['the same twice', [authorization('s3')], presigned('s3'), 's3 us-east-1'],
    ['two services', [authorization('s3'), authorization('iam')], undefined, 'contradictory'],
    ['two places', [authorization('s3')], presigned('iam'), 'contradictory'],
    ['two regions', [authorization('s3'), authorization('s3', 'eu-west-1')], undefined, 'contradictory'],
    ['no credential', ['AWS4-HMAC-SHA256 SignedHeaders=host, Signature=0'], undefined, 'contradictory'],
    ['a broken credential', ['AWS4-HMAC-SHA256 Credential=AKID/20260102/us-east-1/iam'], undefined, 'contradictory'],
    ['no date', ['AWS4-HMAC-SHA256 Credential=AKID/today/us-east-1/iam/aws4_request'], undefined, 'contradictory'],
    ['a broken escape', [], 'X-Amz-Credential=%zz', 'contradictory'],
  ])('%s', (_name, headers, query, what) => {
    expect(read(headers, query)).toBe(what);
  });
});

describe('host and scope', () => {
  const fields = 'Action=ListUsers&Version=2010-05-08';

  it('agree', () => {
    expect(names(form('iam', fields))).toEqual(['aws:iam:ListUsers']);
  });

  it('behind a mount, the scope is what counts', () => {
    expect(names(call('POST /', { scope: 'iam', headers: FORM, body: fields }))).toEqual(['aws:iam:ListUsers']);
    expect(names(call('GET /2015-03-31/functions/f/policy', { scope: 'lambda/eu-west-1' }))).toEqual([
      'aws:lambda:GetPolicy',
    ]);
  });

  it('the gate may say it, where it has taken the signature away', () => {
    const signedFor = { service: 'iam', region: 'eu-west-1' };
    const [action] = recognise({ ...call('POST /', { headers: FORM, body: fields }), signedFor });
    expect(action).toMatchObject({ name: 'aws:iam:ListUsers', confidence: 'exact', resource: { region: 'eu-west-1' } });
    const [other] = recognise({ ...call('POST /', { scope: 'sts', headers: FORM, body: fields }), signedFor });
    expect(other?.confidence).not.toBe('exact');
  });

  it('disagree', () => {
    expect(names(form('iam', fields, { scope: 'sts' }))).toEqual([
      'aws:iam:ListUsers?',
      'aws:iam:Unknown!',
      'aws:sts:Unknown!',
    ]);
    expect(names(json('dynamodb', 'DynamoDB_20120810.GetItem', { TableName: 't' }, { scope: 'kms' }))).toEqual([
      'aws:dynamodb:GetItem?',
      'aws:dynamodb:Unknown!',
      'aws:kms:Unknown!',
    ]);
  });

  it('a scope that nobody knows makes the host alone too little', () => {
    expect(names(form('iam', fields, { scope: 'newservice' }))).toEqual(['aws:iam:ListUsers?', 'aws:iam:Unknown!']);
  });

  it('without either, the target names the service, and a path nothing', () => {
    const headers = [
      'X-Amz-Target',
      'AWSCognitoIdentityProviderService.InitiateAuth',
      'Content-Type',
      'application/x-amz-json-1.1',
    ];
    expect(names(call('POST /', { headers, body: '{}' }))).toEqual(['aws:cognito-idp:InitiateAuth']);
    expect(names(call('POST /', { headers: FORM, body: 'Action=AssumeRoleWithSAML&Version=2011-06-15' }))).toEqual([
      'aws:sts:AssumeRoleWithSAML',
    ]);
    expect(names(call('POST /2015-03-31/functions'))).toEqual(['aws:Unknown!']);
  });
});

describe('the base of an upstream', () => {
  const BASE = { authority: 'store.internal:9000', basePath: '/emulator' };
  const recogniser = createAwsRecogniser(BASE);
  const shown = (request: string, parts: Parameters<typeof call>[1]): string[] =>
    recogniser
      .recognise(call(request, parts))
      .map(({ name, confidence, resource }) => `${name} ${confidence} ${resource.type ?? '-'}/${resource.id ?? '-'}`);

  it('stands in front of every path, and a bucket in front of its host', () => {
    const at = 'http://store.internal:9000/emulator';
    expect(shown(`PUT ${at}/data/k`, { scope: 's3', body: 'x' })).toEqual(['aws:s3:PutObject exact object/data/k']);
    expect(shown(`GET ${at}/2015-03-31/functions/f/policy`, { scope: 'lambda' })).toEqual([
      'aws:lambda:GetPolicy exact function/f',
    ]);
    expect(shown(`POST ${at}`, { scope: 'iam', headers: FORM, body: 'Action=ListUsers&Version=2010-05-08' })).toEqual([
      'aws:iam:ListUsers exact -/-',
    ]);
    const below = 'http://my.data.store.internal:9000/emulator';
    expect(shown(`PUT ${below}/k`, { scope: 's3', body: 'x' })).toEqual(['aws:s3:PutObject exact object/my.data/k']);
    expect(shown(`GET ${below}/?acl`, { scope: 's3' })).toEqual(['aws:s3:GetBucketAcl exact bucket/my.data']);
  });

  it('a bucket in front of a call that is signed for something else is doubtful', () => {
    const found = recogniser.recognise(
      call('POST http://data.store.internal:9000/emulator/', {
        scope: 'iam',
        headers: FORM,
        body: 'Action=DeleteUser&Version=2010-05-08&UserName=u',
      }),
    );
    expect(found.some(({ name }) => name === 'aws:iam:DeleteUser')).toBe(true);
    expect(found.every(({ confidence }) => confidence !== 'exact')).toBe(true);
  });

  it('a name that only ends like its host has no bucket', () => {
    expect(shown('PUT http://evilstore.internal:9000/emulator/data/k', { scope: 's3', body: 'x' })).toEqual([
      'aws:s3:PutObject exact object/data/k',
    ]);
  });

  it('may be a domain below which everything has the names that it has at AWS', () => {
    const all = createAwsRecogniser({
      authority: '{service}.{region}.aws.internal:8443',
      servicesBelow: 'aws.internal',
    });
    const named = (request: string, parts: Parameters<typeof call>[1]): string[] =>
      all
        .recognise(call(request, parts))
        .map(({ name, confidence, resource }) => `${name} ${confidence} ${resource.type ?? '-'}/${resource.id ?? '-'}`);
    const put = { scope: 's3', body: 'x' };
    const object = ['aws:s3:PutObject exact object/data/k'];
    expect(named('PUT https://data.s3.us-east-1.aws.internal:8443/k', put)).toEqual(object);
    expect(named('PUT https://s3.us-east-1.aws.internal:8443/data/k', put)).toEqual(object);
    expect(named('PUT https://data.s3.us-east-1.amazonaws.com/k', put)).toEqual(object);
    expect(
      named('GET https://lambda.us-east-1.aws.internal:8443/2015-03-31/functions/f/policy', { scope: 'lambda' }),
    ).toEqual(['aws:lambda:GetPolicy exact function/f']);
    const elsewhere = named('POST https://iam.aws.internal:8443/', {
      scope: 'sts',
      headers: FORM,
      body: 'Action=DeleteUser&Version=2010-05-08&UserName=u',
    });
    expect(elsewhere.every((each) => !each.includes(' exact '))).toBe(true);
  });
});
