// What a request to BigQuery says beside its statement: how the answer comes, which changes nothing, and everything else, which may.
import { beforeAll, describe, expect, it } from 'vitest';
import { loadSqlParser } from '../../../../src/actions/sql/load-sql-parser.ts';
import { type Body, callOf, does } from './calls.ts';

beforeAll(loadSqlParser);

const at = (path: string, body: Body): readonly string[] =>
  does('bigquery', callOf(`POST /bigquery/v2/projects/p/${path}`, body));
const query = (more: object): readonly string[] =>
  at('queries', { query: 'SELECT 1', useLegacySql: false, ...more }).filter((each) => each !== 'sql:select:- read');
const job = (configuration: object, more: object = {}): readonly string[] =>
  at('jobs', {
    configuration: { query: { query: 'SELECT 1', useLegacySql: false }, ...configuration },
    ...more,
  }).filter((each) => each !== 'sql:select:- read');

describe('beside a statement', () => {
  it('nothing is said by what clients send with every query', () => {
    expect(
      query({
        location: 'EU',
        requestId: 'r',
        formatOptions: { useInt64Timestamp: true },
        maxResults: 10,
        timeoutMs: 1000,
        parameterMode: 'NAMED',
        queryParameters: [{ name: 'a' }],
        labels: { team: 'data' },
        createSession: false,
        connectionProperties: [],
      }),
    ).toEqual([]);
    expect(job({ jobType: 'QUERY', labels: {} }, { jobReference: { projectId: 'p', jobId: 'j' } })).toEqual([]);
  });

  it.each<[string, readonly string[], readonly string[]]>([
    [
      'the account that it runs as',
      query({ connectionProperties: [{ key: 'service_account', value: 'admin@p.iam.gserviceaccount.com' }] }),
      ['sql:set:connectionProperties write'],
    ],
    ['a session', query({ createSession: true }), ['sql:set:createSession write']],
    ['its member in other letters', query({ CreateSession: true }), ['sql:set:CreateSession write']],
    ['what is new to a request', query({ further: 1 }), ['sql:set:further write']],
    ['what is new to a job', job({ further: 1 }), ['sql:set:further write']],
    ['what is new around a job', job({}, { further: {} }), ['sql:set:further write']],
    [
      'functions of its own',
      job({ query: { query: 'SELECT 1', useLegacySql: false, userDefinedFunctionResources: [{ inlineCode: 'x' }] } }),
      ['sql:set:userDefinedFunctionResources write'],
    ],
    [
      'tables of its own',
      job({ query: { query: 'SELECT 1', useLegacySql: false, tableDefinitions: { t: { sourceUris: ['gs://x'] } } } }),
      ['sql:set:tableDefinitions write'],
    ],
  ])('%s is something that is set', (_what, found, expected) => {
    expect(found).toEqual(expected);
  });
});
