// The same request numbered anew is the same call, to the letter of everything else.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memberSpans, replaceSpans } from '../../src/core/body/json-members.ts';
import type { Call } from '../../src/core/call.ts';
import { callDigest, contentDigest } from '../../src/core/digest.ts';
import { answerTo, withoutId } from '../../src/core/json-rpc.ts';

const without = (text: string): string => {
  const left = withoutId(Buffer.from(text));
  return typeof left === 'string' ? left : Buffer.from(left).toString();
};

describe('the id of a request', () => {
  it.each([
    ['{"jsonrpc":"2.0","id":1,"method":"m"}', '{"jsonrpc":"2.0","id":null,"method":"m"}'],
    ['{"method":"m", "id" : "x\\"}" ,"params":{"id":1}}', '{"method":"m", "id" : null ,"params":{"id":1}}'],
    ['{"method":"m","\\u0069d":{"a":[1,"]"]}}', '{"method":"m","\\u0069d":null}'],
    [
      '{"id":1,"method":"m","params":{"a":1,"_meta":{"progressToken":7,"x":2,"holdgate/justification":"y"}}}',
      '{"id":null,"method":"m","params":{"a":1,"_meta":{"progressToken":null,"x":2,"holdgate/justification":null}}}',
    ],
    ['{"id":1,"method":"m","params":[{"_meta":{}}]}', '{"id":null,"method":"m","params":[{"_meta":{}}]}'],
  ])('is left out of %s', (text, left) => {
    expect(without(text)).toBe(left);
  });

  it.each([
    '{"jsonrpc":"2.0","method":"m"}',
    '{"jsonrpc":"2.0","id":1,"result":{}}',
    '[{"id":1,"method":"m"}]',
    '{"id":1,"method":"m","id":2}',
    '{"id":1,"method":"m"',
    '{"id":1,"method":"m"} x',
    '{"id":1,"method":"m",}',
    'x',
    '',
  ])('is not looked for in %s', (text) => {
    expect(without(text)).toBe(text);
  });

  it('leaves bytes that are no text alone', () => {
    const bytes = Buffer.from([0x7b, 0xff, 0x7d]);
    expect(withoutId(bytes)).toBe(bytes);
  });
});

describe('an answer', () => {
  it.each([
    ['{"jsonrpc":"2.0","id":1,"result":{"id":1}}', '{"jsonrpc":"2.0","id":"new","result":{"id":1}}'],
    ['{"error":{},"id":null}', '{"error":{},"id":"new"}'],
    [
      '{"jsonrpc":"2.0","id":1,"method":"sampling/createMessage"}',
      '{"jsonrpc":"2.0","id":1,"method":"sampling/createMessage"}',
    ],
    ['{"jsonrpc":"2.0","method":"notifications/progress"}', '{"jsonrpc":"2.0","method":"notifications/progress"}'],
    ['no JSON', 'no JSON'],
  ])('%s is readdressed as %s', (text, expected) => {
    expect(answerTo('new', text)).toBe(expected);
  });
});

it('finds every member of any object where it is', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(undefined, 1, '\t'), (object, indent) => {
      const text = JSON.stringify(object, null, indent);
      const spans = memberSpans(text);
      const found = [...(spans ?? [])].map(([name, { from, to }]) => [
        name,
        JSON.parse(text.slice(from, to)) as unknown,
      ]);
      expect(found).toEqual(Object.entries(JSON.parse(text) as object));
      expect(replaceSpans(text, [...(spans ?? new Map()).values()], '0')).toBe(
        JSON.stringify(Object.fromEntries(Object.keys(object).map((key) => [key, 0])), null, indent),
      );
    }),
  );
});

it('never throws', () => {
  fc.assert(fc.property(fc.string(), (text) => void [memberSpans(text), answerTo(1, text), without(text)]));
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('{', '}', '"', ':', ',', 'a', '[', ']', '\\', '1') }),
      (text) => void memberSpans(text),
    ),
  );
});

describe('the digest of a message', () => {
  const call = (body: string, over: Partial<Call> = {}): Call => {
    const bytes = Buffer.from(body);
    return {
      method: 'POST',
      upstream: 'files',
      scheme: 'https',
      host: 'mcp.example',
      path: '/mcp',
      query: undefined,
      headers: [],
      body: { state: 'whole', bytes, decoded: bytes },
      message: 'json-rpc',
      ...over,
    };
  };
  const tool = (id: unknown, args: object, more = ''): string =>
    `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"method":"tools/call","params":{"name":"rm","arguments":${JSON.stringify(args)}${more}}}`;
  const one = call(tool(1, { path: '/a' }));

  it.each([
    ['another id', tool('x', { path: '/a' })],
    ['another id of another length', tool(123_456, { path: '/a' })],
  ])('is that of %s', (_what, body) => {
    expect(callDigest(call(body))).toBe(callDigest(one));
    // What is sent is compared to the byte.
    expect(contentDigest(call(body))).not.toBe(contentDigest(one));
  });

  it.each([
    ['other arguments', call(tool(1, { path: '/b' }))],
    ['an id among the arguments', call(tool(1, { path: '/a', id: 2 }))],
    ['other bytes between', call(tool(1, { path: '/a' }).replace(',', ', '))],
    ['no id', call(tool(1, { path: '/a' }).replace('"id":1,', ''))],
    ['further _meta', call(tool(1, { path: '/a' }, ',"_meta":{"x":1}'))],
    ['a batch', call(`[${tool(1, { path: '/a' })}]`)],
    ['another session', call(tool(1, { path: '/a' }), { headers: ['Mcp-Session-Id', 's2'] })],
    ['a call that is no message', { ...call(tool(1, { path: '/a' })), message: undefined }],
  ])('is not that of %s', (_what, other) => {
    const { message, ...rest } = other;
    expect(callDigest(message ? { ...rest, message } : rest)).not.toBe(callDigest(one));
  });
});
