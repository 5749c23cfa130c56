// Calls with contradicting, duplicate, hidden or unreadable signals: none is read as less than the worst that the service could make of it.
import { beforeAll, describe, expect, it } from 'vitest';
import { createSqlRecogniser } from '../../../../src/actions/sql/http/recogniser.ts';
import { knownService } from '../../../../src/actions/sql/http/known-hosts.ts';
import { loadSqlParser } from '../../../../src/actions/sql/load-sql-parser.ts';
import type { Call, CallBody } from '../../../../src/core/call.ts';
import type { SqlService } from '../../../../src/core/upstream.ts';
import { callOf, does } from './calls.ts';

beforeAll(async () => {
  await loadSqlParser();
});

/** Where each service takes a statement as a member of a JSON object. */
const JSON_SERVICES: readonly (readonly [
  service: SqlService,
  path: string,
  wrap: (member: string) => string,
  member: string,
])[] = [
  ['snowflake', '/api/v2/statements', (inner) => `{${inner}}`, 'statement'],
  ['bigquery', '/bigquery/v2/projects/p/queries', (inner) => `{${inner}, "useLegacySql": false}`, 'query'],
  ['neon', '/sql', (inner) => `{${inner}}`, 'query'],
  ['databricks', '/api/2.0/sql/statements', (inner) => `{${inner}}`, 'statement'],
  ['d1', '/client/v4/accounts/a/d1/database/d/query', (inner) => `{${inner}}`, 'sql'],
  ['libsql', '/v2/pipeline', (inner) => `{"requests": [{"type": "execute", "stmt": {${inner}}}]}`, 'sql'],
  ['spanner', '/v1/projects/p/instances/i/databases/d/sessions/s:executeSql', (inner) => `{${inner}}`, 'sql'],
];
const BAD = 'DROP TABLE users';
const GOOD = 'SELECT 1';

/** True where the drop is seen, or something of the call is unknown. */
function isStrict(service: SqlService, call: Call): boolean {
  return does(service, call).some((each) => each.startsWith('unknown: ') || each.includes('sql:drop:'));
}

const pair = (name: string, value: string): string => `"${name}": ${JSON.stringify(value)}`;
const raw = (text: string, encoding: BufferEncoding = 'utf8'): CallBody => {
  const bytes = Buffer.from(text, encoding);
  return { state: 'whole', bytes, decoded: bytes };
};

describe.each(JSON_SERVICES)('%s', (service, path, wrap, member) => {
  const upper = member.toUpperCase();
  const escaped = `\\u${member.charCodeAt(0).toString(16).padStart(4, '0')}${member.slice(1)}`;
  const bodies: Readonly<Record<string, CallBody>> = {
    'the member twice, the bad one last': raw(wrap(`${pair(member, GOOD)}, ${pair(member, BAD)}`)),
    'the member twice, the bad one first': raw(wrap(`${pair(member, BAD)}, ${pair(member, GOOD)}`)),
    'the member twice, once escaped': raw(wrap(`${pair(member, GOOD)}, "${escaped}": ${JSON.stringify(BAD)}`)),
    'the member in another case': raw(wrap(pair(upper, BAD))),
    'the member beside one in another case': raw(wrap(`${pair(member, GOOD)}, ${pair(upper, BAD)}`)),
    'no member': raw(wrap('"x": 1')),
    'null for a statement': raw(wrap(`"${member}": null`)),
    'a number for a statement': raw(wrap(`"${member}": 1`)),
    'a list for a statement': raw(wrap(`"${member}": ["${BAD}"]`)),
    'an object for a statement': raw(wrap(`"${member}": {"${member}": "${BAD}"}`)),
    'an empty statement': raw(wrap(`"${member}": ""`)),
    'an escaped statement': raw(wrap(`"${member}": "\\u0044ROP TABLE users"`)),
    'a NUL in the statement': raw(wrap(`"${member}": "SELECT 1\\u0000; ${BAD}"`)),
    'a lone surrogate': raw(wrap(`"${member}": "SELECT '\\ud800'; ${BAD}"`)),
    'something behind the object': raw(`${wrap(pair(member, GOOD))} {${pair(member, BAD)}}`),
    'two objects in lines': raw(`${wrap(pair(member, GOOD))}\n${wrap(pair(member, BAD))}`),
    'a comment': raw(wrap(`/* ${pair(member, GOOD)} */ ${pair(member, BAD)}`)),
    'single quotes': raw(wrap(pair(member, BAD)).replaceAll('"', "'")),
    'a byte order mark': raw(`\ufeff${wrap(pair(member, BAD))}`),
    'UTF-16': raw(wrap(pair(member, BAD)), 'utf16le'),
    'bytes that are no UTF-8': {
      state: 'whole',
      bytes: Buffer.from(wrap(pair(member, BAD)).replace('users', 'us\u00ffers'), 'latin1'),
      decoded: Buffer.from(wrap(pair(member, BAD)).replace('users', 'us\u00ffers'), 'latin1'),
    },
    'nesting without end': raw('['.repeat(5000)),
    'a deep object': raw(wrap(`"a": ${'{"a":'.repeat(100)}1${'}'.repeat(100)}, ${pair(member, GOOD)}`)),
    'no body': { state: 'none' },
    'a body of length zero': raw(''),
    'a body that is still to come': { state: 'unread' },
    'a body over the limit': { state: 'unreadable', why: 'over-limit' },
    'a coding that nobody knows': { state: 'unreadable', why: 'unknown-coding', bytes: Buffer.from('x') },
    'a broken coding': { state: 'unreadable', why: 'undecodable', bytes: Buffer.from('x') },
    'a charset that nobody knows': { state: 'unreadable', why: 'unknown-charset', bytes: Buffer.from('x') },
    'a compressed body': {
      state: 'whole',
      bytes: Buffer.from('compressed'),
      decoded: Buffer.from(wrap(pair(member, BAD))),
    },
    'a form': raw(`${member}=${encodeURIComponent(BAD)}`),
  };

  it.each(Object.keys(bodies))('%s', (name) => {
    const body = bodies[name];
    if (body === undefined) throw new Error(name);
    const call = callOf(`POST ${path}`, undefined, { body, headers: ['Content-Type', 'application/json'] });
    expect(isStrict(service, call)).toBe(true);
  });

  const headers: Readonly<Record<string, readonly string[]>> = {
    'a form by its type': ['Content-Type', 'application/x-www-form-urlencoded'],
    'several parts by its type': ['Content-Type', 'multipart/form-data; boundary=x'],
    'two types': ['Content-Type', 'application/json', 'Content-Type', 'text/plain'],
    'a type that cannot be read': ['Content-Type', 'application json'],
    'another charset': ['Content-Type', 'application/json; charset=utf-16'],
    'another notation': ['Content-Type', 'application/cbor'],
    'another method': ['Content-Type', 'application/json', 'X-HTTP-Method-Override', 'DELETE'],
    'another method, spelled otherwise': ['Content-Type', 'application/json', 'x-method', 'DELETE'],
  };
  it.each(Object.keys(headers))('%s', (name) => {
    const call = callOf(`POST ${path}`, undefined, {
      body: raw(wrap(pair(member, GOOD))),
      headers: headers[name] ?? [],
    });
    expect(does(service, call).some((each) => each.startsWith('unknown: '))).toBe(true);
  });

  it.each([
    `/x/..${path}`,
    `/.${path}`,
    `/${path}`,
    path.replace(/\/([^/]+)$/, '//$1'),
    path.replace(/\/([^/]+)$/, '/./$1'),
    path.replace(/\/([^/]+)$/, '%2f$1'),
    path.replace(/\/([^/]+)$/, '\\$1'),
    `${path};x=1`,
    `${path}/..`,
    `${path}%00`,
    `${path}%3fx`,
    `${path}.json`,
    path.toUpperCase(),
  ])('the path %s', (odd) => {
    expect(isStrict(service, callOf(`POST ${odd}`, undefined, { body: raw(wrap(pair(member, BAD))) }))).toBe(true);
    const good = does(service, callOf(`POST ${odd}`, undefined, { body: raw(wrap(pair(member, GOOD))) }));
    expect(good.some((each) => each.startsWith('unknown: '))).toBe(true);
  });

  it.each(['PUT', 'PATCH', 'QUERY', 'post', 'FOO'])('the method %s', (method) => {
    expect(isStrict(service, callOf(`${method} ${path}`, undefined, { body: raw(wrap(pair(member, BAD))) }))).toBe(
      true,
    );
  });
});

describe('clickhouse', () => {
  it.each([
    ['the query twice, the bad one last', `/?query=${GOOD}&query=${BAD}`, ''],
    ['the query twice, the bad one first', `/?query=${BAD}&query=${GOOD}`, ''],
    ['the query in another case', `/?query=${GOOD}&Query=${BAD}`, ''],
    ['an escaped name', `/?query=${GOOD}&%71uery=${BAD}`, ''],
    ['a semicolon between parameters', `/?query=${GOOD};query=${BAD}`, ''],
    ['an escape that is escaped', `/?query=${BAD.replace('DROP', '%2544ROP')}`, ''],
    ['a broken escape', '/?query=DROP%2', ''],
    ['the rest of the statement in the body', '/?query=DROP', 'TABLE users'],
    ['a comment that the body ends', '/?query=SELECT 1 /*', '*/; DROP TABLE users'],
    ['a string that the body ends', "/?query=SELECT '", "'; DROP TABLE users; --'"],
    ['a second statement in the body', '/?query=SELECT 1', `; ${BAD}`],
    ['a statement behind data', '/', `INSERT INTO t VALUES (1); ${BAD}`],
    ['a body in its own blocks', '/?decompress=1', GOOD],
    ['a format that the body names', '/?query=INSERT INTO t FORMAT', `Values (1); ${BAD}`],
    ['a function as the target of data', "/?query=INSERT INTO FUNCTION url('x') FORMAT CSV", '1'],
  ])('%s', (_name, target, body) => {
    const call = callOf(`POST ${target.replaceAll(' ', '%20')}`, body);
    expect(does('clickhouse', call).some((each) => /unknown|drop|data-export/.test(each))).toBe(true);
  });

  it.each(['multipart/form-data; boundary=x', 'text/plain; charset=utf-16'])('the type %s', (type) => {
    expect(isStrict('clickhouse', callOf('POST /', GOOD, { headers: ['Content-Type', type] }))).toBe(true);
  });

  it('reads no statement that is no text', () => {
    expect(does('clickhouse', callOf('POST /', new Uint8Array([0x53, 0xff])))).toContain('unknown: not-text');
  });
});

describe('trino', () => {
  it.each([
    ['a broken escape', ['X-Trino-Prepared-Statement', 'p=%zz']],
    ['no name', ['X-Trino-Prepared-Statement', 'DROP+TABLE+users']],
    ['the other product’s header', ['X-Presto-Prepared-Statement', 'p=DROP+TABLE+users']],
    ['several in one header', ['X-Trino-Prepared-Statement', 'a=SELECT+1,b=DROP+TABLE+users']],
    [
      'several headers',
      ['X-Trino-Prepared-Statement', 'a=SELECT+1', 'x-trino-prepared-statement', 'b=DROP+TABLE+users'],
    ],
    ['two catalogs', ['X-Trino-Catalog', 'a', 'X-Trino-Catalog', 'b', 'X-Trino-Schema', 's']],
  ])('%s', (_name, headers) => {
    expect(isStrict('trino', callOf('POST /v1/statement', GOOD, { headers }))).toBe(true);
  });
});

describe('postgrest', () => {
  it.each([
    '/users?id=',
    '/users?',
    '/users?and=()',
    '/users?limit=1',
    '/users?orders.id=eq.1',
    '/users?apikey=x',
    '/users?on_conflict=id',
    '/users?columns=id&select=id',
  ])('DELETE %s is of the whole table', (target) => {
    expect(does('postgrest', callOf(`DELETE ${target}`))).toEqual([
      'sql:delete:public.users write destructive +no-where',
    ]);
  });

  it.each(['/users/../secrets', '//users', '/users%2f..%2fsecrets', '/users;x', '/%00', '/rpc/a/b', '/rpc'])(
    'the path %s is never only a question about users',
    (path) => {
      const found = does('postgrest', callOf(`GET ${path}`));
      expect(found.some((each) => each.startsWith('unknown: ') || each.includes('public.rpc'))).toBe(true);
    },
  );

  it('takes a schema that is said twice for a doubt', () => {
    const headers = ['Accept-Profile', 'a', 'Accept-Profile', 'b'];
    expect(does('postgrest', callOf('GET /users', undefined, { headers }))).toContain('unknown: repeated-header');
  });
});

describe('the hosts that are known', () => {
  it.each([
    ['acme-prod.snowflakecomputing.com', '/api/v2/statements', 'snowflake'],
    ['acme.snowflakecomputing.com', '/api//v2/%73tatements', 'snowflake'],
    ['abc.supabase.co', '/rest/v1/users', 'postgrest'],
    ['abc.supabase.co', '/%72est/v1/users', 'postgrest'],
    ['api.cloudflare.com', '/client/v4/accounts/a/d1/database/d/query', 'd1'],
    ['api.us-east-1.aws.neon.tech', '/sql', 'neon'],
    ['db-org.turso.io', '/v2/pipeline', 'libsql'],
    ['x.eu-west-1.aws.clickhouse.cloud:8443', '/', 'clickhouse'],
    ['dbc-1.cloud.databricks.com', '/api/2.0/sql/statements', 'databricks'],
    ['adb-1.2.azuredatabricks.net', '/api/2.0/sql/statements', 'databricks'],
  ])('%s%s is of %s', (host, path, service) => {
    expect(knownService({ host, path })).toBe(service);
  });

  it.each([
    ['api.cloudflare.com', '/client/v4/zones'],
    ['abc.supabase.co', '/auth/v1/token'],
    ['snowflakecomputing.com.evil.example', '/api/v2/statements'],
    ['evilsnowflakecomputing.com', '/api/v2/statements'],
    ['example.com', '/sql'],
  ])('%s%s is of none', (host, path) => {
    expect(knownService({ host, path })).toBeUndefined();
    expect(createSqlRecogniser().claims(callOf(`POST ${path}`, undefined, { host }))).toBe(false);
  });
});

it('is read below the base of the upstream', () => {
  expect(does('postgrest', callOf('DELETE /api/users'), '/api')).toEqual([
    'sql:delete:public.users write destructive +no-where',
  ]);
  expect(does('postgrest', callOf('DELETE /users'), '/api')).toContain('unknown: unclear-path');
});
