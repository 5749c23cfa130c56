import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { configKeys, configReference } from '../../src/config/reference.ts';
import { configJsonSchema } from '../../src/config/schema.ts';
import { faultsOf } from './scratch.ts';

const file = fileURLToPath(new URL('../../docs/configuration.md', import.meta.url));
const page = readFileSync(file, 'utf8');

test('the table in docs/configuration.md is the one that `npm run docs:write` writes from the schema', async () => {
  const start = page.indexOf('| Key | Type |');
  const end = page.indexOf('\n\n', start);
  await expect(page.slice(0, start) + configReference() + page.slice(end)).toMatchFileSnapshot(file);
});

test('every key has a description and a type', () => {
  expect(configKeys().filter(({ description, type }) => description === '' || type === 'any')).toEqual([]);
});

test('the keys of the sample in the documentation are all in the table', () => {
  const keys = new Set(configKeys().map(({ key }) => key));
  for (const key of [
    'listen.proxy',
    'hold.from',
    'agents[].credentials[].bearer_sha256',
    'people[].groups',
    'upstreams.<id>.credential.value',
  ]) {
    expect(keys).toContain(key);
  }
});

test('schema/config.schema.json is what `holdgate schema config` prints', () => {
  const committed = new URL('../../schema/config.schema.json', import.meta.url);
  expect(readFileSync(committed, 'utf8')).toBe(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
});

test('the JSON Schema is closed at every level', () => {
  const open: string[] = [];
  const walk = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return;
    if ('properties' in node && (!('additionalProperties' in node) || node.additionalProperties !== false))
      open.push(path);
    for (const [key, child] of Object.entries(node)) walk(child, `${path}/${key}`);
  };
  walk(configJsonSchema(), '');
  expect(open).toEqual([]);
});

/** What a map needs besides the key that is tried. */
const BESIDE: Readonly<Record<string, string>> = {
  store: 'url: "redis://localhost", ',
  quiet_hours: 'timezone: UTC, from: "22:00", ',
  'channels.slack': 'bot_token: xoxb, app_token: xapp, teams: [T0123], ',
  'channels.teams':
    'app_id: 00000000-0000-4000-8000-000000000001, app_secret: s, tenants: [00000000-0000-4000-8000-000000000002], ',
};

test.each(
  configKeys()
    .filter(({ key, fallback }) => !/[[<]/.test(key) && fallback !== '' && fallback !== 'required')
    .map(({ key, fallback }) => [key, fallback] as const),
)('the default of %s, written out, is accepted: %s', (key, fallback) => {
  const [top = '', ...below] = key.split('.');
  const innermost = below.length === 0 ? fallback : JSON.stringify(parse(fallback));
  const value = below.reduceRight((inner, name, i) => {
    const beside = BESIDE[[top, ...below.slice(0, i)].join('.')] ?? '';
    return `{${beside}${name}: ${inner}}`;
  }, innermost);
  expect(faultsOf(`version: 1\n${top}: ${value}\nkeys: {dir: keys}\n`)).toEqual(['(loads)']);
});

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
