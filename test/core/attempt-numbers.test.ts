// Numbers that drivers of SQL give to queries and requests: two attempts of one call are recognised as one, and no others are.
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Call } from '../../src/core/call.ts';
import { callDigest, contentDigest } from '../../src/core/digest.ts';

type Asked = Pick<Call, 'message' | 'query'> & { readonly body?: string; readonly packed?: boolean };

function call({ message, query, body = '{}', packed = false }: Asked): Call {
  const decoded = Buffer.from(body);
  return {
    method: 'POST',
    upstream: 'db',
    scheme: 'https',
    host: 'db.example',
    path: '/queries/v1/query-request',
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
