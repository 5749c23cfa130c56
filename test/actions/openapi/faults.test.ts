// What is wrong with a document, each thing with its place; a broken one starts no gate, and knows no operation.
import { describe, expect, it } from 'vitest';
import { openapiFaults, readOpenapi } from '../../../src/actions/openapi/openapi.ts';

const faults = (text: string): string[] =>
  openapiFaults([{ openapi: { file: 'api.yaml', text } }, {}]).map(({ at, message }) => `${at} ${message}`);
const head = 'openapi: 3.0.0\npaths:\n';

it.each([
  ['', 'api.yaml:1:1 this is no OpenAPI document: "openapi: 3.x" or "swagger: \'2.0\'" is expected at its top'],
  [
    'openapi: 4.0.0\npaths: {}\n',
    'api.yaml:1:1 this is no OpenAPI document: "openapi: 3.x" or "swagger: \'2.0\'" is expected at its top',
  ],
  ['openapi: 3.1.0\nwebhooks: {}\n', 'api.yaml:1:1 the document describes no paths, so no call could be recognised'],
  ['openapi: 3.0.0\npaths: []\n', 'api.yaml:2:8 the document describes no paths, so no call could be recognised'],
  [`${head}  users: {get: {}}\n`, 'api.yaml:3:3 a path has to start with a slash: "users"'],
  [`${head}  /a?b=c: {get: {}}\n`, 'api.yaml:3:3 a path must not hold "?" or "#": "/a?b=c"'],
  [`${head}  "/a/{b": {get: {}}\n`, 'api.yaml:3:3 the braces of "/a/{b" do not enclose a name each'],
  [`${head}  "/a/{b}{c}": {get: {}}\n`, 'api.yaml:3:3 two parameters stand side by side in "/a/{b}{c}"'],
  [
    `${head}  "/{a+}/{b+}": {get: {}}\n`,
    'api.yaml:3:3 only one parameter, a whole segment, can take several segments: "/{a+}/{b+}"',
  ],
  [
    `${head}  /a: {$ref: other.yaml}\n`,
    'api.yaml:3:7 a path has to be a map of methods; references to other files are not followed',
  ],
  [
    `${head}  /a: {$ref: '#/paths/~1a'}\n`,
    'api.yaml:3:7 a path has to be a map of methods; references to other files are not followed',
  ],
  [`${head}  /a: {get: 5}\n`, 'api.yaml:3:13 an operation has to be a map'],
  [
    `${head}  /a: {get: {operationId: 5}}\n`,
    'api.yaml:3:27 an operationId has to be a text of at most 200 printable characters',
  ],
  [
    `${head}  /a: {get: {operationId: x}}\n  /b: {get: {operationId: x}}\n`,
    'api.yaml:4:27 the operationId "x" stands twice, first at api.yaml:3:13',
  ],
  [
    `${head}  /a: {get: {x-holdgate-tags: [destructiv]}}\n`,
    'api.yaml:3:31 unknown tag "destructiv"; did you mean "destructive"?',
  ],
  [`${head}  /a: {get: {x-holdgate-level: reed}}\n`, 'api.yaml:3:32 unknown level "reed"; did you mean "read"?'],
  [`${head}  /a: {get: {}}\n  /a: {put: {}}\n`, 'api.yaml:4:3 this key stands twice in the same map'],
  [
    '{"openapi": "3.0.0", "paths": {"/a": {"get": {}}, "/a": {}}}',
    'api.yaml:1:51 this key stands twice in the same map',
  ],
  ['{"openapi": "3.0.0",\n "paths": {"a": {}}}', 'api.yaml:2:12 a path has to start with a slash: "a"'],
])('%j', (text, expected) => {
  expect(faults(text)).toEqual([expected]);
  expect(readOpenapi({ file: 'api.yaml', text }).operations).toEqual([]);
});

it('gives all of them at once', () => {
  expect(faults(`${head}  a: {get: {}}\n  /b: {get: {x-holdgate-level: x}, put: 1}\n`)).toHaveLength(3);
});

describe('what would take the gate down', () => {
  const bomb = (levels: number): string =>
    [
      'a0: &a0 [x, x, x, x, x, x, x, x, x]',
      ...Array.from({ length: levels }, (_x, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join()}]`),
    ].join('\n');
  it.each([
    ['aliases that multiply', `${bomb(9)}\nopenapi: 3.0.0\n`, /too many aliases/],
    ['deep nesting of YAML', `openapi: 3.0.0\nx: ${'['.repeat(50_000)}`, /nested too deep/],
    [
      'deep nesting of JSON',
      `{"openapi": "3.0.0", "x": ${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
      /nested too deep/,
    ],
    ['a huge file', `openapi: 3.0.0\n#${'x'.repeat(9 * 1024 * 1024)}`, /over the limit of 8388608 bytes/],
    ['no text', '\u0000\u0001', /./],
  ])('%s is a fault', (_what, text, message) => {
    const [first = ''] = faults(text);
    expect(first).toMatch(message);
  });
});
