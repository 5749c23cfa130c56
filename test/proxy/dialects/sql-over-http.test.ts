// Refusals in the form of each service, as its clients read it.
import { describe, expect, it } from 'vitest';
import { type ProblemType, problems } from '../../../src/core/problems.ts';
import { nativeRefusal } from '../../../src/proxy/dialects/native-refusal.ts';
import { callOf } from '../../actions/sql/http/calls.ts';

const MESSAGE = 'Denied by Ann: not in production (approval apr_1) [denied-by-person]';

function refused(request: string, type: ProblemType = 'denied-by-person', host = 'db.example.com') {
  const words = { detail: 'Denied by Ann: not in production', approvalId: 'apr_1', retryAfter: 5 };
  const refusal = nativeRefusal('sql-over-http', callOf(request, undefined, { host }), type, words);
  if (refusal === undefined) throw new Error('no refusal');
  const json = refusal.contentType === 'application/json';
  return {
    ...refusal,
    status: refusal.status ?? problems[type].status,
    body: json ? (JSON.parse(refusal.body) as Record<string, unknown>) : refusal.body,
  };
}

describe('a denial', () => {
  it('of Snowflake’s SQL API has code and message', () => {
    expect(refused('POST /api/v2/statements')).toMatchObject({
      status: 403,
      body: { message: MESSAGE, sqlState: '42501' },
    });
  });

  it('of Snowflake’s drivers is a query that failed: they take the message of a 200 alone', () => {
    expect(refused('POST /queries/v1/query-request')).toMatchObject({
      status: 200,
      body: { success: false, message: MESSAGE, data: { sqlState: '42501' } },
    });
  });

  it('of PostgREST has the four members of its errors', () => {
    expect(refused('DELETE /users')).toMatchObject({
      status: 403,
      contentType: 'application/json',
      body: { code: '42501', message: MESSAGE, details: null, hint: null },
    });
  });

  it('of Neon is a PostgreSQL error in a 400, which its driver raises as one', () => {
    expect(refused('POST /sql')).toMatchObject({
      status: 400,
      body: { code: '42501', message: MESSAGE, severity: 'ERROR' },
    });
  });

  it('of ClickHouse is a line with its code, and the header that says it', () => {
    for (const call of [
      refused('GET /?query=DROP'),
      refused('POST /', 'denied-by-person', 'x.clickhouse.cloud:8443'),
    ]) {
      expect(call).toMatchObject({ status: 403, headers: ['X-ClickHouse-Exception-Code', '497'] });
      expect(call.body).toBe(`Code: 497. DB::Exception: ${MESSAGE}. (ACCESS_DENIED)\n`);
    }
  });

  it('of Trino is a query that failed', () => {
    expect(refused('POST /v1/statement')).toMatchObject({
      status: 200,
      body: {
        error: { message: MESSAGE, errorName: 'PERMISSION_DENIED', errorType: 'USER_ERROR' },
        stats: { state: 'FAILED' },
      },
    });
  });

  it('of Databricks has an error code that its SDKs know', () => {
    expect(refused('POST /api/2.0/sql/statements')).toMatchObject({
      status: 403,
      body: { error_code: 'PERMISSION_DENIED', message: MESSAGE },
    });
  });

  it('of D1 is Cloudflare’s envelope', () => {
    expect(refused('POST /client/v4/accounts/a/d1/database/d/query')).toMatchObject({
      status: 403,
      body: { success: false, errors: [{ message: MESSAGE }], result: null },
    });
  });

  it('of libSQL has message and code', () => {
    expect(refused('POST /v2/pipeline')).toMatchObject({
      status: 403,
      body: { message: MESSAGE, code: 'AUTH_PERMISSION_DENIED' },
    });
  });

  it('of BigQuery and Spanner is Google’s', () => {
    for (const path of [
      '/bigquery/v2/projects/p/queries',
      '/v1/projects/p/instances/i/databases/d/sessions/s:executeSql',
    ]) {
      const { status, body } = refused(`POST ${path}`);
      expect(status).toBe(403);
      expect(JSON.stringify(body)).toContain('PERMISSION_DENIED');
    }
  });
});

describe('an approval that is still open', () => {
  it.each([
    ['POST /api/v2/statements', 429],
    ['POST /queries/v1/query-request', 429],
    ['DELETE /users', 429],
    ['POST /sql', 429],
    ['GET /?query=DROP', 429],
    ['POST /v1/statement', 429],
    ['POST /api/2.0/sql/statements', 429],
    ['POST /client/v4/accounts/a/d1/database/d/query', 429],
    ['POST /v2/pipeline', 429],
    // Google's clients send a POST again after a 503 only.
    ['POST /bigquery/v2/projects/p/queries', 503],
  ] as const)('%s is answered with %d, which its clients try again on, and says why', (request, expected) => {
    const { status, body } = refused(request, 'approval-pending');
    expect(status).toBe(expected);
    expect(JSON.stringify(body)).toContain('not in production');
  });
});
