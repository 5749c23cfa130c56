import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonValue, parseJson } from '../../../src/core/body/json.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function why(input: string | Uint8Array): string {
  const result = parseJson(typeof input === 'string' ? bytes(input) : input);
  return result.ok ? 'accepted' : result.why;
}

function plain(value: JsonValue): unknown {
  if (value instanceof Map) {
    // fromEntries defines members, so that `__proto__` becomes one too.
    return Object.fromEntries([...value].map(([key, member]) => [key, plain(member as JsonValue)]));
  }
  return Array.isArray(value) ? value.map((item: JsonValue) => plain(item)) : value;
}

it('reads what JSON.stringify writes', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      const unsafe = /"(?:[^"\\]|\\.)*"|(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)/gi;
      fc.pre(
        ![...text.matchAll(unsafe)].some(
          ([, n]) => n !== undefined && Number.isInteger(Number(n)) && !Number.isSafeInteger(Number(n)),
        ),
      );
      const result = parseJson(bytes(text));
      expect(result.ok && plain(result.value)).toEqual(JSON.parse(text));
    }),
    { numRuns: 500 },
  );
});

it('accepts nothing that JSON.parse refuses', () => {
  const part = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"',
    '1',
    '-',
    '0',
    '.5',
    'e3',
    'true',
    'nul',
    ' ',
    '\\u00',
    '\n',
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      const text = parts.join('');
      if (parseJson(bytes(text)).ok) expect(() => JSON.parse(text) as unknown).not.toThrow();
    }),
    { numRuns: 3000 },
  );
});

describe('refused is', () => {
  it.each([
    ['a duplicate key', '{"a":1,"a":2}', 'duplicate-key'],
    ['a duplicate key escaped differently', '{"a":1,"\\u0061":2}', 'duplicate-key'],
    ['a duplicate key deep inside', '[{"x":[{"k":1,"k":1}]}]', 'duplicate-key'],
    ['a byte order mark', '\uFEFF{}', 'byte-order-mark'],
    ['a lone surrogate', '"\\ud800"', 'lone-surrogate'],
    ['a trailing comma', '[1,]', 'syntax'],
    ['a comment', '{}//x', 'syntax'],
    ['two documents', '{}{}', 'syntax'],
    ['NaN', 'NaN', 'syntax'],
    ['a leading zero', '01', 'syntax'],
    ['a control character in a string', '"\u0000"', 'syntax'],
    ['nothing', '', 'syntax'],
    ['single quotes', "{'a':1}", 'syntax'],
    ['65 levels', `${'['.repeat(65)}${']'.repeat(65)}`, 'too-deep'],
    ['a million levels', '['.repeat(1_000_000), 'too-deep'],
  ])('%s', (_what, text, reason) => {
    expect(why(text)).toBe(reason);
  });
  it('what is not UTF-8', () => expect(why(new Uint8Array([0x22, 0xc0, 0xaf, 0x22]))).toBe('not-utf-8'));
});

describe('accepted is', () => {
  it('64 levels', () => expect(why(`${'['.repeat(64)}${']'.repeat(64)}`)).toBe('accepted'));
  it('a key that only looks like the prototype', () => {
    const result = parseJson(bytes('{"__proto__":{"admin":true}}'));
    expect(result.ok && result.value instanceof Map && [...result.value.keys()]).toEqual(['__proto__']);
    expect(({} as { admin?: unknown }).admin).toBeUndefined();
  });
  it.each(['9007199254740993', '-9007199254740993', '1e400', '123456789012345678901234567890'])(
    '%s, kept as text',
    (digits) => {
      expect(parseJson(bytes(digits))).toMatchObject({ ok: true, value: { text: digits } });
    },
  );
});
