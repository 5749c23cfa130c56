// Real requests bent at random, and calls made of nothing but chance: the recogniser always answers, never throws, and what a call can hide in
// its body is never certain.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TAGS } from '../../../src/core/policy/schema-words.ts';
import type { Action } from '../../../src/core/action.ts';
import type { Call } from '../../../src/core/call.ts';
import { bend, bends } from '../bent-call.ts';
import { callOf, recogniser, recorded, whole } from './calls.ts';

const sample = recorded(undefined);
const MAX_ACTIONS = 1_100;

function expectSound(call: Call): readonly Action[] {
  const actions = recogniser.recognise(call);
  expect(actions.length).toBeGreaterThan(0);
  expect(actions.length).toBeLessThanOrEqual(MAX_ACTIONS);
  for (const { name, service, tags, level, confidence, summary, params } of actions) {
    expect(name.startsWith(service === '' ? 'aws:' : `aws:${service}:`)).toBe(true);
    expect(tags.every((tag) => TAGS.includes(tag))).toBe(true);
    expect(level === 'unknown').toBe(confidence === 'unknown');
    expect(summary).toMatch(/^[^\p{Cc}\p{Cf}]+$/u);
    expect(() => JSON.stringify(params)).not.toThrow();
  }
  expect(typeof recogniser.needsBody(call)).toBe('boolean');
  expect(typeof recogniser.claims(call)).toBe('boolean');
  return actions;
}

const junk = fc.constantFrom(
  '%00',
  '%2F',
  '%2e%2e',
  '//',
  '/..',
  ';',
  '?',
  '&Action=X',
  'Action=DeleteUser',
  '\u202e',
  '{',
  '<',
  '[]',
  '\\',
  '%',
  '+',
  '=',
  '\n',
  'x',
);

describe('any call', () => {
  it('that was a request of botocore before something was put into it', () => {
    const bent = fc.tuple(fc.constantFrom(...sample), bends(junk, 4));
    fc.assert(
      fc.property(bent, ([request, all]) => void expectSound(bend(callOf(request), all))),
      { numRuns: 1_500, seed: 7 },
    );
  });

  it('made of chance', () => {
    const word = fc.oneof(
      junk,
      fc.string({ maxLength: 20 }),
      fc.constantFrom('s3', 'iam', 'lambda', 'us-east-1', 'functions', 'acl', 'delete'),
    );
    const text = fc.array(word, { maxLength: 6 }).map((words) => words.join(''));
    const headers = fc.array(
      fc.tuple(
        fc.constantFrom(
          'X-Amz-Target',
          'Content-Type',
          'Authorization',
          'smithy-protocol',
          'x-amz-copy-source',
          'x-amz-acl',
        ),
        text,
      ),
      { maxLength: 4 },
    );
    const host = fc.oneof(
      fc.constantFrom(
        's3.amazonaws.com',
        'iam.amazonaws.com',
        'dynamodb.us-east-1.amazonaws.com',
        'gate.internal',
        'sqs.us-east-1.amazonaws.com',
      ),
      fc
        .array(fc.constantFrom('s3', 'vpce', 'vpce-1', 'us-east-1', 'bucket', 'x'), { minLength: 1, maxLength: 5 })
        .map((labels) => `${labels.join('.')}.amazonaws.com`),
    );
    fc.assert(
      fc.property(
        fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'X'),
        host,
        text,
        fc.option(text, { nil: undefined }),
        headers,
        text,
        (method, name, path, query, pairs, body) => {
          expectSound({
            method,
            upstream: 'aws',
            scheme: 'https',
            host: name,
            path: `/${path}`,
            query,
            headers: pairs.flat(),
            body: body === '' ? { state: 'none' } : whole(Buffer.from(body)),
          });
        },
      ),
      { numRuns: 3_000, seed: 7 },
    );
  });

  it('with a body that cannot be seen', () => {
    for (const request of sample.filter((_each, i) => i % 4 === 0)) {
      const call = callOf(request);
      for (const why of ['over-limit', 'unknown-coding'] as const) {
        const actions = expectSound({ ...call, body: { state: 'unreadable', why } });
        const certain = actions.every(({ confidence }) => confidence === 'exact');
        if (certain) expect(recogniser.needsBody({ ...call, body: { state: 'unread' } })).toBe(false);
      }
    }
  });

  it('as long as calls may be', () => {
    const megabyte = 'a'.repeat(1_000_000);
    const parts: readonly Partial<Call>[] = [
      { path: `/${megabyte}` },
      { path: '/a'.repeat(500_000) },
      { path: `/${'%41'.repeat(300_000)}` },
      { query: 'a=b&'.repeat(250_000) },
      { query: `Action=${megabyte}` },
      { body: whole(Buffer.from('['.repeat(1_000_000))) },
      { body: whole(Buffer.from(`<a>${'<b/>'.repeat(200_000)}</a>`)) },
      { body: whole(Buffer.from(`Action=ListUsers&${'a=b;'.repeat(200_000)}`)) },
      { body: whole(Buffer.from(`{"a":[${'1,'.repeat(400_000)}1]}`)) },
      { headers: ['X-Amz-Target', megabyte] },
      { headers: Array.from({ length: 2_000 }, () => ['X-Amz-Target', 'A.B']).flat() },
      { headers: ['Authorization', `AWS4-HMAC-SHA256 ${'a, '.repeat(300_000)}`] },
    ];
    for (const host of ['iam.amazonaws.com', 's3.amazonaws.com', 'lambda.us-east-1.amazonaws.com', 'gate.internal']) {
      for (const part of parts) {
        expectSound({
          method: 'POST',
          upstream: 'aws',
          scheme: 'https',
          host,
          path: '/',
          query: undefined,
          headers: ['Content-Type', host.startsWith('iam') ? 'application/x-www-form-urlencoded' : 'application/json'],
          body: { state: 'none' },
          ...part,
        });
      }
    }
  });
});
