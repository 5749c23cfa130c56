// Whatever the text or the call: at least one action, no exception, and only words that policies know.
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createActions } from '../../../src/actions/registry.ts';
import { classifySql } from '../../../src/actions/sql/classify-sql.ts';
import { SQL_DIALECTS } from '../../../src/actions/sql/dialect.ts';
import { createSqlRecogniser } from '../../../src/actions/sql/http/recogniser.ts';
import { loadSqlParser } from '../../../src/actions/sql/load-sql-parser.ts';
import type { Action } from '../../../src/core/action.ts';
import { LEVELS, TAGS } from '../../../src/core/policy/schema-words.ts';
import { SQL_SERVICES } from '../../../src/core/upstream.ts';
import { callOf } from './http/calls.ts';
import { casesOf, FILES } from './statements.ts';

beforeAll(async () => {
  await loadSqlParser();
});

const STATEMENTS = FILES.flatMap(([name]) => casesOf(name).map(({ text }) => text));
const PIECES = STATEMENTS.flatMap((text) => text.split(/(?<=\W)|(?=\W)/)).filter((piece) => piece !== '');

function check(actions: readonly Action[]): void {
  expect(actions.length).toBeGreaterThan(0);
  for (const { name, level, tags, provider, summary, confidence } of actions) {
    expect(provider).toBe('sql');
    expect(name).toMatch(/^sql:[a-z]+/);
    expect(LEVELS).toContain(level);
    expect(TAGS).toEqual(expect.arrayContaining([...tags]));
    expect(summary).not.toBe('');
    if (confidence === 'unknown') expect(level).toBe('unknown');
  }
}

const anyDialect = fc.constantFrom(...SQL_DIALECTS);
/** Statements with a piece of them cut out, doubled, or put elsewhere, and words of all of them in any order. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map((pieces) => pieces.join(' ')),
  fc
    .tuple(fc.constantFrom(...STATEMENTS), fc.nat(200), fc.nat(200), fc.nat(200))
    .map(([text, from, length, to]) => text.slice(0, to) + text.slice(from, from + length) + text.slice(to)),
  fc
    .tuple(fc.constantFrom(...STATEMENTS), fc.nat(200), fc.nat(40))
    .map(([text, from, n]) => text.slice(0, from) + text.slice(from + n)),
);

describe('classifySql', () => {
  it('has an answer to any text', () => {
    fc.assert(
      fc.property(anyText, anyDialect, (text, dialect) => {
        check(classifySql(text, dialect));
      }),
      { numRuns: 3000 },
    );
  });

  it('has the same answer every time', () => {
    fc.assert(
      fc.property(anyText, anyDialect, (text, dialect) => {
        expect(classifySql(text, dialect)).toEqual(classifySql(text, dialect));
      }),
      { numRuns: 300 },
    );
  });

  it('sees a second statement behind any first one that it understands', () => {
    fc.assert(
      fc.property(fc.constantFrom(...STATEMENTS), anyDialect, (text, dialect) => {
        const found = classifySql(`${text}\n; DROP TABLE victims`, dialect);
        const seen = found.some(
          ({ name, confidence }) => confidence === 'unknown' || /^sql:drop:.*victims$/.test(name),
        );
        // What follows a row of data, or stands in a quote that the first statement left open, is no statement.
        expect([text, dialect, seen || /format\s+\w+/i.test(text)]).toEqual([text, dialect, true]);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('the recognisers', () => {
  const paths = fc.constantFrom(
    '/',
    '/sql',
    '/users',
    '/rpc/f',
    '/api/v2/statements',
    '/queries/v1/query-request',
    '/v1/statement',
    '/v2/pipeline',
    '/api/2.0/sql/statements',
    '/bigquery/v2/projects/p/queries',
    '/bigquery/v2/projects/p/jobs',
    '/client/v4/accounts/a/d1/database/d/query',
    '/v1/projects/p/instances/i/databases/d/sessions/s:commit',
    '/v1/projects/p/instances/i/databases/d/ddl',
  );
  const names = fc.constantFrom(
    'sql',
    'query',
    'statement',
    'sqlText',
    'stmt',
    'batch',
    'steps',
    'requests',
    'type',
    'queries',
  );
  const others = fc.constantFrom(
    'configuration',
    'extract',
    'load',
    'copy',
    'mutations',
    'delete',
    'keySet',
    'statements',
    'role',
  );
  const anyJson = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom('SELECT 1', 'DROP TABLE t', 'execute', null, true, 5, ''),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.oneof(names, others), tie('value'), { maxKeys: 4 }),
    ),
  })).value;

  it('have an answer to any call', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SQL_SERVICES),
        fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'FOO'),
        fc.oneof(paths, fc.webPath()),
        fc.option(fc.webQueryParameters()),
        anyJson,
        (service, method, path, query, body) => {
          const target = `${path === '' ? '/' : path}${query === null ? '' : `?${query}`}`;
          const call = callOf(`${method} ${target}`, JSON.stringify(body));
          check(createSqlRecogniser(service).recognise(call));
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('are asked for upstreams that say so, and for hosts that are known', () => {
    const actions = createActions([{ id: 'db', kind: 'sql-over-http', sqlService: 'neon', basePath: '/v1' }]);
    const configured = callOf('POST /v1/sql', { query: 'DROP TABLE users' });
    expect(actions.family(configured)).toBe('sql-over-http');
    expect(actions.recognise(configured)[0]?.name).toBe('sql:drop:public.users');
    const known = { ...callOf('DELETE /rest/v1/users', undefined, { host: 'abc.supabase.co' }), upstream: 'other' };
    expect(actions.family(known)).toBe('sql-over-http');
    expect(actions.recognise(known)[0]?.name).toBe('sql:delete:public.users');
    expect(actions.family({ ...known, host: 'example.com' })).toBe('http');
  });
});
