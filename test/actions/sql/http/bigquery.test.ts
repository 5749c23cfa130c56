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

describe('a trial run', () => {
  const DELETES = { query: 'DELETE FROM d.t WHERE true', useLegacySql: false };
  const deletes = (found: readonly string[]): boolean => found.some((each) => each.startsWith('sql:delete:d.t '));

  it('is one by the member that says so', () => {
    expect(deletes(at('queries', { ...DELETES, dryRun: true }))).toBe(false);
    expect(deletes(at('jobs', { configuration: { dryRun: true, query: DELETES } }))).toBe(false);
  });

  it.each<[string, readonly string[]]>([
    ['in the query of a job', at('jobs', { configuration: { query: { ...DELETES, dryRun: true } } })],
    ['beside the configuration', at('jobs', { dryRun: true, configuration: { query: DELETES } })],
    ['as a text', at('queries', { ...DELETES, dryRun: 'true' })],
    ['in a configuration that the method has not', at('queries', { ...DELETES, configuration: { dryRun: true } })],
  ])('is none where it stands %s', (_where, found) => {
    expect(deletes(found)).toBe(true);
  });
});

it.each<[string, object]>([
  ['in other words', { project_id: 'p', dataset_id: 'd', table_id: 't' }],
  ['in numbers', { datasetId: 1, tableId: 2 }],
  ['as nothing that is known', {}],
])('a table for the answer, %s, is written to', (_name, destinationTable) => {
  const found = job({ query: { query: 'SELECT 1', useLegacySql: false, destinationTable } });
  expect(found.filter((each) => each.startsWith('sql:insert:'))).toHaveLength(1);
});
