// Calls made to be misread by whoever stands behind a document: every operation that some server could take them for has to show, and what is
// in doubt is not exact.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createOpenapiRecogniser } from '../../../src/actions/openapi/recogniser.ts';
import { api, call, type CallParts } from './calls.ts';

const DOCUMENT = {
  openapi: '3.1.0',
  paths: {
    '/users': { get: { operationId: 'list' }, post: { operationId: 'create' } },
    '/users/{id}': { get: { operationId: 'get' }, put: { operationId: 'replace' }, delete: { operationId: 'delete' } },
    '/users/{id}/keys': { get: { operationId: 'keys', 'x-holdgate-tags': ['secret-read'] } },
    '/admin/erase': { post: { operationId: 'erase', 'x-holdgate-tags': ['destructive'] } },
    '/reports/{name}.csv': { get: { operationId: 'csv', 'x-holdgate-tags': ['data-export'] } },
    '/reports/{name}': { get: { operationId: 'report' } },
    '/Files/{path}': { get: { operationId: 'file' } },
  },
};
const recognise = api(DOCUMENT);
const FORM = 'application/x-www-form-urlencoded';
const override = (value: string, name = 'X-HTTP-Method-Override'): CallParts => ({ headers: [name, value] });

/** Not exact, and among the operations these. */
const UNSURE: [why: string, line: string, operations: string[], parts?: CallParts][] = [
  ['a method in a header', 'GET /users/7', ['get', 'delete'], override('DELETE')],
  ['a method in another header', 'POST /users/7', ['delete'], override('delete', 'X-HTTP-Method')],
  ['a method in a third header', 'POST /users/7', ['replace'], override('PUT', 'X-Method-Override')],
  ['many methods', 'GET /users/7', ['unknown'], override('A,B,C,D,E,F,G')],
  ['a method in the query', 'POST /users/7?_method=DELETE', ['delete']],
  ['a method in the query, escaped', 'POST /users/7?%5fmethod=delete', ['delete']],
  ['a method in a form', 'POST /users/7', ['delete'], { body: '_method=DELETE', type: FORM }],
  ['a method twice in a form', 'POST /users/7', ['delete'], { body: '_method=PUT&_method=DELETE', type: FORM }],
  ['a slash at the end, escaped', 'GET /users%2F', ['list']],
  ['an escaped slash', 'GET /users%2F7', ['get']],
  ['an escaped slash to another operation', 'GET /users/7%2Fkeys', ['get', 'keys']],
  ['an escaped slash twice over', 'GET /users/7%252Fkeys', ['get', 'keys']],
  ['an overlong slash', 'GET /users/7%c0%afkeys', ['keys']],
  ['dot segments', 'GET /users/7/x/../keys', ['keys']],
  ['escaped dots', 'GET /users/7/x/%2e%2e/keys', ['keys']],
  ['dots out of a name', 'GET /users/..', ['get']],
  ['a double slash', 'POST //admin/erase', ['erase']],
  ['a double slash inside', 'POST /admin//erase', ['erase', 'unknown']],
  ['a backslash', 'POST /admin\\erase', ['erase']],
  ['a path parameter', 'POST /admin;x=1/erase;y', ['erase']],
  ['a path parameter in a name', 'GET /users/7;x', ['get']],
  ['a dot at the end', 'POST /admin/erase.', ['erase']],
  ['a blank at the end', 'POST /admin/erase%20', ['erase']],
  ['an escaped question mark', 'POST /admin/erase%3Fx', ['erase']],
  ['an escaped hash', 'POST /admin/erase%23', ['erase']],
  ['an escaped NUL', 'POST /admin/erase%00', ['erase']],
  ['an escaped letter', 'POST /admin/%65rase', ['erase']],
  ['a fixed word in capitals', 'POST /ADMIN/erase', ['erase']],
  ['a fixed word in small letters', 'GET /files/x', ['file']],
  ['two templates', 'GET /reports/a.csv', ['csv', 'report']],
  ['a template in capitals', 'GET /reports/a.CSV', ['csv', 'report']],
  ['a name with a slash', 'GET /reports/a%2Fb.csv', ['csv', 'report']],
  ['a suffix that some servers cut', 'GET /users/7/keys.json', ['unknown']],
  ['an unknown path', 'GET /nothing', ['unknown']],
  ['an unknown method', 'PATCH /users/7', ['unknown']],
  ['a method in small letters', 'delete /users/7', ['unknown']],
  ['a method that only HTTP knows', 'OPTIONS /users', ['unknown']],
  ['an empty name', 'GET /users//keys', ['get', 'unknown']],
  ['a key twice', 'POST /users', ['create'], { body: '{"role":"user","role":"admin"}' }],
  ['a key twice in a form', 'POST /users', ['create'], { body: 'role=user&role=admin', type: FORM }],
  ['a parameter twice in the query', 'POST /users?role=user&role=admin', ['create']],
  ['a parameter behind a semicolon', 'POST /users?role=user;role=admin', ['create']],
  ['a parameter escaped twice', 'POST /users?role=%2561dmin', ['create']],
  ['JSON that is none', 'POST /users', ['create'], { body: '{"role":"user"} x' }],
  ['JSON with a comment', 'POST /users', ['create'], { body: '{/**/"role":"user"}' }],
  ['deep nesting', 'POST /users', ['create'], { body: '['.repeat(500) }],
  ['a byte order mark', 'POST /users', ['create'], { body: Buffer.from('\ufeff{}') }],
  ['UTF-16', 'POST /users', ['create'], { body: Buffer.from('{"a":1}', 'utf16le') }],
  ['no content type, and no JSON', 'POST /users', ['create'], { body: 'role=admin', type: '' }],
  ['two content types', 'POST /users', ['create'], { body: {}, headers: ['content-type', FORM] }],
  ['a broken form', 'POST /users', ['create'], { body: 'role=%zz', type: FORM }],
  [
    'a body over the limit',
    'POST /users',
    ['create', 'unknown'],
    { state: { state: 'unreadable', why: 'over-limit' } },
  ],
  ['a broken coding', 'POST /users', ['create'], { state: { state: 'unreadable', why: 'undecodable' } }],
];

it.each(UNSURE)('%s', (_why, line, operations, parts) => {
  const actions = recognise(line, parts);
  expect(actions.map(({ name }) => name)).toEqual(
    expect.arrayContaining(operations.map((operation) => `openapi:billing:${operation}`)),
  );
  expect(actions.filter(({ confidence }) => confidence === 'exact')).toEqual([]);
});

it('knows nothing where the document is broken or not there', () => {
  for (const text of ['', '{', 'openapi: 3.0.0', 'openapi: 3.0.0\npaths: {users: {get: {}}}']) {
    expect(api(text)('GET /users').map(({ confidence }) => confidence)).toEqual(['unknown']);
  }
});

describe('whatever comes', () => {
  it('never throws, and answers something', () => {
    const recogniser = createOpenapiRecogniser('billing', { file: 'x', text: JSON.stringify(DOCUMENT) });
    const segment = fc.oneof(
      fc.constantFrom('users', 'admin', 'erase', '..', '.', '', '%2F', '%', '*', '{id}'),
      fc.string({ maxLength: 6 }),
    );
    fc.assert(
      fc.property(
        fc.constantFrom('GET', 'POST', 'DELETE', 'x'),
        fc.array(segment, { maxLength: 6 }),
        fc.string({ maxLength: 40 }),
        fc.string({ maxLength: 20 }),
        (method, path, body, query) => {
          const made = call(`${method} /${path.join('/').replaceAll('?', '')}?${query}`, { body });
          recogniser.needsBody(made);
          expect(recogniser.recognise(made).length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('takes no time to speak of for a document of many templates that rival each other', () => {
    const paths = Object.fromEntries(
      Array.from({ length: 1_500 }, (_x, i) => [`/a${i}/{b}/c${i % 7}`, { get: { operationId: `o${i}` } }]),
    );
    const started = performance.now();
    const large = api({ openapi: '3.0.0', paths: { ...paths, '/{x}/{y}/{z}': { get: { operationId: 'any' } } } });
    expect(large('GET /a5/1/c5').map(({ operation }) => operation)).toEqual(['o5', 'any']);
    expect(performance.now() - started).toBeLessThan(4_000);
    const again = performance.now();
    for (let i = 0; i < 100; i++) large(`GET /a${i}/1/c${i % 7}`);
    expect(performance.now() - again).toBeLessThan(1_000);
  });
});
