// Calls with signatures that are forged, stale, altered, replayed with another body, or that leave out what matters. Bar: none of them
// reaches the upstream whole, and each is refused in words of AWS.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { amzDate } from '../../src/proxy/sigv4/signature.ts';
import { type AgentKey, agentsCommand, issueKey } from '../e2e/agent-key.ts';
import { AGENT, startGate, type TestGate } from '../e2e/running-gate.ts';
import { altered, presigned, signed, type SignedRequest, type SigningOptions, wire } from '../e2e/signing-client.ts';
import { startVerifyingUpstream, type VerifyingUpstream } from '../e2e/verifying-upstream.ts';

let upstream: VerifyingUpstream;
let gate: TestGate;
let key: AgentKey;
let other: AgentKey;
let revoked: AgentKey;
let foreign: AgentKey;

beforeAll(async () => {
  upstream = await startVerifyingUpstream('AKIAUPSTREAMUPSTREAM', 'upstream-secret-token');
  gate = await startGate({
    upstream: upstream.url,
    rules: '  - {id: all, match: {host: "*"}, effect: allow}\n',
    upstreamMore:
      'kind: aws, credential: {aws: {access_key_id: AKIAUPSTREAMUPSTREAM, secret_access_key: "${env:UPSTREAM_TOKEN}"}}',
  });
  const config = join(gate.folder, 'holdgate.yaml');
  key = await issueKey(config, 'deploy-bot');
  other = await issueKey(config, 'other-bot');
  revoked = await issueKey(config, 'deploy-bot');
  await agentsCommand(config, 'revoke-aws-key', revoked.access_key_id);
  foreign = { access_key_id: 'AKIAIOSFODNN7EXAMPLE', secret_access_key: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' };
});
afterAll(async () => {
  await gate?.stop();
  await upstream?.stop();
});

const PUT: SigningOptions = {
  method: 'PUT',
  target: '/api/bucket/key?tagging',
  body: 'hello',
  headers: ['X-Amz-Acl', 'private'],
};
const IAM: SigningOptions = {
  method: 'POST',
  target: '/api/',
  body: 'Action=CreateUser&UserName=a',
  headers: ['Content-Type', 'application/x-www-form-urlencoded'],
  service: 'iam',
  payload: 'none',
};
const put = (more: SigningOptions = {}): SignedRequest => signed(key, { ...PUT, ...more });
const iam = (more: SigningOptions = {}): SignedRequest => signed(key, { ...IAM, ...more });
const authorizationOf = ({ headers }: SignedRequest): string => headers[headers.indexOf('Authorization') + 1] ?? '';
const authorization = (request: SignedRequest, change: (value: string) => string): SignedRequest =>
  altered(request, 'authorization', change(authorizationOf(request)));
const flipped = (text: string): string => text.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
const url = (more: Parameters<typeof presigned>[1] = {}): SignedRequest =>
  presigned(key, { target: '/api/bucket/key', ...more });
const MINUTE = 60_000;

type Case = readonly [name: string, make: () => SignedRequest];

const FORGED: readonly Case[] = [
  ['a signature with its last digit changed', () => authorization(put(), flipped)],
  [
    'a signature with its first digit changed',
    () =>
      authorization(put(), (v) => v.replace(/Signature=./, (s) => (s.endsWith('0') ? 'Signature=1' : 'Signature=0'))),
  ],
  ['a signature of nothing but zeros', () => authorization(put(), (v) => v.replace(/[0-9a-f]{64}$/, '0'.repeat(64)))],
  ['an empty signature', () => authorization(put(), (v) => v.replace(/[0-9a-f]{64}$/, ''))],
  ['a signature that is too short', () => authorization(put(), (v) => v.slice(0, -1))],
  ['a signature that is too long', () => authorization(put(), (v) => `${v}0`)],
  [
    'a signature in capitals',
    () => authorization(put(), (v) => v.replace(/[0-9a-f]{64}$/, (s) => s.toUpperCase().replace(/^\d+$/, 'A'))),
  ],
  ['no signature at all', () => authorization(put(), (v) => v.replace(/, Signature=.*/, ''))],
  ['two signatures', () => authorization(put(), (v) => `${v}, Signature=${'0'.repeat(64)}`)],
  [
    'two credentials',
    () =>
      authorization(put(), (v) =>
        v.replace('Credential=', `Credential=${'A'.repeat(20)}/20260101/us-east-1/s3/aws4_request, Credential=`),
      ),
  ],
  ['another secret', () => signed({ ...key, secret_access_key: other.secret_access_key }, PUT)],
  ['an empty secret', () => signed({ ...key, secret_access_key: '' }, PUT)],
  ['the id of another agent', () => authorization(put(), (v) => v.replace(key.access_key_id, other.access_key_id))],
  ['an id that was never issued', () => signed({ ...key, access_key_id: 'HGAKAAAAAAAAAAAAAAAA' }, PUT)],
  ['an id of a data key that does not exist', () => signed({ ...key, access_key_id: 'HGAK7777777777777777' }, PUT)],
  ['an id in lower case', () => signed({ ...key, access_key_id: key.access_key_id.toLowerCase() }, PUT)],
  ['a revoked key', () => signed(revoked, PUT)],
  ['a key of AWS itself', () => signed(foreign, PUT)],
  ['a scope of another region', () => authorization(put(), (v) => v.replace('/us-east-1/', '/eu-west-1/'))],
  ['a scope of another service', () => authorization(put(), (v) => v.replace('/s3/', '/iam/'))],
  ['a scope of another day', () => authorization(put(), (v) => v.replace(/\/\d{8}\//, '/20200101/'))],
  ['a scope with another end', () => authorization(put(), (v) => v.replace('aws4_request', 'aws5_request'))],
  [
    'the algorithm of version 4a',
    () => authorization(put(), (v) => v.replace('AWS4-HMAC-SHA256', 'AWS4-ECDSA-P256-SHA256')),
  ],
  ['an algorithm that nobody knows', () => authorization(put(), (v) => v.replace('SHA256', 'SHA1'))],
  ['the algorithm in lower case', () => authorization(put(), (v) => v.replace('AWS4-HMAC-SHA256', 'aws4-hmac-sha256'))],
  ['version 2 in the header', () => altered(put(), 'authorization', `AWS ${key.access_key_id}:c2lnbmF0dXJl`)],
];

const ALTERED: readonly Case[] = [
  ['another method', () => ({ ...put(), method: 'POST' })],
  ['another path', () => ({ ...put(), target: '/api/bucket/other?tagging' })],
  ['another mount path', () => ({ ...put(), target: '/api//bucket/key?tagging' })],
  [
    'a path whose escapes were undone into a slash',
    () => ({ ...put({ target: '/api/bucket/a%2Fb' }), target: '/api/bucket/a/b' }),
  ],
  ['a parameter more', () => ({ ...put(), target: '/api/bucket/key?tagging&versionId=1' })],
  ['a parameter less', () => ({ ...put(), target: '/api/bucket/key' })],
  ['another value of a parameter', () => ({ ...put({ target: '/api/b?prefix=a' }), target: '/api/b?prefix=b' })],
  ['an X-Amz header more', () => ({ ...put(), headers: [...put().headers, 'X-Amz-Copy-Source', '/secret/key'] })],
  ['an X-Amz header less', () => altered(put(), 'x-amz-acl', undefined)],
  ['another value of an X-Amz header', () => altered(put(), 'x-amz-acl', 'public-read')],
  ['a second value of an X-Amz header', () => ({ ...put(), headers: [...put().headers, 'X-Amz-Acl', 'public-read'] })],
  ['another Host', () => altered(put(), 'host', 'api.test')],
  ['another media type', () => altered(iam(), 'content-type', 'application/json')],
  ['another body', () => ({ ...put(), body: Buffer.from('hellO') })],
  ['a longer body', () => ({ ...put(), body: Buffer.from('hello!') })],
  ['no body', () => ({ ...put(), body: Buffer.alloc(0) })],
  [
    'another body of a call that does not say its hash',
    () => ({ ...iam(), body: Buffer.from('Action=DeleteUser&UserName=a') }),
  ],
  ['no body of a call that does not say its hash', () => ({ ...iam(), body: Buffer.alloc(0) })],
  [
    'the hash of another body, and that body',
    () => ({
      ...altered(put(), 'x-amz-content-sha256', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'),
      body: Buffer.alloc(0),
    }),
  ],
  [
    'the hash taken out, and another body',
    () => ({ ...altered(put(), 'x-amz-content-sha256', undefined), body: Buffer.from('x') }),
  ],
  ['the hash replaced by the word for none', () => altered(put(), 'x-amz-content-sha256', 'UNSIGNED-PAYLOAD')],
  [
    'a body where a signature without one was made',
    () => ({ ...signed(key, { target: '/api/bucket' }), body: Buffer.from('x') }),
  ],
  ['another date', () => altered(put(), 'x-amz-date', amzDate(Date.now() - MINUTE))],
  ['no date', () => altered(put(), 'x-amz-date', undefined)],
  ['a date that is none', () => altered(put(), 'x-amz-date', 'yesterday')],
  ['signed headers without Host', () => authorization(put(), (v) => v.replace('host;', ''))],
  ['signed headers without the hash', () => authorization(put(), (v) => v.replace('x-amz-content-sha256;', ''))],
  ['signed headers without the date', () => authorization(put(), (v) => v.replace(';x-amz-date', ''))],
  [
    'signed headers out of order',
    () => authorization(put(), (v) => v.replace('host;', '').replace(/SignedHeaders=([^,]*)/, 'SignedHeaders=$1;host')),
  ],
  ['signed headers twice', () => authorization(put(), (v) => v.replace('host;', 'host;host;'))],
  ['signed headers with one that is not there', () => authorization(put(), (v) => v.replace('host;', 'host;range;'))],
  ['no signed headers', () => authorization(put(), (v) => v.replace(/SignedHeaders=[^,]*/, 'SignedHeaders='))],
];

const STALE: readonly Case[] = [
  ['a signature of 16 minutes ago', () => put({ now: Date.now() - 16 * MINUTE })],
  ['a signature of 16 minutes ahead', () => put({ now: Date.now() + 16 * MINUTE })],
  ['a signature of yesterday', () => put({ now: Date.now() - 24 * 60 * MINUTE })],
  ['a presigned URL that has expired', () => url({ now: Date.now() - 2 * MINUTE, expires: 60 })],
  ['a presigned URL of the future', () => url({ now: Date.now() + 16 * MINUTE })],
  ['a presigned URL for eight days', () => url({ expires: 8 * 24 * 3600 })],
  [
    'a presigned URL whose time was made longer',
    () => ({
      ...url({ now: Date.now() - 2 * MINUTE, expires: 60 }),
      target: url({ now: Date.now() - 2 * MINUTE, expires: 60 }).target.replace('Expires=60', 'Expires=600'),
    }),
  ],
];

const query = (request: SignedRequest, change: (target: string) => string): SignedRequest => ({
  ...request,
  target: change(request.target),
});

const PRESIGNED: readonly Case[] = [
  ['a presigned URL for another path', () => query(url(), (t) => t.replace('/key?', '/other?'))],
  ['a presigned URL for another method', () => ({ ...url(), method: 'DELETE' })],
  ['a presigned URL with a parameter more', () => query(url(), (t) => `${t}&versionId=2`)],
  ['a presigned URL with another signature', () => query(url(), flipped)],
  ['a presigned URL with its parts twice', () => query(url(), (t) => `${t}&X-Amz-Expires=900`)],
  ['a presigned URL with a part in another case', () => query(url(), (t) => `${t}&x-amz-expires=1`)],
  ['a presigned URL with an escaped part', () => query(url(), (t) => t.replace('X-Amz-Date', 'X%2DAmz-Date'))],
  [
    'a presigned URL and a signed header',
    () => ({ ...url(), headers: [...url().headers, 'Authorization', authorizationOf(put())] }),
  ],
  [
    'a presigned URL with an X-Amz header that it does not cover',
    () => ({ ...url(), headers: [...url().headers, 'X-Amz-Copy-Source', '/secret/key'] }),
  ],
  [
    'a presigned URL of another service, with a body',
    () => ({
      ...presigned(key, {
        target: '/api/',
        method: 'POST',
        service: 'sts',
        payload: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      }),
      body: Buffer.from('Action=AssumeRole'),
    }),
  ],
  [
    'a presigned URL of version 2',
    () => ({
      ...signed(foreign),
      headers: ['Host', 'gate.test'],
      target: `/api/b?AWSAccessKeyId=${key.access_key_id}&Signature=x&Expires=9999999999`,
    }),
  ],
];

const KINDS_OF_BODY: readonly Case[] = [
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
  'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD',
  'STREAMING-AWS4-HMAC-SHA256-EVENTS',
  'unsigned-payload',
  'E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855',
].map((payload): Case => [`a body of the kind ${payload}`, () => put({ payload })]);

const TWO_WAYS: readonly Case[] = [
  ['a credential of the gate beside it', () => ({ ...put(), headers: [...put().headers, 'Holdgate-Agent', AGENT] })],
  [
    'a credential for the proxy beside it',
    () => ({ ...put(), headers: [...put().headers, 'Proxy-Authorization', `Bearer ${AGENT}`] }),
  ],
  [
    'a malformed credential of the gate beside it',
    () => ({ ...put(), headers: [...put().headers, 'Holdgate-Agent', 'x'] }),
  ],
];

const ALL: readonly Case[] = [...FORGED, ...ALTERED, ...STALE, ...PRESIGNED, ...KINDS_OF_BODY, ...TWO_WAYS];

describe('forged signatures', () => {
  it('are accepted neither here nor by mistake: the untouched calls do get through', async () => {
    for (const make of [put, iam, url]) {
      const before = upstream.seen.length;
      expect(await gate.raw(wire(make()))).toMatch(/^HTTP\/1\.1 200/);
      expect(upstream.seen).toHaveLength(before + 1);
    }
  });

  it('are at least sixty', () => {
    expect(new Set(ALL.map(([name]) => name)).size).toBeGreaterThanOrEqual(80);
  });

  it.each(ALL)('%s', async (_name, make) => {
    const before = upstream.begun();
    const answer = await gate.raw(wire(make()));
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d/);
    expect(answer).not.toContain(key.secret_access_key);
    expect(upstream.begun()).toBe(before);
  });
});
