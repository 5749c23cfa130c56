import { describe, expect, it } from 'vitest';
import { type Call, headerValues } from '../../../src/core/call.ts';
import { callDigest, contentDigest } from '../../../src/core/digest.ts';
import { Secret } from '../../../src/core/secret.ts';
import type { Upstream } from '../../../src/core/upstream.ts';
import { createAwsSignature } from '../../../src/proxy/credentials/aws-signature.ts';
import { wrongSignature } from '../../../src/proxy/credentials/signature-scope.ts';
import { EMPTY_SHA256, sha256Hex } from '../../../src/proxy/sigv4/canonical-request.ts';
import { presentedSignature } from '../../../src/proxy/sigv4/presented.ts';
import { signingKey } from '../../../src/proxy/sigv4/signature.ts';
import { isSignedWith } from '../../../src/proxy/sigv4/verify.ts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const KEYS = {
  accessKeyId: new Secret('AKIAUPSTREAM'),
  secretAccessKey: new Secret('s3cr3t'),
  sessionToken: new Secret('t0ken'),
};
const CALL: Call = {
  method: 'PUT',
  upstream: 'aws',
  scheme: 'https',
  host: 'bucket.s3.amazonaws.com',
  path: '/key',
  query: 'tagging',
  headers: ['Content-Type', 'text/plain', 'x-amz-acl', 'private', 'User-Agent', 'sdk'],
  body: { state: 'whole', bytes: Buffer.from('hello'), decoded: Buffer.from('hello') },
  signedFor: { service: 's3', region: 'eu-west-1' },
};

function linesOf(call: Call, now = NOW, keys: typeof KEYS | { sessionToken: undefined } = KEYS): string[] {
  const text = createAwsSignature({ ...KEYS, ...keys }, { now: () => now }).lines(call);
  expect(text.endsWith('\r\n')).toBe(true);
  return text
    .slice(0, -2)
    .split('\r\n')
    .flatMap((line) => {
      const at = line.indexOf(': ');
      return [line.slice(0, at), line.slice(at + 2)];
    });
}

function isGood(call: Call, lines: readonly string[], payload: string): boolean {
  const headers = ['Host', call.host, ...call.headers, ...lines];
  const result = presentedSignature(headers, call.query);
  if (result.state !== 'one') return false;
  const { method, path, query } = call;
  return isSignedWith(
    signingKey('s3cr3t', result.presented.scope),
    { method, path, query, headers },
    result.presented,
    payload,
  );
}

describe('signing anew', () => {
  it('covers what AWS reads a call by, and the session', () => {
    const lines = linesOf(CALL);
    expect(headerValues(lines, 'x-amz-date')).toEqual(['20260102T030405Z']);
    expect(headerValues(lines, 'x-amz-security-token')).toEqual(['t0ken']);
    expect(headerValues(lines, 'authorization')[0]).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIAUPSTREAM\/20260102\/eu-west-1\/s3\/aws4_request, SignedHeaders=content-type;host;x-amz-acl;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=/,
    );
    expect(isGood(CALL, lines, sha256Hex('hello'))).toBe(true);
  });

  it.each<[string, Call['body'], readonly string[], string]>([
    ['no body', { state: 'none' }, [], EMPTY_SHA256],
    ['a body that streams', { state: 'unread' }, [], 'UNSIGNED-PAYLOAD'],
    ['what the agent said', { state: 'unread' }, ['X-Amz-Content-Sha256', 'a'.repeat(64)], 'a'.repeat(64)],
  ])('signs %s', (_name, body, more, payload) => {
    const call = { ...CALL, body, headers: [...CALL.headers, ...more] };
    const lines = linesOf(call);
    expect(headerValues([...call.headers, ...lines], 'x-amz-content-sha256')).toEqual([payload]);
    expect(isGood(call, lines, payload)).toBe(true);
  });

  it('signs as AWS reads it what clients leave unescaped', () => {
    const call = { ...CALL, path: '/a(b)', query: 'prefix=a+b' };
    expect(isGood(call, linesOf(call), sha256Hex('hello'))).toBe(true);
    const encoded = { ...call, path: '/a%28b%29', query: 'prefix=a%20b' };
    expect(headerValues(linesOf(call), 'authorization')).toEqual(headerValues(linesOf(encoded), 'authorization'));
  });

  it('has the date of the moment, each time', () => {
    const later = linesOf(CALL, NOW + 3_600_000);
    expect(headerValues(later, 'x-amz-date')).toEqual(['20260102T040405Z']);
    expect(headerValues(later, 'authorization')).not.toEqual(headerValues(linesOf(CALL), 'authorization'));
  });

  it('needs no session', () => {
    expect(headerValues(linesOf(CALL, NOW, { sessionToken: undefined }), 'x-amz-security-token')).toEqual([]);
  });

  it('refuses a call of which nobody said what it was signed for', () => {
    const { signedFor: _none, ...call } = CALL;
    expect(() => linesOf(call)).toThrow('signed for');
  });

  it('names what must not come back', () => {
    const { secrets } = createAwsSignature(KEYS, { now: () => NOW });
    expect(secrets.map((secret) => secret.reveal())).toEqual(['s3cr3t', 't0ken']);
  });
});

describe('what a call was signed for', () => {
  it('is part of both digests', () => {
    const digests = [
      CALL,
      { ...CALL, signedFor: { service: 's3', region: 'eu-west-2' } },
      { ...CALL, signedFor: { service: 'glacier', region: 'eu-west-1' } },
    ];
    expect(new Set(digests.map(callDigest)).size).toBe(3);
    expect(new Set(digests.map(contentDigest)).size).toBe(3);
  });

  const upstream = { credential: { aws: KEYS } } as unknown as Upstream;
  const why = (host: string, service: string, region: string): string | undefined =>
    wrongSignature(upstream, { ...CALL, host, signedFor: { service, region } });

  it.each([
    ['bucket.s3.amazonaws.com', 's3', 'eu-west-1'],
    ['s3.eu-west-1.amazonaws.com', 's3', 'eu-west-1'],
    ['iam.amazonaws.com', 'iam', 'us-east-1'],
    ['sts.eu-west-1.amazonaws.com', 'sts', 'eu-west-1'],
    ['monitoring.us-east-1.amazonaws.com', 'monitoring', 'us-east-1'],
    ['email.us-east-1.amazonaws.com', 'ses', 'us-east-1'],
    ['bedrock-runtime.us-east-1.amazonaws.com', 'bedrock', 'us-east-1'],
    ['127.0.0.1:5000', 'anything', 'nowhere-1'],
  ])('fits %s', (host, service, region) => {
    expect(why(host, service, region)).toBeUndefined();
  });

  it.each([
    ['iam.amazonaws.com', 's3', 'us-east-1', 'not a host of it'],
    ['s3.eu-west-1.amazonaws.com', 's3', 'us-east-1', 'is in eu-west-1'],
    ['dynamodb.us-east-1.amazonaws.com', 'iam', 'us-east-1', 'not a host of it'],
    ['sts.eu-west-1.amazonaws.com', 'sts', 'us-east-1', 'is in eu-west-1'],
  ])('does not fit %s for %s in %s', (host, service, region, words) => {
    expect(why(host, service, region)).toContain(words);
  });

  it('has to be said', () => {
    const { signedFor: _none, ...call } = CALL;
    expect(wrongSignature(upstream, call)).toContain('access key that this gate issued');
    expect(wrongSignature({ credential: undefined } as unknown as Upstream, call)).toBeUndefined();
  });
});
