// Requests made to be misread: none may pass a policy that lets the harmless reading pass, and none may be called exact.
import { describe, expect, it } from 'vitest';
import { compilePolicies } from '../../../src/core/policy/compile.ts';
import { aContext, aFile, aRule, DEFAULTS } from '../../core/policy/fixtures.ts';
import { call, type CallParts, recognise } from './calls.ts';

const A = '{ a }';
const DROP = 'mutation { drop }';
const q = (query: unknown, more: object = {}): object => ({ query, ...more });
const json = (query: string): string => JSON.stringify(q(query));
const whole = (bytes: Uint8Array, decoded: Uint8Array = bytes): CallParts => ({
  state: { state: 'whole', bytes, decoded },
});
const over = (why: 'over-limit' | 'unknown-coding' | 'undecodable' | 'unknown-charset'): CallParts => ({
  state: { state: 'unreadable', why },
});
const get = (query: string): CallParts => ({ method: 'GET', query });
const form = { type: 'application/x-www-form-urlencoded' };
const upload = (...parts: string[]): [unknown, CallParts] => [
  `${parts.map((part) => `--B\r\nContent-Disposition: form-data; ${part}\r\n`).join('')}--B--\r\n`,
  { type: 'multipart/form-data; boundary=B' },
];

const CASES: readonly [why: string, body: unknown, parts?: CallParts][] = [
  ['a query twice', `{"query":"${A}","query":"${DROP}"}`],
  ['a query twice, escaped', `{"query":"${A}","quer\\u0079":"${DROP}"}`],
  ['a query in capitals beside it', `{"query":"${A}","Query":"${DROP}"}`],
  ['a query in capitals alone', `{"QUERY":"${DROP}"}`],
  ['variables in capitals', q('query($x: Int) { a(x: $x) }', { Variables: { x: 1 } })],
  [
    'an operation name in another case',
    q('query A { a } mutation B { drop }', { operationName: 'A', operationname: 'B' }),
  ],
  ['an operation name that is not there', q('query A { a }', { operationName: 'B' })],
  ['no operation name for two', q('query A { a } query B { a }')],
  ['two operations of one name', q('query A { a } mutation A { drop }', { operationName: 'A' })],
  ['an operation without a name among others', q('query A { a } { a }', { operationName: 'A' })],
  ['an operation name that is a number', q('query A { a }', { operationName: 5 })],
  ['an operation name that is a list', q('query A { a }', { operationName: ['A'] })],
  ['a document of fragments alone', q('fragment F on Query { a }')],
  ['a document that defines types', q(`${A} type X { a: Int }`)],
  ['a document that extends the schema', q(`${A} extend type Query { b: Int }`)],
  ['a missing fragment', q('{ a ...F }')],
  ['a fragment defined twice', q('{ ...F } fragment F on Query { a } fragment F on Query { b }')],
  ['an argument given twice', q('{ a(x: 1, x: 2) }')],
  ['a syntax error', q('{ a ')],
  ['an empty document', q(' ')],
  ['an empty query', q('')],
  ['a query that is null', q(null)],
  ['a query that is a number', q(5)],
  ['a query that is an object', q({ kind: 'Document' })],
  ['a query that is a list', q([A])],
  ['too many tokens', q(`{ ${'a '.repeat(20_000)} }`)],
  ['too many fields', q(`{ ${Array.from({ length: 200 }, (_, i) => `a${i}: a`).join(' ')} }`)],
  [
    'too many fields in fragments',
    q(`{ ...F } fragment F on Q { ${Array.from({ length: 200 }, (_, i) => `a${i}: a`).join(' ')} }`),
  ],
  ['too much text', q(`{ a(x: "${'x'.repeat(300_000)}") }`)],
  ['nesting without end', q('{a'.repeat(4000))],
  ['nesting of lists', q(`{ a(x: ${'['.repeat(4000)}${']'.repeat(4000)}) }`)],
  ['a mutation in groups without end', q('mutation { a { ...F } } fragment F on X { b { ...F } c { ...F } }')],
  ['a mutation with a very long name in a group', q(`mutation { a { ${'b'.repeat(600)}(x: 1) } }`)],
  ['a batch with a number', [q(A), 5]],
  ['a batch with null', [null]],
  ['an empty batch', []],
  ['a batch in a batch', [[q(A)]]],
  ['a batch of 101', Array.from({ length: 101 }, () => q(A))],
  ['a batch with a stored query', [q(A), { id: 'x' }]],
  ['a batch with one that is doubtful', [q(A), q('{ a ...F }')]],
  ['variables that are text', q('query($x: Int) { a(x: $x) }', { variables: '{"x":1}' })],
  ['variables that are a list', q(A, { variables: [1] })],
  ['a hash of another query', q(A, { extensions: { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } } })],
  ['a hash that is no text', q(A, { extensions: { persistedQuery: { sha256Hash: 5 } } })],
  ['a stored query without a hash', { extensions: { persistedQuery: {} } }],
  ['a query and an id', q(A, { id: 'x' })],
  ['a query and a doc_id', q(A, { doc_id: 'x' })],
  ['a query and a documentId', q(A, { documentId: 'x' })],
  ['a query and an ID', q(A, { ID: 'x' })],
  ['nothing', {}],
  ['variables alone', { variables: {} }],
  ['text', '"query"'],
  ['a number', 5],
  ['null', 'null'],
  ['no JSON', A],
  ['two objects behind each other', `${json(A)}${json(DROP)}`],
  ['a comma at the end', `${json(A).slice(0, -1)},}`],
  ['a comment', `/* */${json(A)}`],
  ['a byte order mark', `\uFEFF${json(A)}`],
  [
    'bytes that are not UTF-8',
    Buffer.concat([Buffer.from('{"query":"{ a(x: \\"'), Buffer.from([0xff]), Buffer.from('\\") }"}')]),
  ],
  ['UTF-16', Buffer.from(json(A), 'utf16le')],
  ['another charset', q(A), { type: 'application/json; charset=utf-7' }],
  ['another type', q(A), { type: 'text/plain' }],
  ['no type', q(A), { type: '' }],
  ['two types', q(A), { headers: ['Content-Type', 'application/graphql'] }],
  ['XML', q(A), { type: 'application/xml' }],
  ['JSON that says it is a document', q(A), { type: 'application/graphql' }],
  ['a document that says it is JSON', A, { type: 'application/json' }],
  ['a document that is not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), { type: 'application/graphql' }],
  ['a document with a byte order mark', `\uFEFF${A}`, { type: 'application/graphql' }],
  ['a form that is no form', '%ZZ', form],
  ['a form with a query twice', `query=${encodeURIComponent(A)}&query=${encodeURIComponent(DROP)}`, form],
  ['a form with a query in capitals', `query=${encodeURIComponent(A)}&Query=${encodeURIComponent(DROP)}`, form],
  ['a form with broken variables', `query=${encodeURIComponent(A)}&variables=x`, form],
  [
    'a form with variables twice in it',
    `query=${encodeURIComponent(A)}&variables=${encodeURIComponent('{"a":1,"a":2}')}`,
    form,
  ],
  ['a form of nothing', 'a=b', form],
  ['a form with a control character', 'query=%7B%20a%00%20%7D', form],
  ['an upload without operations', ...upload('name="map"\r\n\r\n{}')],
  [
    'an upload with operations twice',
    ...upload(`name="operations"\r\n\r\n${json(A)}`, `name="operations"\r\n\r\n${json(DROP)}`),
  ],
  [
    'an upload with a query beside operations',
    ...upload(`name="operations"\r\n\r\n${json(A)}`, `name="query"\r\n\r\n${DROP}`),
  ],
  ['an upload with a file as operations', ...upload(`name="operations"; filename*=UTF-8''x\r\n\r\n${json(A)}`)],
  [
    'an upload whose end is missing',
    `--B\r\nContent-Disposition: form-data; name="operations"\r\n\r\n${json(A)}`,
    { type: 'multipart/form-data; boundary=B' },
  ],
  ['an upload without a boundary', json(A), { type: 'multipart/form-data' }],
  ['an upload with two boundaries', json(A), { type: 'multipart/form-data; boundary=A; boundary=B' }],
  ['a query string and a body', q(A), { query: `query=${encodeURIComponent(DROP)}` }],
  [
    'an operation name in the query string',
    q('query A { a } mutation B { drop }', { operationName: 'A' }),
    { query: 'operationName=B' },
  ],
  [
    'variables in the query string',
    q('query($x: Int) { a(x: $x) }', { variables: { x: 1 } }),
    { query: 'variables=%7B%22x%22%3A2%7D' },
  ],
  ['an id in the query string', q(A), { query: 'doc_id=7' }],
  ['a query string in capitals', q(A), { query: `Query=${encodeURIComponent(DROP)}` }],
  [
    'a document and another one in the query string',
    A,
    { type: 'application/graphql', query: `query=${encodeURIComponent(DROP)}` },
  ],
  ['GET with a query twice', undefined, get(`query=${encodeURIComponent(A)}&query=${encodeURIComponent(DROP)}`)],
  [
    'GET with a query in capitals too',
    undefined,
    get(`query=${encodeURIComponent(A)}&QUERY=${encodeURIComponent(DROP)}`),
  ],
  ['GET with broken escapes', undefined, get('query=%7B%20a%2')],
  ['GET with a body', q(DROP), get(`query=${encodeURIComponent(A)}`)],
  ['GET of nothing', undefined, { method: 'GET' }],
  ['GET of a page', undefined, get('page=1')],
  [
    'GET with variables twice in it',
    undefined,
    get(`query=${encodeURIComponent(A)}&variables=%7B%22a%22%3A1%2C%22a%22%3A2%7D`),
  ],
  ['GET of a stored query', undefined, get('extensions=%7B%22persistedQuery%22%3A%7B%22sha256Hash%22%3A%22x%22%7D%7D')],
  ['PUT', q(A), { method: 'PUT' }],
  ['DELETE', q(A), { method: 'DELETE' }],
  ['QUERY', q(A), { method: 'QUERY' }],
  ['HEAD', undefined, { method: 'HEAD', query: `query=${encodeURIComponent(A)}` }],
  ['a method that is overridden', q(A), { headers: ['X-HTTP-Method-Override', 'PUT'] }],
  ['a path that is no endpoint', q(A), { path: '/admin/delete' }],
  ['a path with dots', q(A), { path: '/admin/../graphql' }],
  ['a path with escapes', q(A), { path: '/%2e%2e/graphql' }],
  ['a path with a parameter', q(A), { path: '/admin;/graphql' }],
  [
    'a compressed body',
    undefined,
    { ...whole(Buffer.from([31, 139]), Buffer.from(json(A))), headers: ['Content-Type', 'application/json'] },
  ],
  ['a body over the limit', undefined, over('over-limit')],
  ['a body in a coding that is not known', undefined, over('unknown-coding')],
  ['a body that does not unpack', undefined, over('undecodable')],
  ['a body in a charset that is not known', undefined, over('unknown-charset')],
  ['a body that nobody read', undefined, { state: { state: 'unread' } }],
  ['no body', undefined],
  ['an empty body', undefined, whole(Buffer.alloc(0))],
];

const allowed = compilePolicies(
  [
    aFile([
      aRule('harmless', 'allow', { action: ['graphql:query:a', 'graphql:query:b', 'graphql:mutation:a'] }),
      aRule('reads', 'allow', { level: ['read'] }),
    ]),
  ],
  { ...DEFAULTS, effect: 'deny' },
);

describe('a policy that lets reading pass', () => {
  it('lets it pass', () => {
    const asked = call(q(A));
    expect(allowed.decide(asked, aContext(asked, { actions: () => recognise(q(A)) }))).toMatchObject({
      effect: 'allow',
    });
  });

  it.each(CASES)('does not let pass %s', (_why, body, parts) => {
    const asked = call(body, parts);
    const actions = recognise(body, parts);
    const decision = allowed.decide(asked, aContext(asked, { actions: () => actions }));
    expect(decision === 'needs-body' ? 'deny' : decision.effect).toBe('deny');
    expect(actions.some(({ confidence }) => confidence === 'exact')).toBe(false);
    expect(actions.some(({ confidence }) => confidence === 'unknown')).toBe(true);
  });

  it('has a hundred of them', () => {
    expect(CASES.length).toBeGreaterThan(100);
  });
});
