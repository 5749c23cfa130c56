// What is asked, in every form that GraphQL over HTTP has: fields through aliases and fragments, arguments with their variables.
import { describe, expect, it } from 'vitest';
import { graphqlCatalogue } from '../../../src/actions/graphql/catalogue.ts';
import { sha256 } from '../../../src/core/sha256.ts';
import { TAGS } from '../../../src/core/policy/schema-words.ts';
import { type CallParts, envelope, recognise, told } from './calls.ts';

const q = (query: string, more: object = {}): object => ({ query, ...more });
const url = (parts: Record<string, string>): CallParts => ({
  method: 'GET',
  query: new URLSearchParams(parts).toString(),
});

describe('a root field is an action', () => {
  it.each<[unknown, string[], CallParts?]>([
    [q('{ orders { id } }'), ['query:orders read - {}']],
    [
      q('query Q { orders(first: 5, after: "x", open: true, by: PRICE, n: null) { id } }'),
      ['query:orders read - {"first":5,"after":"x","open":true,"by":"PRICE","n":null}'],
    ],
    [q('mutation { deleteOrder(id: 7) { ok } }'), ['mutation:deleteOrder write destructive {"id":7}']],
    [
      q('mutation { a: cancelOrder(id: 1) { ok } b: cancelOrder(id: 2) { ok } }'),
      ['mutation:cancelOrder write destructive {"id":1}', 'mutation:cancelOrder write destructive {"id":2}'],
    ],
    [q('mutation { orders: deleteOrder(id: 1) { ok } }'), ['mutation:deleteOrder write destructive {"id":1}']],
    // As urql sends a fragment of a mutation.
    [
      q('mutation { ...F } fragment F on Mutation { deleteOrder(id: 1) { ok } __typename }'),
      ['mutation:deleteOrder write destructive {"id":1}'],
    ],
    [q('mutation { __typename: deleteOrder(id: 1) { ok } }'), ['mutation:deleteOrder write destructive {"id":1}']],
    [q('{ __typename }'), ['query:__typename read - {}']],
    [q('subscription { orderAdded { id } }'), ['subscription:orderAdded read - {}']],
    [
      q('mutation M($i: In!, $n: Int = 3) { pay(input: $i, n: $n, deep: [{ x: $n }]) { ok } }', {
        variables: { i: { sum: 5 } },
      }),
      ['mutation:pay write - {"input":{"sum":5},"n":3,"deep":[{"x":3}]}'],
    ],
    [q('mutation M($id: ID) { pay(id: $id) { ok } }'), ['mutation:pay write - {}']],
    [q('mutation { pay(id: 9007199254740993) { ok } }'), ['mutation:pay write - {"id":"9007199254740993"}']],
    [q('mutation { pay(card: """block "text" """) { ok } }'), ['mutation:pay write - {"card":"block \\"text\\" "}']],
    [
      q('mutation { setUp(password: "x", apiKey: "y", id: 1) { ok } }'),
      ['mutation:setUp write - {"password":"[redacted]","apiKey":"[redacted]","id":1}'],
    ],
    [
      q('query { ...F } fragment F on Query { orders { id } ...G } fragment G on Query { users { id } }'),
      ['query:orders read - {}', 'query:users read - {}'],
    ],
    [
      q('mutation { ... on Mutation { ... { ... on Mutation @include(if: false) { drop { ok } } } } }'),
      ['mutation:drop write destructive {}'],
    ],
    [
      q('mutation { ping drop @skip(if: true) { ok } }'),
      ['mutation:ping write - {}', 'mutation:drop write destructive {}'],
    ],
    [q('query A { a } mutation B { drop }', { operationName: 'A' }), ['query:a read - {}']],
    [q('query A { a } mutation B { drop }', { operationName: 'B' }), ['mutation:drop write destructive {}']],
    [q('query F { ...F } fragment F on Query { a ...F }'), ['query:a read - {}']],
    [q('{ __schema { types { name } } __typename }'), ['query:__schema read - {}']],
    [q('{ viewer { apiTokens { password } } }'), ['query:viewer read secret-read {}']],
    [q('{ viewer { apiKey } }'), ['query:viewer read secret-read {}']],
    [q('{ viewer { ... { private_key } } }'), ['query:viewer read secret-read {}']],
    [q('{ viewer { t: accessToken } }'), ['query:viewer read secret-read {}']],
    [q('{ session { token } }'), ['query:session read secret-read {}']],
    [q('{ apiKeys { id } }'), ['query:apiKeys read secret-read {}']],
    [q('{ orders { pageInfo { nextPageToken } key } }'), ['query:orders read - {}']],
    [q('{ viewer { ...V } } fragment V on User { vault { id } }'), ['query:viewer read secret-read {}']],
    [
      q('mutation { user { delete(id: 1) { ok } } }'),
      ['mutation:user write - {}', 'mutation:user.delete write destructive {"id":1}'],
    ],
    [
      q('mutation { a { b { ...C } } } fragment C on B { grantRole(to: "x") { ok } }'),
      ['mutation:a write - {}', 'mutation:a.b.grantRole write privilege-escalation {"to":"x"}'],
    ],
    [
      [q('{ a }'), q('mutation { drop }')],
      ['query:a read - {}', 'mutation:drop write destructive {}'],
    ],
    ['mutation { drop }', ['mutation:drop write destructive {}'], { type: 'application/graphql' }],
    [
      'query A { a } query B { b(x: 1) }',
      ['query:b read - {"x":1}'],
      { type: 'application/graphql', query: 'operationName=B' },
    ],
    [
      new URLSearchParams({ query: 'mutation M($x: Int) { pay(x: $x) }', variables: '{"x":4}' }).toString(),
      ['mutation:pay write - {"x":4}'],
      { type: 'application/x-www-form-urlencoded' },
    ],
    [undefined, ['query:a read - {"x":4}'], url({ query: 'query($x: Int) { a(x: $x) }', variables: '{"x":4}' })],
    [undefined, ['mutation:drop write destructive {}'], url({ query: 'mutation { drop }' })],
    [q('{ a }', { operationName: null, variables: null, extensions: {} }), ['query:a read - {}']],
    [q('{ a }', { operationName: '' }), ['query:a read - {}']],
    [
      q('{ a }', { extensions: { persistedQuery: { version: 1, sha256Hash: sha256('{ a }') } } }),
      ['query:a read - {}'],
    ],
    [q('{ a }'), ['query:a read - {}'], { path: '/api/graphql' }],
    [q('{ a }'), ['query:a read - {}'], { path: '/', query: 'trace=1' }],
    [q('# comment\n,,{ \uFEFFa }'), ['query:a read - {}']],
  ])('%j is %j', (body, expected, parts) => {
    expect(recognise(body, parts).map(told)).toEqual(expected);
  });

  it('in an upload', () => {
    const body = [
      '--B',
      'Content-Disposition: form-data; name="operations"',
      '',
      JSON.stringify(q('mutation($f: Upload!) { put(f: $f) }', { variables: { f: null } })),
      '--B',
      'Content-Disposition: form-data; name="map"',
      '',
      '{"0":["variables.f"]}',
      '--B',
      'Content-Disposition: form-data; name="0"; filename="a.bin"',
      'Content-Type: application/octet-stream',
      '',
      '\x00\x01',
      '--B--',
      '',
    ].join('\r\n');
    expect(recognise(body, { type: 'multipart/form-data; boundary=B' }).map(told)).toEqual([
      'mutation:put write - {"f":null}',
    ]);
  });
});

describe('a document that the server has stored', () => {
  it.each<[unknown, CallParts?]>([
    [{ extensions: { persistedQuery: { version: 1, sha256Hash: 'abc' } } }],
    [{ id: 'abc', variables: {} }],
    [{ doc_id: 'abc' }],
    [{ documentId: 'abc' }],
    [undefined, url({ extensions: '{"persistedQuery":{"version":1,"sha256Hash":"abc"}}' })],
    [undefined, url({ id: 'abc' })],
  ])('%j is unknown, with its hash', (body, parts) => {
    const actions = recognise(body, parts);
    expect(actions.map(told)).toEqual(['!graphql:unknown']);
    expect(actions[0]?.params).toEqual({ why: 'its document is stored at the server', stored: 'abc' });
  });
});

it('says in one sentence what is done', () => {
  const [action] = recognise(q('mutation { grant(to: "ann", role: ADMIN, password: "x", a: 1, b: 2) { ok } }'));
  expect(action?.summary).toBe(
    'GraphQL mutation grant of shop with to "ann", role "ADMIN", password "[redacted]", a 1 and 1 more',
  );
});

it('knows how many answers a batch waits for', () => {
  expect(envelope([q('{ a }'), q('{ b }')])).toEqual({ batch: true, ids: [undefined, undefined] });
  expect(envelope(q('{ a }'))).toEqual({ batch: false, ids: [undefined] });
  // A client that sends a hash can send the query; one that sends an id may not have it.
  const hash = { extensions: { persistedQuery: { version: 1, sha256Hash: 'abc' } } };
  expect(envelope(hash)).toEqual({ batch: false, ids: [undefined], hashOnly: true });
  for (const other of [
    { documentId: 'abc' },
    { ...hash, id: 'abc' },
    [hash],
    { ...hash, ...q('{ a }') },
    { ...hash, Query: '{ a }' },
  ])
    expect(envelope(other)).not.toHaveProperty('hashOnly');
});

it('has a catalogue with tags of the policy language only', () => {
  const entries = [...graphqlCatalogue().entries()];
  expect(entries.flatMap(({ tags }) => tags).filter((tag) => !TAGS.includes(tag))).toEqual([]);
  expect(entries.map(({ name }) => name)).toEqual(entries.map(({ name }) => name).toSorted());
});
