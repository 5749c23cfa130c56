// As hostile-query.test.ts, for the services whose method and path are the operation.
import { describe, expect, it } from 'vitest';
import { call, FORM, names, type Parts, recognise } from './calls.ts';

type Call = ReturnType<typeof call>;
const JSON_TYPE = ['Content-Type', 'application/json'];
const lambda = (request: string, parts: Parts = {}): Call =>
  call(request.replace(' ', ' https://lambda.us-east-1.amazonaws.com'), { scope: 'lambda', ...parts });

describe('paths', () => {
  it.each<[string, string, string[]]>([
    ['doubled slashes', '/2015-03-31//functions/f', ['aws:lambda:DeleteFunction? f']],
    ['doubled slashes in front', '//2015-03-31/functions/f', ['aws:lambda:DeleteFunction? f']],
    ['a dot', '/2015-03-31/./functions/f', ['aws:lambda:DeleteFunction? f']],
    ['a way up', '/2015-03-31/x/../functions/f', ['aws:lambda:DeleteFunction? f']],
    ['an escaped way up', '/2015-03-31/%2e%2e/2015-03-31/functions/f', ['aws:lambda:DeleteFunction? f']],
    ['an escaped letter', '/2015-03-31/func%74ions/f', ['aws:lambda:DeleteFunction? f']],
    ['an escaped slash between literals', '/2015-03-31/functions%2Ff', ['aws:lambda:DeleteFunction? f']],
    ['an escaped slash in a name', '/2015-03-31/functions/f%2Fpolicy', ['aws:lambda:DeleteFunction f/policy']],
    [
      'a slash that is escaped twice',
      '/2015-03-31/functions/f%252Fx',
      ['aws:lambda:DeleteFunction? f%2Fx', 'aws:lambda:DeleteFunction? f/x'],
    ],
    ['a slash at the end', '/2015-03-31/functions/f/', ['aws:lambda:DeleteFunction f']],
    [
      'a parameter of the path',
      '/2015-03-31/functions/f;a=b',
      ['aws:lambda:DeleteFunction? f;a=b', 'aws:lambda:DeleteFunction? f'],
    ],
    ['a backslash', '/2015-03-31/functions\\f', ['aws:lambda:DeleteFunction? f']],
    ['a zero', '/2015-03-31/functions/f%00x', ['aws:lambda:DeleteFunction? f\0x', 'aws:lambda:DeleteFunction? f']],
    [
      'an escaped question mark',
      '/2015-03-31/functions/f%3Fx',
      ['aws:lambda:DeleteFunction? f?x', 'aws:lambda:DeleteFunction? f'],
    ],
    [
      'an escaped hash',
      '/2015-03-31/functions/f%23x',
      ['aws:lambda:DeleteFunction? f#x', 'aws:lambda:DeleteFunction? f'],
    ],
    ['a dot at the end', '/2015-03-31/functions/f.', ['aws:lambda:DeleteFunction? f.', 'aws:lambda:DeleteFunction? f']],
    [
      'a blank at the end',
      '/2015-03-31/functions/f%20',
      ['aws:lambda:DeleteFunction? f ', 'aws:lambda:DeleteFunction? f'],
    ],
    ['an overlong slash', '/2015-03-31/functions%c0%aff', ['aws:lambda:DeleteFunction? f']],
    ['a broken escape', '/2015-03-31/functions/f%zz', ['aws:lambda:DeleteFunction! *']],
    [
      'another operation behind a way up',
      '/2015-03-31/functions/f/policy/..',
      ['aws:lambda:RemovePermission? f', 'aws:lambda:DeleteFunction? f'],
    ],
    ['another case', '/2015-03-31/Functions/f', ['aws:lambda:Unknown! -']],
    ['a path that nobody knows', '/2015-03-31/nothing/f', ['aws:lambda:Unknown! -']],
    ['an endless path', `/2015-03-31/functions/${'a/'.repeat(2_000)}`, ['aws:lambda:Unknown! -']],
    ['an endless name', `/2015-03-31/functions/${'a'.repeat(20_000)}`, ['aws:lambda:DeleteFunction? *']],
  ])('%s', (_name, path, expected) => {
    const marks = { exact: '', ambiguous: '?', unknown: '!' };
    const found = recognise(lambda(`DELETE ${path}`));
    expect(found.map(({ name, confidence, resource }) => `${name}${marks[confidence]} ${resource.id ?? '-'}`)).toEqual(
      expected,
    );
  });

  it('with more readings than anybody looks at are not certain', () => {
    const found = names(lambda(`DELETE /2015-03-31/functions/${'%252e/'.repeat(60)}f`));
    expect(found.filter((name) => !/[?!]$/.test(name))).toEqual([]);
  });
});

describe('beside the path', () => {
  it.each<[string, Call, string]>([
    ['a method that nobody knows', lambda('FOO /2015-03-31/functions/f'), 'aws:lambda:Unknown!'],
    ['HEAD, which this API does not have', lambda('HEAD /2015-03-31/functions/f'), 'aws:lambda:Unknown!'],
    [
      'a method in a header',
      lambda('GET /2015-03-31/functions/f', { headers: ['X-HTTP-Method-Override', 'DELETE'] }),
      'aws:lambda:GetFunction? aws:lambda:DeleteFunction?',
    ],
    [
      'a method in a header, in another case',
      lambda('POST /2015-03-31/functions/f/policy', { headers: ['x-method-override', ' get '] }),
      'aws:lambda:AddPermission? aws:lambda:GetPolicy?',
    ],
    [
      'a query that tells the operation',
      lambda('GET /2018-10-31/layers?find=LayerVersion'),
      'aws:lambda:GetLayerVersion',
    ],
    [
      'the same name twice',
      lambda('GET /2018-10-31/layers?find=LayerVersion&find=x'),
      'aws:lambda:GetLayerVersion? aws:lambda:ListLayers?',
    ],
    [
      'in another case',
      lambda('GET /2018-10-31/layers?FIND=LayerVersion'),
      'aws:lambda:GetLayerVersion? aws:lambda:ListLayers?',
    ],
    ['escaped', lambda('GET /2018-10-31/layers?f%69nd=LayerVersion'), 'aws:lambda:GetLayerVersion'],
    [
      'behind a semicolon',
      lambda('GET /2018-10-31/layers?a;find=LayerVersion'),
      'aws:lambda:GetLayerVersion? aws:lambda:ListLayers?',
    ],
    ['with another value', lambda('GET /2018-10-31/layers?find=Other'), 'aws:lambda:ListLayers'],
    [
      'two operations in the query',
      call('POST https://glacier.us-east-1.amazonaws.com/-/vaults/v/tags?operation=add&operation=remove', {
        scope: 'glacier',
      }),
      'aws:glacier:AddTagsToVault? aws:glacier:RemoveTagsFromVault?',
    ],
    [
      'neither of them',
      call('POST https://glacier.us-east-1.amazonaws.com/-/vaults/v/tags', { scope: 'glacier' }),
      'aws:glacier:AddTagsToVault? aws:glacier:RemoveTagsFromVault?',
    ],
    [
      'a target too',
      lambda('GET /2015-03-31/functions/f', { headers: ['X-Amz-Target', 'AWSLambda.DeleteFunction'] }),
      'aws:lambda:DeleteFunction? aws:lambda:GetFunction? aws:lambda:Unknown!',
    ],
    [
      'an action in the query too',
      lambda('GET /2015-03-31/functions/f?Action=DeleteFunction'),
      'aws:lambda:DeleteFunction! aws:lambda:GetFunction?',
    ],
    [
      'a path of CBOR too',
      lambda('POST /service/AWSLambda/operation/DeleteFunction', { headers: ['smithy-protocol', 'rpc-v2-cbor'] }),
      'aws:lambda:DeleteFunction? aws:lambda:Unknown!',
    ],
    [
      'a body with a key twice',
      lambda('POST /2015-03-31/functions', { headers: JSON_TYPE, body: '{"Role":"a","Role":"b"}' }),
      'aws:lambda:CreateFunction! aws:iam:PassRole!',
    ],
    [
      'a body of another kind',
      lambda('POST /2015-03-31/functions', { headers: JSON_TYPE, body: '<a/>' }),
      'aws:lambda:CreateFunction! aws:iam:PassRole!',
    ],
    [
      'a list for a body',
      lambda('POST /2015-03-31/functions', { headers: JSON_TYPE, body: '[1]' }),
      'aws:lambda:CreateFunction! aws:iam:PassRole!',
    ],
    [
      'a form for a body',
      lambda('POST /2015-03-31/functions', { headers: FORM, body: 'Role=x' }),
      'aws:lambda:CreateFunction! aws:iam:PassRole!',
    ],
    [
      'two types of the body',
      lambda('POST /2015-03-31/functions', { headers: [...JSON_TYPE, 'Content-Type', 'text/plain'], body: '{}' }),
      'aws:lambda:CreateFunction! aws:iam:PassRole!',
    ],
    [
      'a body that nobody read',
      lambda('POST /2015-03-31/functions', { body: { state: 'unread' } }),
      'aws:lambda:CreateFunction? aws:iam:PassRole?',
    ],
    [
      'a body that is too long',
      lambda('POST /2015-03-31/functions', { body: { state: 'unreadable', why: 'over-limit' } }),
      'aws:lambda:CreateFunction? aws:iam:PassRole?',
    ],
    [
      'a queue in the path and another in the query',
      call(
        'GET https://sqs.us-east-1.amazonaws.com/123456789012/jobs?Action=PurgeQueue&Version=2012-11-05&QueueUrl=https%3A%2F%2Fx%2F123456789012%2Fother',
        { scope: 'sqs' },
      ),
      'aws:sqs:PurgeQueue aws:sqs:PurgeQueue',
    ],
  ])('%s', (_name, each, expected) => {
    expect(names(each).join(' ')).toBe(expected);
  });

  it('a service of two protocols, and a call of both', () => {
    const headers = FORM;
    const body = 'Action=DeleteIdentity&Version=2010-12-01';
    const found = names(
      call('POST https://email.us-east-1.amazonaws.com/v2/email/identities', { scope: 'ses', headers, body }),
    );
    expect(found).toContain('aws:ses:DeleteIdentity?');
    expect(found.filter((name) => !/[?!]$/.test(name))).toEqual([]);
  });
});
