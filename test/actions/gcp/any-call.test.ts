// Calls bent at random, and calls made of nothing but chance: the recogniser always answers, never throws, and is bounded.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Action } from '../../../src/core/action.ts';
import type { Call } from '../../../src/core/call.ts';
import { TAGS } from '../../../src/core/policy/schema-words.ts';
import { bend, bends } from '../bent-call.ts';
import { call, recogniser, whole } from './calls.ts';

const MAX_ACTIONS = 1_200;

function expectSound(each: Call): readonly Action[] {
  const actions = recogniser.recognise(each);
  expect(actions.length).toBeGreaterThan(0);
  expect(actions.length).toBeLessThanOrEqual(MAX_ACTIONS);
  for (const { name, provider, service, operation, tags, level, confidence, summary, params } of actions) {
    if (provider === 'gcp') expect([`gcp:${service}.${operation}`, 'gcp:unknown']).toContain(name);
    expect(tags.every((tag) => TAGS.includes(tag))).toBe(true);
    if (provider === 'gcp') expect(level === 'unknown').toBe(confidence === 'unknown');
    expect(summary).toMatch(/^[^\p{Cc}\p{Cf}]+$/u);
    expect(() => JSON.stringify(params)).not.toThrow();
  }
  expect(typeof recogniser.needsBody(each)).toBe('boolean');
  expect(typeof recogniser.claims(each)).toBe('boolean');
  return actions;
}

const SAMPLE: readonly Call[] = [
  call('POST https://iam.googleapis.com/v1/projects/p/serviceAccounts/x:setIamPolicy', {
    body: '{"policy":{"bindings":[]}}',
  }),
  call('DELETE https://compute.googleapis.com/compute/v1/projects/p/zones/z/instances/i'),
  call('GET https://storage.googleapis.com/storage/v1/b/data/o/a%2Fb?alt=media'),
  call('PUT https://data.storage.googleapis.com/a?acl'),
  call('POST https://storage.googleapis.com/upload/storage/v1/b/data/o?uploadType=multipart', { body: '{}' }),
  call('POST https://bigquery.googleapis.com/bigquery/v2/projects/p/queries', { body: '{"query":"select 1"}' }),
  call('POST https://www.googleapis.com/batch/drive/v3', {
    headers: ['Content-Type', 'multipart/mixed; boundary=b'],
    body: '--b\r\nContent-Type: application/http\r\n\r\nGET /drive/v3/files\r\n\r\n--b--',
  }),
  call('GET https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/l/models'),
];

const junk = fc.constantFrom(
  '%00',
  '%2F',
  '%3A',
  '%2e%2e',
  '//',
  '/..',
  ';',
  '?',
  ':',
  '&$httpMethod=DELETE',
  '\u202e',
  '{',
  '[]',
  '\\',
  '%',
  '+',
  '=',
  '\n',
  '--b',
  'x',
);

describe('any call', () => {
  it('that was a good one before something was put into it', () => {
    const bent = fc.tuple(fc.constantFrom(...SAMPLE), bends(junk, 5));
    fc.assert(
      fc.property(bent, ([sample, all]) => void expectSound(bend(sample, all))),
      { numRuns: 3_000, seed: 7 },
    );
  });

  it('made of chance', () => {
    const word = fc.oneof(
      junk,
      fc.string({ maxLength: 20 }),
      fc.constantFrom(
        '/v1',
        '/projects/',
        'p',
        '/secrets/',
        ':access',
        '/storage/v1/b/',
        'o/',
        '/compute/v1',
        'zones/',
      ),
    );
    const text = fc.array(word, { maxLength: 8 }).map((words) => words.join(''));
    const headers = fc.array(
      fc.tuple(fc.constantFrom('Content-Type', 'X-HTTP-Method-Override', 'x-goog-acl', 'x-goog-copy-source'), text),
      { maxLength: 3 },
    );
    const host = fc.oneof(
      fc.constantFrom(
        'iam.googleapis.com',
        'storage.googleapis.com',
        'www.googleapis.com',
        'gate.internal',
        'x.storage.googleapis.com',
      ),
      fc
        .array(fc.constantFrom('storage', 'p', 'us-east1', 'rep', 'iam', 'x', 'mtls'), { minLength: 1, maxLength: 5 })
        .map((labels) => `${labels.join('.')}.googleapis.com`),
    );
    fc.assert(
      fc.property(
        fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'PATCH', 'X'),
        host,
        text,
        fc.option(text, { nil: undefined }),
        headers,
        text,
        (method, name, path, query, pairs, body) => {
          expectSound({
            method,
            upstream: 'google',
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

  it('as long as calls may be, in a moment', () => {
    const megabyte = 'a'.repeat(1_000_000);
    const parts: readonly Partial<Call>[] = [
      { path: `/${megabyte}` },
      { path: '/v1' + '/a'.repeat(500_000) },
      { path: `/${'%41'.repeat(300_000)}` },
      { path: `/v1/projects/p/${'%252e/'.repeat(100_000)}` },
      { query: 'a=b&'.repeat(250_000) },
      { query: `$httpMethod=${megabyte}` },
      { query: `acl&${'x-goog-acl=a&'.repeat(50_000)}` },
      { body: whole(Buffer.from('['.repeat(1_000_000))) },
      { body: whole(Buffer.from(`{"a_b":[${'{"c_d":1},'.repeat(80_000)}1]}`)) },
      { body: whole(Buffer.from(`{"a":[${'1,'.repeat(400_000)}1]}`)) },
      { headers: ['Content-Type', `multipart/mixed; boundary=${megabyte}`], path: '/batch' },
      {
        headers: ['Content-Type', 'multipart/mixed; boundary=b'],
        path: '/batch',
        body: whole(Buffer.from('--b\n'.repeat(250_000))),
      },
      { headers: Array.from({ length: 2_000 }, () => ['X-HTTP-Method-Override', 'A']).flat() },
    ];
    for (const host of ['iam.googleapis.com', 'storage.googleapis.com', 'www.googleapis.com', 'gate.internal']) {
      for (const part of parts) {
        const started = performance.now();
        expectSound({ ...call(`POST https://${host}/v1/projects/p:setIamPolicy`, { body: '{}' }), ...part });
        expect(performance.now() - started).toBeLessThan(2_000);
      }
    }
  });
});
