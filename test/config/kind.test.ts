// `kind` of an upstream: words, and the two that say more.
import { expect, test } from 'vitest';
import { faultsOf, loaded } from './scratch.ts';

const upstream = (kind: string): string =>
  `version: 1\nupstreams:\n  a:\n    base: https://a.example.com\n    mount: /a\n    kind: ${kind}\n`;

test('reads the document of an OpenAPI upstream', () => {
  const [a] = loaded(upstream('{openapi: api.yaml}'), {}, { 'api.yaml': 'openapi: 3.1.0\n' }).upstreams;
  expect(a).toMatchObject({ kind: 'openapi', openapi: { file: 'api.yaml', text: 'openapi: 3.1.0\n' } });
});

test('knows what takes the SQL', () => {
  const [a] = loaded(upstream('{sql-over-http: snowflake}')).upstreams;
  expect(a).toMatchObject({ kind: 'sql-over-http', sqlService: 'snowflake', openapi: undefined });
});

test('takes a word', () => {
  expect(loaded(upstream('github')).upstreams[0]).toMatchObject({ kind: 'github' });
});

test.each([
  ['githbu', /^6:11 unknown kind "githbu"; did you mean "github"\?/],
  ['5', /^6:11 expected one of http, .* or a map, got a number, 5/],
  ['{sql-over-http: snowflak}', /^6:27 unknown service "snowflak"; did you mean "snowflake"\?/],
  ['{openapi: nowhere.yaml}', /^6:21 nowhere.yaml cannot be read/],
  ['{}', /^6:11 name one of openapi and sql-over-http/],
  ['{openapi: a.yaml, more: 1}', /^6:\d+ unknown key "more"/],
] as const)('%s is refused where it stands', (kind, message) => {
  expect(faultsOf(upstream(kind))).toEqual([expect.stringMatching(message)]);
});
