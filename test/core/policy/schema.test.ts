// The schema is the one source: the committed JSON Schemas and the reference have to say the same.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parsePolicyFile } from '../../../src/core/policy/parse.ts';
import { parseCases } from '../../../src/core/policy/parse-cases.ts';
import { policyJsonSchema } from '../../../src/core/policy/schema.ts';
import { casesJsonSchema } from '../../../src/core/policy/schema-cases.ts';
import { parseCidr } from '../../../src/core/policy/schema-cidr.ts';
import { DAYS, EFFECTS, LEVELS, MODES, ON_ABSENT, RISKS, TAGS } from '../../../src/core/policy/schema-words.ts';

const root = new URL('../../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

/** Every property name anywhere in a JSON Schema. */
function keys(schema: unknown): Set<string> {
  const found = new Set<string>();
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, value] of Object.entries(node)) {
      if (key === 'properties' && typeof value === 'object' && value !== null) {
        for (const name of Object.keys(value)) found.add(name);
      }
      walk(value);
    }
  };
  walk(schema);
  return found;
}

test.each([
  ['schema/policy.schema.json', policyJsonSchema],
  ['schema/policy-tests.schema.json', casesJsonSchema],
])('%s is what the code generates (holdgate schema)', (path, generate) => {
  expect(read(path)).toBe(`${JSON.stringify(generate(), null, 2)}\n`);
});

describe('docs/policy.md', () => {
  const doc = read('docs/policy.md');
  const all = new Set([...keys(policyJsonSchema()), ...keys(casesJsonSchema())]);

  test.each([...all])('documents the key %s', (key) => {
    expect(doc).toContain(`\`${key}\``);
  });

  test.each([...EFFECTS, ...MODES, ...RISKS, ...ON_ABSENT, ...DAYS, ...LEVELS, ...TAGS])(
    'names the word %s',
    (word) => {
      expect(doc).toContain(`\`${word}\``);
    },
  );
});

test('the examples in docs/policy.md are valid', () => {
  const blocks = [...read('docs/policy.md').matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');
  const results = blocks.map((text) =>
    text.includes('\ncases:') ? parseCases(text, 'docs/policy.md') : parsePolicyFile(text, 'docs/policy.md'),
  );
  expect(results.length).toBeGreaterThanOrEqual(2);
  expect(results.filter((result) => !result.ok)).toEqual([]);
});

test('every property of the schemas has a description', () => {
  const silent: string[] = [];
  const walk = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, value] of Object.entries(node)) {
      if (key === 'properties' && typeof value === 'object' && value !== null) {
        for (const [name, property] of Object.entries(value as Record<string, object>)) {
          if (!('description' in property)) silent.push(`${path}.${name}`);
        }
      }
      walk(value, `${path}.${key}`);
    }
  };
  walk([policyJsonSchema(), casesJsonSchema()], '');
  expect(silent).toEqual([]);
});

test.each([
  ['10.0.0.0/8', '10.0.0.0/8', 4],
  ['192.0.2.7', '192.0.2.7/32', 4],
  ['0.0.0.0/0', '0.0.0.0/0', 4],
  ['::1', '::1/128', 16],
  ['fd00::/8', 'fd00::/8', 16],
  ['::ffff:192.0.2.0/120', '::ffff:192.0.2.0/120', 16],
  ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8/128', 16],
])('the range %s is read as %s', (text, normal, length) => {
  const result = parseCidr(text);
  expect(result.ok && [result.cidr.text, result.cidr.bytes.length]).toEqual([normal, length]);
});

test.each([
  '',
  'localhost',
  '10.0.0.0/33',
  '10.0.0.0/',
  '10.0.0.0/08',
  '010.0.0.0/8',
  '10.0.0/8',
  '10.0.0.256',
  '10.0.0.1/8',
  '::/129',
  '1::2::3',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  'fe80::1%eth0',
  'fd00::1/8',
  '1.2.3.4::',
])('%s is not a range', (text) => {
  expect(parseCidr(text).ok).toBe(false);
});
