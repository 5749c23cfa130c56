// Numbers that drivers of SQL give to queries and requests: two attempts of one call are recognised as one, and no others are.
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Call } from '../../src/core/call.ts';
import { callDigest, contentDigest } from '../../src/core/digest.ts';

type Asked = Pick<Call, 'message' | 'query'> & {
  readonly body?: string;
  readonly packed?: boolean;
  readonly path?: string;
};

function call({ message, query, body = '{}', packed = false, path = '/queries/v1/query-request' }: Asked): Call {
  const decoded = Buffer.from(body);
  return {
    method: 'POST',
    upstream: 'db',
    scheme: 'https',
    host: 'db.example',
    path,
    query,
    headers: packed ? ['Content-Encoding', 'gzip'] : [],
    body: { state: 'whole', bytes: packed ? gzipSync(decoded) : decoded, decoded },
    ...(message !== undefined && { message }),
  };
}

const asked = (n: number, sql = 'DROP TABLE t', more = ''): string =>
  JSON.stringify({ sqlText: sql, sequenceId: n, querySubmissionTime: n, parameters: {} }) + more;

describe('the digest', () => {
  it.each<[string, Asked, Asked]>([
    [
      "another query of ClickHouse's client",
      { message: 'clickhouse', query: 'query_id=a-1&database=web' },
      { message: 'clickhouse', query: 'query_id=b-2&database=web' },
    ],
    [
      "a retry of Snowflake's driver",
      { message: 'snowflake', query: 'requestId=r&request_guid=1', body: asked(1) },
      { message: 'snowflake', query: 'requestId=r&retryCount=1&request_guid=2', body: asked(1) },
    ],
    [
      'the statement once more',
      { message: 'snowflake', query: 'requestId=r&request_guid=1', body: asked(1) },
      { message: 'snowflake', query: 'requestId=s&request_guid=2', body: asked(2) },
    ],
    [
      'the statement once more, packed',
      { message: 'snowflake', query: 'requestId=r', body: asked(1), packed: true },
      { message: 'snowflake', query: 'requestId=s', body: asked(2), packed: true },
    ],
  ])('is that of %s', (_what, one, other) => {
    expect(callDigest(call(one))).toBe(callDigest(call(other)));
    // What is sent is compared to the byte.
    expect(contentDigest(call(one))).not.toBe(contentDigest(call(other)));
  });

  it.each<[string, Asked, Asked]>([
    [
      'another database',
      { message: 'clickhouse', query: 'query_id=a&database=web' },
      { message: 'clickhouse', query: 'query_id=a&database=prod' },
    ],
    ['another upstream', { query: 'query_id=a' }, { query: 'query_id=b' }],
    [
      'a query that ends another',
      { message: 'clickhouse', query: 'query_id=a&replace_running_query=1' },
      { message: 'clickhouse', query: 'query_id=b&replace_running_query=1' },
    ],
    [
      'a query that ends another, its setting escaped',
      { message: 'clickhouse', query: 'query_id=a&replace%5frunning%5Fquery=1' },
      { message: 'clickhouse', query: 'query_id=b&replace%5frunning%5Fquery=1' },
    ],
    ...[
      'SELECT 1 SETTINGS replace_running_query = 1',
      'SELECT 1 SETTINGS "replace\\x5frunning_query" = 1',
      'INSERT INTO t SELECT currentQueryID()',
      'INSERT INTO t SELECT initial_query_id ()',
    ].map((body): [string, Asked, Asked] => [
      `what means its own id: ${body}`,
      { message: 'clickhouse', query: 'query_id=a', body },
      { message: 'clickhouse', query: 'query_id=b', body },
    ]),
    [
      'a statement in blocks that nobody unpacks',
      { message: 'clickhouse', query: 'query_id=a&decompress=1', body: 'x' },
      { message: 'clickhouse', query: 'query_id=b&decompress=1', body: 'x' },
    ],
    [
      'a member of that name elsewhere',
      { message: 'snowflake', query: 'requestId=r', body: asked(1), path: '/api/v2/other' },
      { message: 'snowflake', query: 'requestId=r', body: asked(2), path: '/api/v2/other' },
    ],
    [
      'what is no number',
      { message: 'snowflake', query: 'requestId=r', body: '{"sqlText": "x", "sequenceId": {"sqlText": "y"}}' },
      { message: 'snowflake', query: 'requestId=r', body: '{"sqlText": "x", "sequenceId": {"sqlText": "z"}}' },
    ],
    [
      'the query that it aborts',
      { message: 'snowflake', query: 'requestId=r', body: '{"requestId": "a"}', path: '/queries/v1/abort-request' },
      { message: 'snowflake', query: 'requestId=r', body: '{"requestId": "b"}', path: '/queries/v1/abort-request' },
    ],
    [
      'what some servers read as a parameter more',
      { message: 'clickhouse', query: 'query_id=a' },
      { message: 'clickhouse', query: 'query_id=a;database=prod' },
    ],
    [
      'another statement',
      { message: 'snowflake', query: 'requestId=r', body: asked(1) },
      { message: 'snowflake', query: 'requestId=r', body: asked(1, 'DROP TABLE u') },
    ],
    [
      'what is no JSON',
      { message: 'snowflake', query: 'requestId=r', body: asked(1, 'x', '}') },
      { message: 'snowflake', query: 'requestId=r', body: asked(2, 'x', '}') },
    ],
  ])('is not that of %s', (_what, one, other) => {
    expect(callDigest(call(one))).not.toBe(callDigest(call(other)));
  });
});
