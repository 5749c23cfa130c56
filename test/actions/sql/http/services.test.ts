// Each service in its own words: what its calls do, and that what is not one of its endpoints is unknown.
import { beforeAll, describe, expect, it } from 'vitest';
import { createSqlRecogniser } from '../../../../src/actions/sql/http/recogniser.ts';
import { loadSqlParser } from '../../../../src/actions/sql/load-sql-parser.ts';
import { SQL_SERVICES, type SqlService } from '../../../../src/core/upstream.ts';
import { type Body, callOf, does } from './calls.ts';

beforeAll(async () => {
  await loadSqlParser();
});

const D = 'sql:drop:users write destructive';
const S = 'sql:select:users read';
const BIGQUERY = '/bigquery/v2/projects/p';
const SPANNER = '/v1/projects/p/instances/i/databases/d';
const D1 = '/client/v4/accounts/a/d1/database';

type Case = readonly [request: string, body: Body | undefined, does: readonly string[], headers?: readonly string[]];

const CASES: Readonly<Record<SqlService, readonly Case[]>> = {
  snowflake: [
    ['POST /api/v2/statements', { statement: 'DROP TABLE users' }, [D]],
    ['POST /api/v2/statements?async=true', { statement: 'SELECT * FROM users', timeout: 60 }, [S]],
    [
      'POST /api/v2/statements',
      { statement: 'SELECT * FROM users', database: 'PROD', schema: 'PUBLIC', role: 'ACCOUNTADMIN', warehouse: 'W' },
      ['sql:select:prod.public.users read', 'sql:use:accountadmin read'],
    ],
    [
      'POST /api/v2/statements',
      { statement: 'SELECT 1; DROP TABLE users', parameters: { MULTI_STATEMENT_COUNT: '2' } },
      ['sql:select:- read', D],
    ],
    // What the drivers do beside statements.
    [
      'POST /session/v1/login-request?requestId=x&databaseName=PROD&roleName=ADMIN',
      { data: { LOGIN_NAME: 'u', PASSWORD: 'hunter2' } },
      ['sql:login:- write credential-issue', 'sql:use:admin read'],
    ],
    ['POST /session?delete=true&requestId=x', {}, ['sql:cancel:- write']],
    ['POST /telemetry/send', {}, ['sql:show:- list']],
    ['POST /session', {}, ['unknown: no-sql-endpoint']],
    ['POST /queries/v1/query-request?requestId=x', { sqlText: 'DROP TABLE users', sequenceId: 1 }, [D]],
    ['GET /api/v2/statements/01-ab?partition=1', undefined, ['sql:fetch:- read']],
    ['POST /api/v2/statements/01-ab/cancel', undefined, ['sql:cancel:- write']],
    ['DELETE /api/v2/databases/prod', undefined, ['unknown: no-sql-endpoint']],
  ],
  bigquery: [
    [
      `POST ${BIGQUERY}/queries`,
      { query: 'DROP TABLE ds.users', useLegacySql: false },
      ['sql:drop:ds.users write destructive'],
    ],
    [`POST ${BIGQUERY}/queries`, { query: 'SELECT 1' }, ['sql:select:- read', 'unknown: legacy-sql']],
    [
      `POST ${BIGQUERY}/queries`,
      { query: 'SELECT * FROM users', useLegacySql: false, defaultDataset: { datasetId: 'Ds' } },
      ['sql:select:p.ds.users read'],
    ],
    [
      `POST ${BIGQUERY}/queries`,
      { query: 'DROP TABLE ds.users', useLegacySql: false, dryRun: true },
      ['sql:explain:- read +dry-run'],
    ],
    [
      `POST ${BIGQUERY}/jobs`,
      {
        configuration: {
          query: {
            query: 'SELECT * FROM ds.users',
            useLegacySql: false,
            destinationTable: { projectId: 'p', datasetId: 'ds', tableId: 'copy' },
            writeDisposition: 'WRITE_TRUNCATE',
          },
        },
      },
      ['sql:select:ds.users read', 'sql:insert:p.ds.copy write destructive +overwrite'],
    ],
    [
      `POST ${BIGQUERY}/jobs`,
      {
        configuration: {
          extract: {
            sourceTable: { projectId: 'p', datasetId: 'ds', tableId: 'users' },
            destinationUris: ['gs://evil/*'],
          },
        },
      },
      ['sql:export:p.ds.users write data-export +server-file'],
    ],
    [
      `POST ${BIGQUERY}/jobs`,
      {
        configuration: {
          load: { destinationTable: { datasetId: 'ds', tableId: 't' }, sourceUris: ['gs://x'] },
        },
      },
      ['sql:load:ds.t write +server-file'],
    ],
    [
      `POST ${BIGQUERY}/jobs`,
      {
        configuration: {
          copy: {
            sourceTables: [{ datasetId: 'ds', tableId: 'a' }],
            destinationTable: { datasetId: 'other', tableId: 'b' },
          },
        },
      },
      ['sql:select:ds.a read', 'sql:insert:other.b write destructive +overwrite'],
    ],
    [`GET ${BIGQUERY}/queries/job1`, undefined, ['sql:fetch:- read']],
    [`GET ${BIGQUERY}/datasets/ds/tables/users/data`, undefined, ['sql:select:p.ds.users read']],
    [`POST ${BIGQUERY}/datasets/ds/tables/users/insertAll`, { rows: [] }, ['sql:insert:p.ds.users write']],
    [`DELETE ${BIGQUERY}/datasets/ds/tables/users`, undefined, ['sql:drop:p.ds.users write destructive']],
    [`DELETE ${BIGQUERY}/datasets/ds?deleteContents=true`, undefined, ['sql:drop:p.ds write destructive']],
    [`GET ${BIGQUERY}/datasets`, undefined, ['sql:show:- list']],
    [`PATCH ${BIGQUERY}/datasets/ds`, {}, ['unknown: no-sql-endpoint']],
  ],
  clickhouse: [
    ['POST /', 'DROP TABLE users', [D]],
    ['GET /?query=SELECT%20*%20FROM%20users', undefined, [S]],
    ['POST /?enable_http_compression=1&max_execution_time=5&readonly=1', 'SELECT * FROM users', [S]],
    ['POST /?readonly=0', 'SELECT * FROM users', [S, 'sql:set:readonly write']],
    ['POST /?query=SELECT+1', ' UNION ALL SELECT a FROM users', [S]],
    ['POST /?database=prod', 'SELECT * FROM users', ['sql:select:prod.users read']],
    ['POST /?query=INSERT+INTO+users+FORMAT+JSONEachRow', '{"a": "; DROP TABLE users"}', ['sql:insert:users write']],
    ['POST /?query=INSERT+INTO+users+FORMAT+RowBinary', new Uint8Array([0xff, 0xfe, 0x00]), ['sql:insert:users write']],
    ['POST /', 'INSERT INTO users (a, b) FORMAT CSV\n1,"it\'s', ['sql:insert:users write']],
    [
      'POST /?query=INSERT+INTO+users+VALUES',
      "(file('/etc/passwd'))",
      ['sql:insert:users write', 'sql:call:file unknown network-exposure data-export'],
    ],
    [
      'POST /?query=INSERT+INTO+users+FORMAT+Values',
      "(file('/etc/passwd'))",
      ['sql:insert:users write', 'sql:call:file unknown network-exposure data-export'],
    ],
    ['POST /?enable_http_compression=1', 'SELECT 1', ['sql:select:- read']],
    ['POST /?readonly=1', 'SELECT 1', ['sql:select:- read']],
    ['POST /?readonly=1&readonly=0', 'SELECT 1', ['sql:select:- read', 'sql:set:readonly write']],
    ['POST /?output_format_schema=x', 'SELECT 1', ['sql:select:- read', 'sql:set:output_format_schema write']],
    ['POST /?readonly=0', 'SELECT 1', ['sql:select:- read', 'sql:set:readonly write']],
    [
      'POST /?role=admin',
      'SELECT 1',
      ['sql:select:- read', 'sql:set:role permissions-management privilege-escalation +changes-role'],
    ],
    ['POST /?log_queries=0', 'SELECT 1', ['sql:select:- read', 'sql:set:log_queries write audit-tamper']],
    ['POST /?param_id=5&default_format=JSON&user=u&password=p', 'SELECT {id:UInt32}', ['sql:select:- read']],
    ['GET /ping', undefined, ['sql:show:- list']],
    ['POST /own', 'SELECT 1', ['sql:select:- read', 'unknown: own-endpoint']],
    ['DELETE /', 'SELECT 1', ['unknown: no-sql-endpoint']],
  ],
  neon: [
    ['POST /sql', { query: 'DROP TABLE users', params: [] }, ['sql:drop:public.users write destructive']],
    [
      'POST /sql',
      { queries: [{ query: 'SELECT 1' }, { query: 'DELETE FROM users WHERE id = $1', params: ['5'] }] },
      ['sql:select:- read', 'sql:delete:public.users write destructive'],
    ],
    ['GET /sql', undefined, ['unknown: no-sql-endpoint']],
    ['POST /v1/sql', { query: 'SELECT 1' }, ['unknown: no-sql-endpoint']],
  ],
  postgrest: [
    ['GET /users?select=*', undefined, ['sql:select:public.users read']],
    ['HEAD /users', undefined, ['sql:select:public.users read']],
    [
      'GET /rest/v1/users?select=id,orders!inner(total,items:line_items(*)),count()&id=eq.1',
      undefined,
      ['sql:select:public.users read', 'sql:select:public.orders read', 'sql:select:public.line_items read'],
    ],
    ['GET /users', undefined, ['sql:select:private.users read'], ['Accept-Profile', 'private']],
    ['POST /users', { name: 'x' }, ['sql:insert:public.users write']],
    [
      'POST /users',
      [{ name: 'x' }],
      ['sql:insert:public.users write +upsert', 'sql:update:public.users write'],
      ['Prefer', 'resolution=merge-duplicates'],
    ],
    ['POST /users', {}, ['sql:insert:private.users write'], ['Content-Profile', 'private']],
    ['PUT /users?id=eq.1', {}, ['sql:insert:public.users write +upsert', 'sql:update:public.users write']],
    ['PATCH /users?id=eq.1', {}, ['sql:update:public.users write']],
    ['PATCH /users', {}, ['sql:update:public.users write destructive +no-where']],
    ['DELETE /users?id=eq.1', undefined, ['sql:delete:public.users write destructive']],
    ['DELETE /users', undefined, ['sql:delete:public.users write destructive +no-where']],
    ['DELETE /users?select=id&limit=1&order=id', undefined, ['sql:delete:public.users write destructive +no-where']],
    ['DELETE /users?orders.id=eq.1', undefined, ['sql:delete:public.users write destructive +no-where']],
    ['DELETE /users?id=not.is.null', undefined, ['sql:delete:public.users write destructive +no-where']],
    ['DELETE /users?name=like.*', undefined, ['sql:delete:public.users write destructive +no-where']],
    ['DELETE /users?or=(id.eq.1,id.eq.2)', undefined, ['sql:delete:public.users write destructive']],
    ['DELETE /users?not.and=(id.eq.1)', undefined, ['sql:delete:public.users write destructive']],
    ['DELETE /audit_log?id=eq.1', undefined, ['sql:delete:public.audit_log write destructive audit-tamper']],
    ['POST /rpc/delete_everything', {}, ['sql:call:public.delete_everything unknown sql-execution +unknown-function']],
    ['GET /rpc/f?a=1', undefined, ['sql:call:public.f unknown sql-execution +unknown-function']],
    ['GET /my%20table', undefined, ['sql:select:public."my table" read']],
    ['GET /', undefined, ['sql:show:- list']],
    ['GET /a/b', undefined, ['unknown: no-sql-endpoint']],
    ['TRACE /users', undefined, ['unknown: no-sql-endpoint']],
  ],
  databricks: [
    ['POST /api/2.0/sql/statements', { statement: 'DROP TABLE users', warehouse_id: 'w' }, [D]],
    [
      'POST /api/2.0/sql/statements/',
      { statement: 'SELECT * FROM users', catalog: 'main', schema: 'Default' },
      ['sql:select:main.default.users read'],
    ],
    [
      'POST /api/2.0/sql/statements',
      { statement: 'SELECT 1', disposition: 'EXTERNAL_LINKS' },
      ['sql:select:- read', 'sql:export:- read data-export +presigned'],
    ],
    ['GET /api/2.0/sql/statements/01-ab/result/chunks/1', undefined, ['sql:fetch:- read']],
    ['POST /api/2.0/sql/statements/01-ab/cancel', undefined, ['sql:cancel:- write']],
    ['POST /api/1.2/commands/execute', { language: 'sql', command: 'DROP TABLE users' }, [D]],
    [
      'POST /api/1.2/commands/execute',
      { language: 'python', command: 'import os' },
      ['sql:execute:- unknown code-execution', 'unknown: code-in-another-language'],
    ],
    ['POST /api/2.0/jobs/run-now', {}, ['unknown: no-sql-endpoint']],
  ],
  d1: [
    [`POST ${D1}/x/query`, { sql: 'DROP TABLE users' }, [D]],
    [`POST ${D1}/x/raw`, { sql: 'SELECT * FROM users', params: [] }, [S]],
    [`POST ${D1}/x/query`, [{ sql: 'SELECT 1' }, { sql: 'DROP TABLE users' }], ['sql:select:- read', D]],
    [`POST ${D1}/x/query`, { batch: [{ sql: 'SELECT 1' }, { sql: 'DROP TABLE users' }] }, ['sql:select:- read', D]],
    [`GET ${D1}`, undefined, ['sql:show:- list']],
    [`POST ${D1}`, { name: 'x' }, ['sql:create:- write infrastructure']],
    [`DELETE ${D1}/x`, undefined, ['sql:drop:x write destructive infrastructure']],
    [`POST ${D1}/x/export`, {}, ['sql:export:x write data-export']],
    [`POST ${D1}/x/import`, {}, ['sql:execute:x unknown sql-execution destructive', 'unknown: stored-code']],
    [`POST ${D1}/x/time_travel/restore?bookmark=b`, undefined, ['sql:restore:x write destructive']],
    [`GET /client/v4/zones`, undefined, ['unknown: no-sql-endpoint']],
  ],
  libsql: [
    [
      'POST /v2/pipeline',
      { requests: [{ type: 'execute', stmt: { sql: 'DROP TABLE users' } }, { type: 'close' }] },
      [D, 'sql:show:- list'],
    ],
    [
      'POST /v3/pipeline',
      {
        requests: [
          {
            type: 'batch',
            batch: { steps: [{ stmt: { sql: 'SELECT 1' } }, { condition: null, stmt: { sql: 'DROP TABLE users' } }] },
          },
        ],
      },
      ['sql:select:- read', D],
    ],
    [
      'POST /v2/pipeline',
      { requests: [{ type: 'sequence', sql: 'SELECT 1; DROP TABLE users' }] },
      ['sql:select:- read', D],
    ],
    [
      'POST /v2/pipeline',
      {
        requests: [
          { type: 'store_sql', sql_id: 1, sql: 'DROP TABLE users' },
          { type: 'execute', stmt: { sql_id: 1 } },
        ],
      },
      [D],
    ],
    ['POST /v2/pipeline', { requests: [{ type: 'execute', stmt: { sql_id: 1 } }] }, ['unknown: stored-elsewhere']],
    ['POST /v2/pipeline', { requests: [{ type: 'new' }] }, ['unknown: unknown-request']],
    ['POST /v1/execute', { stmt: { sql: 'DROP TABLE users' } }, [D]],
    ['POST /v1/batch', { batch: { steps: [{ stmt: { sql: 'DROP TABLE users' } }] } }, [D]],
    ['POST /v3/cursor', { batch: { steps: [{ stmt: { sql: 'DROP TABLE users' } }] } }, [D]],
    ['POST /', { statements: ['SELECT 1', { q: 'DROP TABLE users' }] }, ['sql:select:- read', D]],
    ['POST /v3-protobuf/pipeline', new Uint8Array([1, 2]), ['unknown: no-sql-endpoint']],
    ['GET /dump', undefined, ['sql:export:- read data-export']],
    ['GET /v2', undefined, ['sql:show:- list']],
  ],
  trino: [
    ['POST /v1/statement', 'DROP TABLE users', [D]],
    [
      'POST /v1/statement',
      'SELECT * FROM users',
      ['sql:select:hive.web.users read'],
      ['X-Trino-Catalog', 'hive', 'X-Trino-Schema', 'Web'],
    ],
    [
      'POST /v1/statement',
      'EXECUTE p',
      ['sql:execute:- unknown sql-execution', 'unknown: computed-statement', D],
      ['X-Trino-Prepared-Statement', 'p=DROP+TABLE+users'],
    ],
    [
      'POST /v1/statement',
      'SELECT 1',
      ['sql:select:- read', 'sql:set:role permissions-management privilege-escalation +changes-role'],
      ['X-Trino-Role', 'hive=ROLE{admin}'],
    ],
    // As its Python client sends it.
    ['POST /v1/statement', 'SELECT 1', ['sql:select:- read'], ['X-Trino-Session', '']],
    ['GET /v1/statement/executing/q/t/1', undefined, ['sql:fetch:- read']],
    ['DELETE /v1/statement/executing/q/t/1', undefined, ['sql:cancel:- write']],
    ['GET /v1/info', undefined, ['sql:show:- list']],
    ['PUT /v1/info/state', '"SHUTTING_DOWN"', ['unknown: no-sql-endpoint']],
  ],
  spanner: [
    [
      `POST ${SPANNER}/sessions/s:executeSql`,
      { sql: 'SELECT * FROM users' },
      ['sql:select:users (ambiguous) read', 'sql:select:public.users (ambiguous) read'],
    ],
    [
      `POST ${SPANNER}/sessions/s:executeBatchDml`,
      { statements: [{ sql: 'DELETE FROM users WHERE true' }] },
      [
        'sql:delete:users (ambiguous) write destructive +no-where',
        'sql:delete:public.users (ambiguous) write destructive +no-where',
      ],
    ],
    [`POST ${SPANNER}/sessions/s:read`, { table: 'users', keySet: { all: true } }, ['sql:select:users read']],
    [
      `POST ${SPANNER}/sessions/s:commit`,
      { mutations: [{ insert: { table: 'a' } }, { delete: { table: 'users', keySet: { all: true } } }] },
      ['sql:commit:- read', 'sql:insert:a write', 'sql:delete:users write destructive +no-where'],
    ],
    [
      `PATCH ${SPANNER}/ddl`,
      { statements: ['DROP TABLE users'] },
      ['sql:drop:users (ambiguous) write destructive', 'sql:drop:public.users (ambiguous) write destructive'],
    ],
    [`DELETE ${SPANNER}`, undefined, ['sql:drop:d write destructive infrastructure']],
    [`POST ${SPANNER}/sessions`, {}, ['sql:cancel:- write']],
    [`GET ${SPANNER}/ddl`, undefined, ['sql:show:- list']],
    [`POST ${SPANNER}/sessions/s:unknown`, {}, ['unknown: unknown-request']],
    ['GET /v1/projects/p/instances', undefined, ['unknown: no-sql-endpoint']],
  ],
};

describe.each(SQL_SERVICES)('%s', (service) => {
  it.each(CASES[service].map((each) => [each[0], JSON.stringify(each[1])?.slice(0, 80) ?? '', each] as const))(
    '%s %s',
    (_request, _body, [request, body, expected, headers = []]) => {
      expect(does(service, callOf(request, body, { headers }))).toEqual(expected);
    },
  );

  it('asks for the body where the SQL is in it', () => {
    const recogniser = createSqlRecogniser(service);
    for (const [request, body, expected, headers = []] of CASES[service]) {
      if (body === undefined || expected.some((each) => each.startsWith('unknown'))) continue;
      const call = callOf(request, body, { headers, body: { state: 'unread' } });
      const without = does(service, call);
      expect([request, recogniser.needsBody(call) || without.join() === expected.join()]).toEqual([request, true]);
    }
  });
});

describe('every action', () => {
  it('says which service carried it', () => {
    const [action] = createSqlRecogniser('neon').recognise(callOf('POST /sql', { query: 'SELECT 1' }));
    expect(action?.params).toMatchObject({ service: 'neon', dialect: 'postgresql' });
  });

  it.each([
    [
      'neon' as const,
      callOf(
        'POST /sql',
        { query: 'SELECT 1' },
        { headers: ['Neon-Connection-String', 'postgresql://bob:hunter2@ep-1.neon.tech/prod'] },
      ),
      { role: 'bob', host: 'ep-1.neon.tech', database: 'prod' },
    ],
    [
      'snowflake' as const,
      callOf('POST /api/v2/statements', { statement: 'SELECT 1', database: 'PROD', role: 'R', warehouse: 'W' }),
      { database: 'PROD', role: 'R', warehouse: 'W' },
    ],
    [
      'clickhouse' as const,
      callOf('POST /?database=prod&user=u&password=hunter2', 'SELECT 1'),
      { database: 'prod', user: 'u' },
    ],
    ['trino' as const, callOf('POST /v1/statement', 'SELECT 1', { headers: ['X-Trino-User', 'bob'] }), { user: 'bob' }],
    [
      'databricks' as const,
      callOf('POST /api/2.0/sql/statements', { statement: 'SELECT 1', catalog: 'main' }),
      { catalog: 'main' },
    ],
  ])('of %s says where and as whom it runs, and no password', (service, call, params) => {
    const [action] = createSqlRecogniser(service).recognise(call);
    expect(action?.params).toMatchObject(params);
    expect(JSON.stringify(action)).not.toContain('hunter2');
  });
});
