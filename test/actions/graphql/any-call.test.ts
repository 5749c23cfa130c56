// Whatever arrives: an answer, at least one action, in bounded time, and never an exception.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type CallParts, envelope, recognise } from './calls.ts';

const parts = fc.record<CallParts>(
  {
    method: fc.constantFrom('POST', 'GET', 'PUT', 'x'),
    path: fc.oneof(
      fc.constant('/graphql'),
      fc.string().map((text) => `/${text}`),
    ),
    query: fc.oneof(
      fc.string(),
      fc.string().map((text) => `query=${text}`),
    ),
    type: fc.constantFrom(
      'application/json',
      'application/graphql',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=B',
      'x',
      '',
    ),
    headers: fc.constantFrom([], ['Content-Encoding', 'gzip'], ['X-HTTP-Method-Override', 'GET'], ['Content-Type']),
  },
  { requiredKeys: [] },
);
const document = fc.string({
  unit: fc.constantFrom(
    '{',
    '}',
    'a',
    ' ',
    '...',
    'on',
    'F',
    '(',
    ')',
    ':',
    '"',
    '$',
    '@',
    '[',
    ']',
    'query',
    'mutation',
    'fragment',
    '1',
  ),
});
const body = fc.oneof(
  fc.uint8Array(),
  fc.jsonValue(),
  document,
  document.map((query) => ({ query })),
  fc.record({
    query: fc.oneof(document, fc.jsonValue()),
    variables: fc.jsonValue(),
    operationName: fc.jsonValue(),
    extensions: fc.jsonValue(),
  }),
  fc.array(document.map((query) => ({ query }))),
);

it('gives at least one action for any call', () => {
  fc.assert(
    fc.property(body, parts, (any, more) => {
      expect(recognise(any, more).length).toBeGreaterThan(0);
      envelope(any);
    }),
    { numRuns: 3000 },
  );
});

it.each([
  ['braces', '{'.repeat(250_000)],
  ['nested fields', '{a'.repeat(100_000)],
  ['nested lists', `{ a(x: ${'['.repeat(100_000)}`],
  ['nested objects', `{ a(x: ${'{x:'.repeat(50_000)}`],
  [
    'fragments that fold',
    `mutation { a { ...F0 } } ${Array.from({ length: 60 }, (_, i) => `fragment F${i} on X { a { ...F${i + 1} } b { ...F${i + 1} } }`).join(' ')}`,
  ],
  ['fragments in a ring', `mutation { a { ...F } } fragment F on X { ${'b { ...F } '.repeat(500)} }`],
  ['aliases', `{ ${Array.from({ length: 20_000 }, (_, i) => `a${i}:a`).join(' ')} }`],
  ['a long string', `{ a(x: "${'x'.repeat(260_000)}") }`],
  ['comments', `${'#\n'.repeat(120_000)}{ a }`],
])('takes little time for %s', (_name, query) => {
  const before = performance.now();
  recognise({ query });
  expect(performance.now() - before).toBeLessThan(1000);
});
