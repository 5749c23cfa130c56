// Estimated rows of a statement that is held: planned, never run.
import { beforeAll, describe, expect, it } from 'vitest';
import { loadSqlParser } from '../../src/actions/sql/load-sql-parser.ts';
import { createActions } from '../../src/actions/registry.ts';
import type { Call } from '../../src/core/call.ts';
import { explainRehearsal } from '../../src/core/rehearsal.ts';
import { callOf } from '../core/risk/risk-fixture.ts';
import { answered, fakeReadClient, previewOf } from './fake-read-client.ts';

beforeAll(() => loadSqlParser());

const sql = (body: object | string): Call =>
  callOf({ url: 'https://ep.neon.tech/sql', body, type: 'application/json' });
const actionsOf = (call: Call): ReturnType<ReturnType<typeof createActions>['recognise']> =>
  createActions([{ id: 'api', kind: 'sql-over-http', sqlService: 'neon', basePath: '' }]).recognise(call);

const plan = {
  Plan: {
    'Node Type': 'ModifyTable',
    Operation: 'Delete',
    'Relation Name': 'users',
    'Plan Rows': 0,
    Plans: [{ 'Node Type': 'Seq Scan', 'Relation Name': 'users', 'Plan Rows': 48_000 }],
  },
};

describe('a statement', () => {
  it.each([
    ['rows as maps', { rows: [{ 'QUERY PLAN': [plan] }] }],
    ['rows as lists', { rows: [[[plan]]] }],
  ])('shows what the planner expects: %s', async (_what, answer) => {
    const call = sql({ query: 'DELETE FROM users', params: [] });
    const client = fakeReadClient(() => answered(200, answer), true);
    const preview = await previewOf(client, call, actionsOf(call));
    expect(client.asked).toEqual(['dry run POST /sql {"query":"EXPLAIN (FORMAT JSON) DELETE FROM users","params":[]}']);
    expect(preview).toMatchObject({ outcome: 'shown', cut: false });
    expect(preview.facts).toEqual([
      { name: 'rows, estimated', value: '48000' },
      { name: 'Delete ModifyTable users', value: '0 rows' },
      { name: 'Seq Scan users', value: '48000 rows' },
    ]);
  });

  it.each([
    ['no plan', answered(200, { rows: [] }), 'no plan'],
    ['a refusal', answered(400, { message: 'syntax error' }), 'HTTP 400'],
    ['nothing', answered(404, {}), 'nothing at this address'],
  ])('with %s is a preview that failed', async (_what, answer, why) => {
    const call = sql({ query: 'DELETE FROM users' });
    const preview = await previewOf(
      fakeReadClient(() => answer, true),
      call,
      actionsOf(call),
    );
    expect(preview).toMatchObject({ outcome: 'failed', note: expect.stringContaining(why) });
  });

  it('is not planned without dry runs', async () => {
    const call = sql({ query: 'DELETE FROM users' });
    const client = fakeReadClient(() => undefined);
    expect(await previewOf(client, call, actionsOf(call))).toMatchObject({ outcome: 'none' });
    expect(client.asked).toEqual([]);
  });
});

describe('EXPLAIN', () => {
  const planned = (query: string): string | undefined => {
    const body = explainRehearsal(sql({ query }))?.call.body;
    return body?.state === 'whole'
      ? (JSON.parse(Buffer.from(body.bytes).toString()) as { query: string }).query
      : undefined;
  };

  it.each([
    'SELECT 1',
    '  update users set a = 1 where id = 2 ;',
    'WITH x AS (SELECT 1) DELETE FROM users USING x',
    'insert into t values (1)',
    'merge into t using s on true when matched then delete',
  ])('stands before %j', (query) =>
    expect(planned(query)).toBe(`EXPLAIN (FORMAT JSON) ${query.trim().replace(/;$/, '')}`),
  );

  it.each([
    'DELETE FROM users; DROP TABLE users',
    "SELECT ';'",
    'DELETE FROM users;;',
    'ANALYZE DELETE FROM users',
    'EXPLAIN ANALYZE DELETE FROM users',
    '(VERBOSE) DELETE FROM users',
    '/* */ DELETE FROM users',
    'DROP TABLE users',
    'COPY users TO STDOUT',
    'CREATE TABLE x AS SELECT 1',
    'EXECUTE plan',
    'selection',
    '',
  ])('does not stand before %j', (query) => expect(planned(query)).toBeUndefined());

  it.each<[string, Call]>([
    ['a batch', sql({ queries: [{ query: 'SELECT 1' }] })],
    ['a query and a batch', sql({ query: 'SELECT 1', queries: [] })],
    ['a parameter that is no plain value', sql({ query: 'SELECT $1', params: [{ a: 1 }] })],
    ['another path', callOf({ url: 'https://ep.neon.tech/other', body: { query: 'SELECT 1' } })],
    ['no JSON', sql('query=SELECT 1')],
    ['a query twice', sql('{"query":"SELECT 1","query":"DROP TABLE x"}')],
    ['a GET', callOf({ method: 'GET', url: 'https://ep.neon.tech/sql' })],
  ])('is not made of %s', (_what, call) => expect(explainRehearsal(call)).toBeUndefined());
});
