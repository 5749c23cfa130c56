// Values that query and body agree on: what some parser would find otherwise is left out.
import { expect, it } from 'vitest';
import { agreedValues } from '../../src/actions/agreed-values.ts';
import { type JsonObject, parseJson } from '../../src/core/body/json.ts';

const members = (text: string): JsonObject => {
  const json = parseJson(Buffer.from(text));
  if (!json.ok || !(json.value instanceof Map)) throw new Error(`${text} is no object`);
  return json.value as JsonObject;
};

it.each<[string, string | undefined, Record<string, unknown>, boolean]>([
  ['{"a":1,"b":2}', undefined, { a: 1, b: 2 }, true],
  ['{"a":1}', 'b=2', { a: 1, b: '2' }, true],
  ['{"a":1}', '', { a: 1 }, true],
  ['{"a":1,"b":2}', 'a=3', { b: 2 }, false],
  ['{"a":1,"b":2}', 'A=3', { b: 2 }, false],
  ['{"a":1,"A":2,"b":3}', undefined, { b: 3 }, false],
  ['{"b":2}', 'a=1&a=2', { b: 2 }, false],
  ['{"a":1,"b":2}', 'a=1&a=2', { b: 2 }, false],
  ['{"a":1,"b":2}', 'x=1;a=2', { b: 2 }, false],
  ['{"a":1,"b":2}', 'a[]=1&a[]=2', { b: 2 }, false],
  ['{"a":1,"b":2}', 'c=%2561', { a: 1, b: 2 }, false],
])('%s with ?%s is %j', (body, query, expected, whole) => {
  const agreed = agreedValues(members(body), query);
  expect({ ...Object.fromEntries(agreed.members), ...Object.fromEntries(agreed.pairs) }).toEqual(expected);
  expect(agreed.whole).toBe(whole);
});

it('looks for no names where that would take long', () => {
  const body = members(JSON.stringify(Object.fromEntries(Array.from({ length: 5_000 }, (_x, i) => [`k${i}`, i]))));
  const started = performance.now();
  expect(agreedValues(body, `a=1&a=2&${'x=y&'.repeat(5_000)}`).members.size).toBe(0);
  expect(performance.now() - started).toBeLessThan(1_000);
});
