// Whatever arrives: an answer, at least one action, in bounded time, and never an exception.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type CallParts, envelope, recognise } from './calls.ts';

const parts = fc.record<CallParts>(
  {
    method: fc.constantFrom('POST', 'GET', 'DELETE', 'x'),
    path: fc.oneof(
      fc.constant('/mcp'),
      fc.string().map((text) => `/${text}`),
    ),
    type: fc.constantFrom('application/json', 'text/plain', 'application/json; charset=x', ''),
    headers: fc.oneof(
      fc.constant<string[]>([]),
      fc
        .tuple(fc.constantFrom('Mcp-Method', 'Mcp-Name', 'MCP-Protocol-Version'), fc.string())
        .map(([name, value]) => [name, value]),
      fc.string().map((value) => ['Mcp-Name', `=?base64?${value}?=`]),
    ),
  },
  { requiredKeys: [] },
);
const method = fc.oneof(
  fc.constantFrom('tools/call', 'resources/read', 'prompts/get', 'tasks/get', 'ping', '__proto__', 'constructor'),
  fc.string(),
);
const message = fc.record(
  {
    jsonrpc: fc.oneof(fc.constant('2.0'), fc.jsonValue()),
    id: fc.jsonValue(),
    method: fc.oneof(method, fc.jsonValue()),
    params: fc.oneof(
      fc.record(
        {
          name: fc.oneof(fc.string(), fc.jsonValue()),
          arguments: fc.jsonValue(),
          uri: fc.jsonValue(),
          _meta: fc.jsonValue(),
        },
        { requiredKeys: [] },
      ),
      fc.jsonValue(),
    ),
    result: fc.jsonValue(),
    error: fc.jsonValue(),
  },
  { requiredKeys: [] },
);
const body = fc.oneof(fc.uint8Array(), fc.jsonValue(), message, fc.array(message));

it('gives at least one action for any call, and names that hold no pattern', () => {
  fc.assert(
    fc.property(body, parts, (any, more) => {
      const actions = recognise(any, more);
      expect(actions.length).toBeGreaterThan(0);
      for (const { name } of actions) expect(name).toMatch(/^mcp:files:[A-Za-z0-9_./%:-]+$/);
      envelope(any, { ...more, method: 'POST' });
    }),
    { numRuns: 3000 },
  );
});

it.each([
  [
    'twins',
    {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'x', arguments: Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`k${i}`, i])) },
    },
  ],
  ['a long name', { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: '%'.repeat(900_000) } }],
  ['a long method', { jsonrpc: '2.0', id: 1, method: '%'.repeat(900_000) }],
  [
    'a long argument',
    { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'x', arguments: { a: '\u202e'.repeat(300_000) } } },
  ],
  ['a long uri', { jsonrpc: '2.0', id: 1, method: 'resources/read', params: { uri: 'x'.repeat(900_000) } }],
  [
    'many messages',
    Array.from({ length: 100 }, (_, i) => ({
      jsonrpc: '2.0',
      id: i,
      method: 'tools/call',
      params: { name: 'x', arguments: { a: 'y'.repeat(9000) } },
    })),
  ],
])('takes little time for %s', (_name, any) => {
  const before = performance.now();
  recognise(any);
  expect(performance.now() - before).toBeLessThan(1000);
});
