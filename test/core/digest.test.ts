import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Call, CallBody } from '../../src/core/call.ts';
import { callDigest, contentDigest, isVolatileHeader } from '../../src/core/digest.ts';

const whole = (text: string): CallBody => {
  const bytes = Buffer.from(text, 'latin1');
  return { state: 'whole', bytes, decoded: bytes };
};

function call(over: Partial<Call> = {}): Call {
  return {
    method: 'POST',
    upstream: 'billing',
    scheme: 'https',
    host: 'billing.internal.example.com',
    path: '/refunds',
    query: 'dry=0',
    headers: ['Content-Type', 'application/json', 'X-Tag', 'one', 'X-Tag', 'two'],
    body: whole('{"amount":1}'),
    ...over,
  };
}

/** Pairs that are one call to `callDigest` and two to `contentDigest`. */
const ATTEMPTS: readonly (readonly [string, Partial<Call>])[] = [
  ['order between names', { headers: ['X-Tag', 'one', 'Content-Type', 'application/json', 'X-Tag', 'two'] }],
  ['case of names', { headers: ['content-type', 'application/json', 'x-tag', 'one', 'X-TAG', 'two'] }],
  ...['Date', 'User-Agent', 'traceparent', 'amz-sdk-request', 'X-Amz-Date', 'x-b3-traceid', 'X-Datadog-Trace-Id'].map(
    (name): readonly [string, Partial<Call>] => [name, { headers: [...call().headers, name, 'whatever'] }],
  ),
];

/** Differences that make another call. */
const DIFFERENCES: readonly (readonly [string, Partial<Call>])[] = [
  ['the method', { method: 'PUT' }],
  ['the upstream', { upstream: 'payroll' }],
  ['the scheme', { scheme: 'http' }],
  ['the host', { host: 'billing.internal.example.com:444' }],
  ['the path', { path: '/refunds/' }],
  ['case of the path', { path: '/Refunds' }],
  ['escaping of the path', { path: '/refund%73' }],
  ['the query', { query: 'dry=1' }],
  ['an empty query', { query: '' }],
  ['no query', { query: undefined }],
  ['a header value', { headers: ['Content-Type', 'text/plain', 'X-Tag', 'one', 'X-Tag', 'two'] }],
  ['space in a header value', { headers: ['Content-Type', 'application/json', 'X-Tag', 'one ', 'X-Tag', 'two'] }],
  ['order within one name', { headers: ['Content-Type', 'application/json', 'X-Tag', 'two', 'X-Tag', 'one'] }],
  ['values joined', { headers: ['Content-Type', 'application/json', 'X-Tag', 'one, two'] }],
  ['one header less', { headers: ['Content-Type', 'application/json', 'X-Tag', 'one'] }],
  ['an idempotency key', { headers: [...call().headers, 'Idempotency-Key', '1'] }],
  ['If-Match', { headers: [...call().headers, 'If-Match', '"1"'] }],
  ['X-Amz-Target', { headers: [...call().headers, 'X-Amz-Target', 'DynamoDB_20120810.DeleteTable'] }],
  ['the body', { body: whole('{"amount":2}') }],
  ['no body', { body: { state: 'none' } }],
];

describe('the call digest', () => {
  it('is SHA-256 in lower-case hex and the same every time', () => {
    expect(callDigest(call())).toMatch(/^[0-9a-f]{64}$/);
    expect(callDigest(call())).toBe(callDigest(call()));
  });

  it.each(ATTEMPTS)('does not see %s', (_what, over) => {
    expect(callDigest(call(over))).toBe(callDigest(call()));
  });

  it.each(DIFFERENCES)('sees %s', (_what, over) => {
    expect(callDigest(call(over))).not.toBe(callDigest(call()));
  });

  it('tells an absent query from an empty one', () => {
    expect(callDigest(call({ query: undefined }))).not.toBe(callDigest(call({ query: '' })));
  });

  it('covers the bytes of a body that was not understood, and refuses one that was not read', () => {
    const bytes = Buffer.from('{"amount":1}');
    expect(callDigest(call({ body: { state: 'unreadable', why: 'undecodable', bytes } }))).toBe(callDigest(call()));
    for (const body of [{ state: 'unread' }, { state: 'unreadable', why: 'over-limit' }] as const) {
      expect(() => callDigest(call({ body }))).toThrow('whole body');
      expect(() => contentDigest(call({ body }))).toThrow('whole body');
    }
  });

  it('is injective: different calls, however their parts are cut, have different digests', () => {
    // A tiny alphabet with the encoding's own characters makes near-collisions likely.
    const text = fc.string({ unit: fc.constantFrom('1', ':', ',', '0', 'a', '\u00ff'), maxLength: 4 });
    const headers = fc.array(fc.tuple(text, text), { maxLength: 3 }).map((pairs) => pairs.flat());
    const calls = fc
      .record({
        method: text,
        upstream: text,
        host: text,
        path: text,
        query: fc.option(text, { nil: undefined }),
        headers,
        body: text,
      })
      .map(({ body, ...over }) => call({ ...over, body: whole(body) }));
    fc.assert(
      fc.property(calls, calls, (one, other) => {
        const meaning = ({ body, headers: fields, path, query, ...rest }: Call): string => {
          const target = query === undefined ? path : `${path}?${query}`;
          const names = fields.filter((_, i) => i % 2 === 0);
          const pairs = names.map((name, i) => [name.toLowerCase(), fields[2 * i + 1]] as const);
          const sorted = [...new Set(pairs.map(([name]) => name))]
            .toSorted()
            .map((name) => pairs.filter((p) => p[0] === name));
          return JSON.stringify([rest, target, sorted, 'bytes' in body && body.bytes && [...body.bytes]]);
        };
        expect(callDigest(one) === callDigest(other)).toBe(meaning(one) === meaning(other));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the content digest', () => {
  it('is not the call digest', () => {
    expect(contentDigest(call())).not.toBe(callDigest(call()));
  });

  it.each([...ATTEMPTS, ...DIFFERENCES])('sees %s', (_what, over) => {
    expect(contentDigest(call(over))).not.toBe(contentDigest(call()));
  });
});

describe('volatile headers', () => {
  it.each([
    'content-type',
    'content-encoding',
    'if-match',
    'idempotency-key',
    'x-amz-target',
    'x-b3',
    'accept',
    'cookie',
  ])('are not %s', (name) => {
    expect(isVolatileHeader(name, 'x')).toBe(false);
  });
});
