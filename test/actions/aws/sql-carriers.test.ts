// Calls that carry SQL are, beside their own action, what their statements do.
import { beforeAll, describe, expect, it } from 'vitest';
import { loadSqlParser } from '../../../src/actions/sql/load-sql-parser.ts';
import type { Call } from '../../../src/core/call.ts';
import { call, json, recognise } from './calls.ts';

beforeAll(loadSqlParser);

const shown = (to: Call): string[] =>
  recognise(to).map(({ name, confidence }) => (confidence === 'exact' ? name : `${name} ${confidence}`));
const rdsData = (path: string, body: unknown): Call =>
  call(`POST ${path}`, {
    scope: 'rds-data',
    headers: ['Content-Type', 'application/json'],
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const aurora = (sql: string, more: object = {}): Call =>
  rdsData('/Execute', { resourceArn: 'arn:c', secretArn: 's', sql, ...more });
const athena = (QueryString: string, more: object = {}): Call =>
  json('athena', 'AmazonAthena.StartQueryExecution', { QueryString, WorkGroup: 'primary', ...more });
const LAMBDA = { QueryExecutionContext: { Catalog: 'Lambda:pay', Database: 'd' } };
const redshift = (body: object, operation = 'ExecuteStatement'): Call =>
  json('redshift-data', `RedshiftData.${operation}`, { ClusterIdentifier: 'c', Database: 'd', ...body });
const dynamo = (operation: string, body: object): Call => json('dynamodb', `DynamoDB_20120810.${operation}`, body);
const timestream = (QueryString: string): Call =>
  call('POST https://query.timestream.us-east-1.amazonaws.com/', {
    scope: 'timestream',
    headers: ['X-Amz-Target', 'Timestream_20181101.Query', 'Content-Type', 'application/x-amz-json-1.0'],
    body: JSON.stringify({ QueryString }),
  });

describe('SQL in calls to AWS', () => {
  it.each([
    [
      'Aurora, which may be PostgreSQL or MySQL',
      aurora('DROP TABLE orders', { database: 'shop' }),
      ['aws:rds-data:ExecuteStatement', 'sql:drop:public.orders ambiguous', 'sql:drop:shop.orders ambiguous'],
    ],
    [
      'values by name',
      aurora('SELECT * FROM shop.orders WHERE id = :id', { parameters: [{ name: 'id', value: { longValue: 1 } }] }),
      ['aws:rds-data:ExecuteStatement', 'sql:select:shop.orders'],
    ],
    [
      'many sets of values',
      rdsData('/BatchExecute', {
        resourceArn: 'arn:c',
        secretArn: 's',
        sql: 'INSERT INTO shop.orders VALUES (:a)',
        parameterSets: [[{ name: 'a', value: { longValue: 1 } }]],
      }),
      ['aws:rds-data:BatchExecuteStatement', 'sql:insert:shop.orders'],
    ],
    [
      'several statements',
      rdsData('/ExecuteSql', {
        dbClusterOrInstanceArn: 'arn:c',
        awsSecretStoreArn: 's',
        sqlStatements: 'SELECT 1 FROM s.a; DELETE FROM s.b',
      }),
      ['aws:rds-data:ExecuteSql', 'sql:select:s.a', 'sql:delete:s.b'],
    ],
    [
      'Redshift',
      redshift({ Sql: "UNLOAD ('select * from t') TO 's3://b/x' IAM_ROLE 'arn:aws:iam::111122223333:role/x'" }),
      ['aws:redshift-data:ExecuteStatement', 'sql:unload:-', 'sql:select:public.t'],
    ],
    [
      'a batch of Redshift',
      redshift({ Sqls: ['select * from a', 'drop table b'] }, 'BatchExecuteStatement'),
      ['aws:redshift-data:BatchExecuteStatement', 'sql:select:public.a', 'sql:drop:public.b'],
    ],
    [
      'Athena',
      athena('SELECT * FROM logs', { QueryExecutionContext: { Database: 'web' } }),
      ['aws:athena:StartQueryExecution', 'sql:select:web.logs'],
    ],
    [
      'an export of Athena',
      athena("UNLOAD (SELECT * FROM a.t) TO 's3://b/x' WITH (format='CSV')"),
      ['aws:athena:StartQueryExecution', 'sql:unload:-', 'sql:select:a.t'],
    ],
    ['Timestream', timestream('SELECT * FROM "db"."t"'), ['aws:timestream:Select', 'sql:select:db.t']],
    [
      'PartiQL',
      dynamo('ExecuteStatement', { Statement: 'SELECT * FROM "orders" WHERE id = ?' }),
      ['aws:dynamodb:PartiQLSelect', 'sql:select:orders'],
    ],
    [
      'what PartiQL has and SQL has not',
      dynamo('BatchExecuteStatement', {
        Statements: [
          { Statement: `INSERT INTO "a" VALUE {'id': '1', 'list': <<'x'>>}` },
          { Statement: 'UPDATE "b" REMOVE "c" WHERE id = ?' },
        ],
      }),
      ['aws:dynamodb:PartiQLInsert', 'aws:dynamodb:PartiQLUpdate', 'sql:insert:a', 'sql:update:b'],
    ],
    [
      'a condition of a transaction',
      dynamo('ExecuteTransaction', {
        TransactStatements: [
          { Statement: 'EXISTS(SELECT * FROM "a" WHERE id = ?)' },
          { Statement: 'DELETE FROM "b" WHERE id = ?' },
        ],
      }),
      ['aws:dynamodb:PartiQLSelect', 'aws:dynamodb:PartiQLDelete', 'sql:select:a', 'sql:delete:b'],
    ],
  ] as const)('%s', (_name, to, expected) => {
    expect(shown(to)).toEqual(expected);
  });

  it('say what carried them', () => {
    const [, drop] = recognise(redshift({ Sql: 'DROP TABLE t' }));
    expect(drop).toMatchObject({ tags: ['destructive'], params: { carrier: 'aws:redshift-data:ExecuteStatement' } });
  });
});

describe('a call whose SQL certainly only reads is a read', () => {
  it.each([
    ['Aurora, in both dialects', aurora('SELECT * FROM orders LIMIT 5', { database: 'shop' }), 'read'],
    ['one that changes something in one dialect', aurora('SELECT 1 /*! INTO OUTFILE "/tmp/x" */ FROM shop.t'), 'write'],
    ['a function that nobody knows', aurora('SELECT pay(id) FROM shop.orders'), 'write'],
    ['rows that are locked', aurora('SELECT * FROM shop.orders FOR UPDATE'), 'write'],
    ['a table of passwords', redshift({ Sql: 'SELECT * FROM pg_shadow' }), 'write'],
    ['Redshift', redshift({ Sql: 'SELECT count(*) FROM sales' }), 'read'],
    ['a batch that reads', redshift({ Sqls: ['select 1', 'select 2'] }, 'BatchExecuteStatement'), 'read'],
    ['a batch that does not', redshift({ Sqls: ['select 1', 'drop table b'] }, 'BatchExecuteStatement'), 'write'],
    ['Athena', athena('SELECT * FROM web.logs LIMIT 5', { ClientRequestToken: 't' }), 'read'],
    ['Athena, to a bucket', athena('SELECT 1', { ResultConfiguration: { OutputLocation: 's3://b/' } }), 'write'],
    ['Athena, to a bucket in other letters', athena('SELECT 1', { resultConfiguration: {} }), 'write'],
    ['Athena, a new table', athena('CREATE TABLE x AS SELECT * FROM web.logs'), 'write'],
    ['Athena, by a function', athena('SELECT * FROM "lambda:pay".d.t'), 'write'],
    ['Athena, kept for others', athena('PREPARE monthly FROM SELECT 1'), 'write'],
    ['Athena, by a function that the context names', athena('SELECT * FROM t', LAMBDA), 'write'],
    [
      'Athena, with values',
      athena('SELECT ?', { ExecutionParameters: ["'it''s'", '-1.5', "DATE '2026-01-01'"] }),
      'read',
    ],
    ['Athena, with queries for values', athena('SELECT ?', { ExecutionParameters: ['(SELECT x FROM s.t)'] }), 'write'],
    ['Athena, with a value and more', athena('SELECT ?', { ExecutionParameters: ["'a' || f('b')"] }), 'write'],
    ['Timestream', timestream('SELECT * FROM "db"."t"'), 'read'],
    ['PartiQL', dynamo('ExecuteStatement', { Statement: 'SELECT * FROM "orders" WHERE id = ?' }), 'read'],
  ] as const)('%s', (_name, to, level) => {
    const [own] = recognise(to);
    expect([own?.level, own?.tags]).toEqual([level, level === 'read' ? [] : ['sql-execution']]);
  });

  it('not where the call itself is doubtful', () => {
    const twice = { ...athena('SELECT * FROM a.t') };
    const found = recognise({ ...twice, headers: [...twice.headers, 'X-Amz-Target', 'AmazonAthena.ListWorkGroups'] });
    expect(found.find(({ name }) => name === 'aws:athena:StartQueryExecution')?.tags).toEqual(['sql-execution']);
  });
});

describe('SQL that cannot be read is unknown SQL', () => {
  const unread: Call = { ...athena('SELECT 1'), body: { state: 'unread' } };
  it.each([
    ['a body that is still to come', unread],
    [
      'two statements by one name',
      json('athena', 'AmazonAthena.StartQueryExecution', '{"QueryString":"SELECT 1","QueryString":"DROP TABLE t"}'),
    ],
    [
      'a statement that is no text',
      json('athena', 'AmazonAthena.StartQueryExecution', { QueryString: ['DROP TABLE t'] }),
    ],
    ['none', json('athena', 'AmazonAthena.StartQueryExecution', {})],
    [
      'a name that only some parsers read',
      json('athena', 'AmazonAthena.StartQueryExecution', { querystring: 'DROP TABLE t' }),
    ],
    ['one that no parser knows', aurora('FROBNICATE orders')],
    [
      'a batch with something else in it',
      redshift({ Sqls: ['select 1', { Sql: 'drop table b' }] }, 'BatchExecuteStatement'),
    ],
    [
      'more than anybody would look at',
      redshift({ Sqls: Array.from({ length: 101 }, () => 'select 1') }, 'BatchExecuteStatement'),
    ],
    ['too long', aurora(`SELECT ${'1,'.repeat(200_000)}1`)],
    ['PartiQL with a comment', dynamo('ExecuteStatement', { Statement: 'SELECT * FROM "a" -- FROM "b"' })],
    [
      'PartiQL with a sub-query',
      dynamo('ExecuteStatement', { Statement: 'SELECT * FROM "a" WHERE x IN (SELECT y FROM "b")' }),
    ],
    ['PartiQL without a verb', dynamo('ExecuteStatement', { Statement: '{}' })],
    ['an empty batch', dynamo('BatchExecuteStatement', { Statements: [] })],
  ])('%s', (_name, to) => {
    expect(recognise(to).some(({ provider, confidence }) => provider === 'sql' && confidence === 'unknown')).toBe(true);
  });

  it('is doubtful where the call is', () => {
    const twice = { ...athena('SELECT * FROM a.t') };
    const found = recognise({ ...twice, headers: [...twice.headers, 'X-Amz-Target', 'AmazonAthena.ListWorkGroups'] });
    expect(found.filter(({ provider }) => provider === 'sql').map(({ confidence }) => confidence)).toEqual([
      'ambiguous',
    ]);
  });
});
