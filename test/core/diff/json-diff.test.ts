// Differences between JSON values, as approvers read them.
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { type JsonValue, parseJson } from '../../../src/core/body/json.ts';
import { diffJson, isEqual, MAX_CHANGES } from '../../../src/core/diff/json-diff.ts';
import { jsonText } from '../../../src/core/diff/json-text.ts';
import { jsonPatch, mergePatch } from '../../../src/core/diff/patches.ts';
import { isSecretName } from '../../../src/core/diff/redact.ts';

function json(value: unknown): JsonValue {
  const parsed = parseJson(new TextEncoder().encode(JSON.stringify(value)));
  if (!parsed.ok) throw new Error(parsed.why);
  return parsed.value;
}

const lines = (before: unknown, after: unknown, ignore?: readonly string[]): readonly string[] =>
  diffJson(
    before === undefined ? undefined : json(before),
    after === undefined ? undefined : json(after),
    ignore ? { ignore } : {},
  ).changes.map(({ path, before: old, after: now }) => `${path}: ${old ?? '-'} → ${now ?? '-'}`);

describe('a difference', () => {
  it.each([
    [{ a: 1 }, { a: 2 }, ['/a: 1 → 2']],
    [{ a: 1 }, { a: 1 }, []],
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, []],
    [{ a: 1 }, { a: 1, b: { c: 2 } }, ['/b: - → {"c":2}']],
    [{ a: { b: { c: [1] } } }, { a: { b: {} } }, ['/a/b/c: [1] → -']],
    [{ a: 1 }, { a: '1' }, ['/a: 1 → "1"']],
    [{ a: null }, {}, ['/a: null → -']],
    [{ 'x/y~z': 1 }, { 'x/y~z': 2 }, ['/x~1y~0z: 1 → 2']],
    [{ list: ['a'] }, { list: ['a', 'b'] }, ['/list: ["a"] → ["a","b"]']],
    [[1], { a: 1 }, [': [1] → {"a":1}']],
    [undefined, { a: 1, b: 2 }, ['/a: - → 1', '/b: - → 2']],
    [{ a: 1 }, undefined, ['/a: 1 → -']],
    [{ a: {} }, { a: {} }, []],
    [{ __proto__x: 1, ['__proto__']: 1 }, { ['__proto__']: 2 }, ['/__proto__x: 1 → -', '/__proto__: 1 → 2']],
  ])('of %j and %j is %j', (before, after, expected) => expect(lines(before, after)).toEqual(expected));

  it('knows the items of a list by their names', () => {
    const before = {
      containers: [
        { name: 'app', image: 'a:1' },
        { name: 'log', image: 'l:1' },
      ],
    };
    const after = {
      containers: [
        { name: 'log', image: 'l:1' },
        { name: 'app', image: 'a:2' },
      ],
    };
    expect(lines(before, after)).toEqual(['/containers/[name=app]/image: "a:1" → "a:2"']);
  });

  it('goes by position where names do not tell', () => {
    const before = [
      { name: 'a', x: 1 },
      { name: 'a', x: 2 },
    ];
    expect(
      lines(before, [
        { name: 'a', x: 1 },
        { name: 'a', x: 3 },
      ]),
    ).toEqual(['/1/x: 2 → 3']);
  });

  it('leaves out what it is told to', () => {
    const ignore = ['/metadata/managedFields', '/status'];
    expect(
      lines({ metadata: { managedFields: [1] }, status: { a: 1 } }, { metadata: {}, status: { a: 2 } }, ignore),
    ).toEqual([]);
  });

  it('tells numbers beyond doubles apart', () => {
    const [a, b] = ['9007199254740993', '9007199254740992'].map((n) =>
      parseJson(new TextEncoder().encode(`{"n":${n}}`)),
    );
    if (!a?.ok || !b?.ok) throw new Error('not JSON');
    expect(diffJson(a.value, b.value).changes).toEqual([
      { path: '/n', before: '9007199254740993', after: '9007199254740992' },
    ]);
  });
});

describe('secrets', () => {
  it.each([
    [{ password: 'old' }, { password: 'new' }],
    [{ db: { secret: { a: 'old' } } }, { db: { secret: { a: 'new' } } }],
    [{ token: 'old' }, { token: 'new' }],
    [{ apiKey: 'old' }, { apiKey: 'new' }],
    [{ env: [{ name: 'DB_PASSWORD', value: 'old' }] }, { env: [{ name: 'DB_PASSWORD', value: 'new' }] }],
    [
      { kind: 'Secret', data: { x: 'old' } },
      { kind: 'Secret', data: { x: 'new' } },
    ],
    [
      { kind: 'Secret', stringData: { x: 'old' } },
      { kind: 'Secret', stringData: { x: 'new' } },
    ],
    [{ url: 'postgres://u:old@h/d' }, { url: 'postgres://u:new@h/d' }],
    [{ x: 'AKIAIOSFODNN7EXAMPLE old' }, { x: 'AKIAIOSFODNN7EXAMPLE new' }],
  ])('of %j do not show, but that they change does', (before, after) => {
    const found = lines(before, after);
    expect(found).toHaveLength(1);
    expect(found.join()).not.toMatch(/old|new/);
    expect(found[0]).toContain('"[redacted]" → "[redacted]" (another value)');
  });

  it('do not show where they are new, gone, or deep inside of what is', () => {
    const text = lines({ a: { b: { password: 'hunter2' } } }, { c: [{ client_secret: 'hunter2', n: 1 }] }).join('\n');
    expect(text).not.toContain('hunter2');
    expect(text).toContain('[redacted]');
  });

  it.each([
    'secretName',
    'tokenTtl',
    'apiKeyId',
    'passwordPolicy',
    'key_id',
    'secretRef',
    'monkey',
    'authorizationEnabled',
  ])('%s is said about one and shows', (name) => expect(isSecretName(name)).toBe(false));
  it.each(['password', 'PASSWD', 'clientSecret', 'access_token', 'privateKey', 'api-key', 'connectionString', 'key'])(
    '%s is one',
    (name) => expect(isSecretName(name)).toBe(true),
  );
});

describe('bounds', () => {
  it('are kept in lines and characters, and said', () => {
    const big = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`k${i}`, 'x'.repeat(100)]));
    const { changes, cut } = diffJson(json({}), json(big));
    expect(cut).toBe(true);
    expect(changes.length).toBeLessThanOrEqual(MAX_CHANGES);
    expect(JSON.stringify(changes).length).toBeLessThan(64 * 1024);
  });

  it('are kept for long names and values', () => {
    const [change] = diffJson(json({}), json({ ['n'.repeat(5_000)]: '\u{1f600}'.repeat(5_000) })).changes;
    expect(change?.path.length).toBeLessThanOrEqual(200);
    expect(change?.after?.length).toBeLessThanOrEqual(240);
    expect(change?.after?.isWellFormed()).toBe(true);
  });

  it('are kept for deep values', () => {
    const deep = (leaf: number): unknown =>
      Array.from({ length: 60 }).reduce((inner) => ({ a: inner }), leaf as unknown);
    expect(lines(deep(1), deep(2))).toHaveLength(1);
    expect(jsonText(json(deep(1)), 20)).toHaveLength(20);
  });

  it('are kept where two long lists have nothing in common', () => {
    const list = (n: number): unknown => Array.from({ length: 20_000 }, (_, i) => i * n);
    expect(diffJson(json(list(2)), json(list(3))).cut).toBe(true);
  });
});

const anything = fc.jsonValue({ maxDepth: 4 });

describe('a merge patch', () => {
  // RFC 7396, appendix A.
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('of %j with %j is %j', (target, patch, expected) => {
    expect(isEqual(mergePatch(json(target), json(patch)), json(expected))).toBe(true);
  });

  it('with nothing in it changes no map', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), anything),
        (map) => diffJson(json(map), mergePatch(json(map), new Map())).changes.length === 0,
      ),
      { numRuns: 200, seed: 1 },
    );
  });
});

describe('a JSON patch', () => {
  // RFC 6902, appendix A.
  it.each([
    [{ foo: 'bar' }, [{ op: 'add', path: '/baz', value: 'qux' }], { foo: 'bar', baz: 'qux' }],
    [{ foo: ['bar', 'baz'] }, [{ op: 'add', path: '/foo/1', value: 'qux' }], { foo: ['bar', 'qux', 'baz'] }],
    [{ baz: 'qux', foo: 'bar' }, [{ op: 'remove', path: '/baz' }], { foo: 'bar' }],
    [{ foo: ['bar', 'qux', 'baz'] }, [{ op: 'remove', path: '/foo/1' }], { foo: ['bar', 'baz'] }],
    [{ baz: 'qux' }, [{ op: 'replace', path: '/baz', value: 'boo' }], { baz: 'boo' }],
    [{ foo: { bar: 1 }, q: {} }, [{ op: 'move', from: '/foo/bar', path: '/q/x' }], { foo: {}, q: { x: 1 } }],
    [{ foo: ['a', 'b', 'c'] }, [{ op: 'move', from: '/foo/0', path: '/foo/2' }], { foo: ['b', 'c', 'a'] }],
    [
      { baz: 'qux', foo: ['a', 2, 'c'] },
      [{ op: 'test', path: '/foo/1', value: 2 }],
      { baz: 'qux', foo: ['a', 2, 'c'] },
    ],
    [{ foo: 'bar' }, [{ op: 'add', path: '/child', value: { g: {} } }], { foo: 'bar', child: { g: {} } }],
    [{ '/': 9, '~1': 10 }, [{ op: 'test', path: '/~01', value: 10 }], { '/': 9, '~1': 10 }],
    [{ foo: ['bar'] }, [{ op: 'add', path: '/foo/-', value: ['abc'] }], { foo: ['bar', ['abc']] }],
    [{ a: 1 }, [{ op: 'copy', from: '/a', path: '/b' }], { a: 1, b: 1 }],
    [{ a: 1 }, [{ op: 'replace', path: '', value: [] }], []],
  ])('makes of %j with %j %j', (target, patch, expected) => {
    const patched = jsonPatch(json(target), json(patch));
    expect(patched.ok && isEqual(patched.value, json(expected))).toBe(true);
  });

  it.each([
    [{ foo: 'bar' }, [{ op: 'add', path: '/baz/bat', value: 1 }]],
    [{ baz: 'qux' }, [{ op: 'test', path: '/baz', value: 'bar' }]],
    [{ a: [1] }, [{ op: 'add', path: '/a/3', value: 1 }]],
    [{ a: [1] }, [{ op: 'remove', path: '/a/1' }]],
    [{ a: [1] }, [{ op: 'add', path: '/a/01', value: 1 }]],
    [{ a: 1 }, [{ op: 'remove', path: '/b' }]],
    [{ a: 1 }, [{ op: 'explode', path: '/a' }]],
    [{ a: 1 }, [{ op: 'add', path: 'a', value: 1 }]],
    [{ a: 1 }, [{ op: 'add', path: '/b' }]],
    [{ a: 1 }, { op: 'remove', path: '/a' }],
    [{ a: 1 }, [null]],
    [{ a: 1 }, Array.from({ length: 501 }, () => ({ op: 'test', path: '/a', value: 1 }))],
  ])('that does not apply to %j is refused (%#)', (target, patch) =>
    expect(jsonPatch(json(target), json(patch)).ok).toBe(false),
  );

  it('never throws', () => {
    const path = fc.constantFrom('', '/a', '/a/0', '/a/-', '/', '/a/b/c', 'x', '/~2');
    const operation = fc.record({
      op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test'),
      path,
      from: path,
      value: anything,
    });
    fc.assert(
      fc.property(
        anything,
        fc.array(operation, { maxLength: 5 }),
        (target, patch) => typeof jsonPatch(json(target), json(patch)).ok === 'boolean',
      ),
      { numRuns: 500, seed: 1 },
    );
  });
});
