// Signatures that AWS has published: its test suite (aws-sig-v4-test-suite) and the examples of the S3 and IAM documentation.
import { describe, expect, it } from 'vitest';
import { EMPTY_SHA256, sha256Hex, usualSpelling } from '../../../src/proxy/sigv4/canonical-request.ts';
import { presentedSignature } from '../../../src/proxy/sigv4/presented.ts';
import { authorization } from '../../../src/proxy/sigv4/sign.ts';
import { amzDate, parseAmzDate, type Scope, signingKey } from '../../../src/proxy/sigv4/signature.ts';
import { checkSignedHead, isSignedWith } from '../../../src/proxy/sigv4/verify.ts';

const SUITE = {
  accessKeyId: 'AKIDEXAMPLE',
  keyOf: (scope: Scope): Uint8Array => signingKey('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', scope),
  region: 'us-east-1',
};
const DATE = '20150830T123600Z';

interface Case {
  readonly name: string;
  readonly method?: string;
  readonly path?: string;
  readonly query?: string;
  readonly headers?: readonly string[];
  readonly body?: string;
  readonly service?: string;
  readonly signature: string;
}

const SUITE_CASES: readonly Case[] = [
  { name: 'get-vanilla', signature: '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31' },
  {
    name: 'get-vanilla-query-order-key-case',
    query: 'Param2=value2&Param1=value1',
    signature: 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  },
  {
    name: 'get-unreserved',
    path: '/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
    signature: '07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f',
  },
  {
    name: 'get-utf8',
    path: '/\u00e1\u0088\u00b4',
    signature: '8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85',
  },
  {
    name: 'normalize-path/get-slashes',
    path: '//example//',
    signature: '9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84',
  },
  {
    name: 'normalize-path/get-relative',
    path: '/example/..',
    signature: '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  },
  {
    name: 'get-header-value-trim',
    headers: ['My-Header1', ' value1', 'My-Header2', ' "a   b   c"'],
    signature: 'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
  },
  {
    name: 'post-vanilla',
    method: 'POST',
    signature: '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
  },
  {
    name: 'post-x-www-form-urlencoded',
    method: 'POST',
    headers: ['Content-Type', 'application/x-www-form-urlencoded'],
    body: 'Param1=value1',
    signature: 'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  },
];

const signed = (value: string): string => /Signature=([0-9a-f]{64})$/.exec(value)?.[1] ?? value;

describe('the suite of AWS', () => {
  it.each(SUITE_CASES)('$name', ({ method = 'GET', path = '/', query, headers = [], body = '', signature }) => {
    const all = ['Host', 'example.amazonaws.com', ...headers, 'X-Amz-Date', DATE];
    const request = { method, path, query, headers: all };
    const value = authorization(request, {
      ...SUITE,
      service: 'service',
      now: parseAmzDate(DATE) ?? 0,
      payload: sha256Hex(body),
      spelling: usualSpelling(request),
      alsoSigned: new Set(all.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase())),
    });
    expect(signed(value)).toBe(signature);
  });

  it('derives the key of the documentation', () => {
    const key = signingKey('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', {
      date: '20150830',
      region: 'us-east-1',
      service: 'iam',
    });
    expect(Buffer.from(key).toString('hex')).toBe('c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9');
  });

  it('signs ListUsers as the documentation does', () => {
    const headers = [
      'Content-Type',
      'application/x-www-form-urlencoded; charset=utf-8',
      'Host',
      'iam.amazonaws.com',
      'X-Amz-Date',
      DATE,
    ];
    const request = { method: 'GET', path: '/', query: 'Action=ListUsers&Version=2010-05-08', headers };
    const terms = { ...SUITE, service: 'iam', now: parseAmzDate(DATE) ?? 0, payload: EMPTY_SHA256 };
    const alsoSigned = new Set(['content-type', 'host']);
    expect(signed(authorization(request, { ...terms, spelling: 'sent', alsoSigned }))).toBe(
      '5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
    );
  });
});

describe('the examples of S3', () => {
  const S3 = {
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    keyOf: (scope: Scope): Uint8Array => signingKey('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', scope),
    region: 'us-east-1',
    service: 's3',
    now: parseAmzDate('20130524T000000Z') ?? 0,
    spelling: 'sent' as const,
  };
  const base = ['Host', 'examplebucket.s3.amazonaws.com', 'x-amz-date', '20130524T000000Z'];

  it.each([
    [
      'GET',
      '/test.txt',
      undefined,
      ['Range', 'bytes=0-9'],
      '',
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    ],
    [
      'PUT',
      '/test%24file.text',
      undefined,
      ['Date', 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class', 'REDUCED_REDUNDANCY'],
      'Welcome to Amazon S3.',
      '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    ],
    ['GET', '/', 'lifecycle', [], '', 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543'],
    ['GET', '/', 'max-keys=2&prefix=J', [], '', '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7'],
  ])('%s %s %s', (method, path, query, headers, body, signature) => {
    const payload = sha256Hex(body);
    const all = [...base, ...headers, 'x-amz-content-sha256', payload];
    const alsoSigned = new Set(all.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase()));
    expect(signed(authorization({ method, path, query, headers: all }, { ...S3, payload, alsoSigned }))).toBe(
      signature,
    );
  });

  it('takes the presigned URL for a day, and not longer', () => {
    const query =
      'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request' +
      '&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host' +
      '&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404';
    const request = { method: 'GET', path: '/test.txt', query, headers: base.slice(0, 2) };
    const result = presentedSignature(request.headers, query);
    if (result.state !== 'one') throw new Error('not read');
    const { presented } = result;
    expect(presented.bareQuery).toBeUndefined();
    const key = S3.keyOf(presented.scope);
    expect(isSignedWith(key, request, presented, 'UNSIGNED-PAYLOAD')).toBe(true);
    expect(isSignedWith(key, { ...request, path: '/other.txt' }, presented, 'UNSIGNED-PAYLOAD')).toBe(false);
    expect(checkSignedHead(request, presented, S3.now + 86_400_000)).toEqual({
      ok: true,
      payload: { mode: 'unsigned', text: 'UNSIGNED-PAYLOAD' },
    });
    expect(checkSignedHead(request, presented, S3.now + 86_401_000)).toMatchObject({ ok: false, fault: 'stale' });
  });
});

describe('dates', () => {
  it('are written and read back', () => {
    expect(amzDate(Date.UTC(2026, 10, 21, 17, 5, 9, 123))).toBe('20261121T170509Z');
    expect(parseAmzDate('20261121T170509Z')).toBe(Date.UTC(2026, 10, 21, 17, 5, 9));
  });

  it.each(['20260231T000000Z', '20261121T250000Z', '20261121T170509', '2026-11-21T17:05:09Z', ''])(
    'refuse %s',
    (text) => expect(parseAmzDate(text)).toBeUndefined(),
  );
});
