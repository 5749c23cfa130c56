// BigQuery (cloud.google.com/bigquery/docs/reference/rest): statements in jobs.query and jobs.insert, and the jobs that move data without
// one.
import type { JsonObject, JsonValue } from '../../../core/body/json.ts';
import { isObject, Members } from './http-request.ts';
import { plainEndpoint, type ServiceReader } from './service-reader.ts';
import type { SqlRequest } from './sql-request.ts';

const PROJECT = /^(?:\/(?:resumable\/)?upload)?\/bigquery\/v2\/projects\/([^/]+)\/(.+)$/;
const TABLE = /^datasets\/([^/]+)\/tables\/([^/]+)(\/data|\/insertAll)?$/;
const DATASET = /^datasets\/([^/]+)$/;

/** What of a statement's configuration matters. */
const QUERY_NAMES = ['query', 'useLegacySql', 'defaultDataset', 'destinationTable', 'writeDisposition'] as const;
/** Members of a request (`QueryRequest`, `Job`, `JobConfiguration`, `JobConfigurationQuery`) that say how an answer comes, not what is done. */
const HARMLESS: ReadonlySet<string> = new Set(
  (
    `${QUERY_NAMES.join(' ')} kind location requestId labels formatOptions maxResults timeoutMs jobTimeoutMs jobReference ` +
    'jobCreationMode jobType priority useQueryCache preserveNulls maxSlots parameterMode queryParameters reservation ' +
    'maximumBytesBilled maximumBillingTier allowLargeResults flattenResults createDisposition writeIncrementalResults'
  ).split(' '),
);

export const BIGQUERY: ServiceReader = {
  dialects: ['bigquery'],
  needsBody: (method) => method === 'POST',
  read(request, into) {
    const { method, path } = request;
    const [, project = '', rest = ''] = PROJECT.exec(path) ?? [];
    if (rest === '') return false;
    into.say('project', project);
    if (method === 'POST' && (rest === 'queries' || rest === 'jobs')) {
      const body = request.object();
      if (body !== undefined) readBigQueryJob(rest === 'queries' ? 'jobs.query' : 'jobs.insert', project, body, into);
      return true;
    }
    // What an upload is for was said when its session began.
    if (method === 'PUT' && rest === 'jobs' && path.includes('upload/')) {
      load(into, undefined);
      return true;
    }
    if (method === 'POST' && /^jobs\/[^/]+\/cancel$/.test(rest)) return plainEndpoint(into, 'cancel');
    if (method === 'GET' && /^(?:queries|jobs)\/[^/]+$/.test(rest)) return plainEndpoint(into, 'fetch');
    if (method === 'GET' && /^(?:jobs|datasets|datasets\/[^/]+(?:\/tables(?:\/[^/]+)?)?)$/.test(rest)) {
      return plainEndpoint(into, 'show');
    }
    return readTable(method, project, rest, into);
  },
};

function readTable(method: string, project: string, rest: string, into: SqlRequest): boolean {
  const [, dataset = '', table = '', what] = TABLE.exec(rest) ?? [];
  const name = [project, dataset, table];
  if (table !== '') {
    const on = { type: 'table', name } as const;
    if (method === 'GET' && what === '/data') into.add({ verb: 'select', effect: 'read', ...on });
    else if (method === 'POST' && what === '/insertAll') into.add({ verb: 'insert', effect: 'write', ...on });
    else if (method === 'DELETE' && what === undefined)
      into.add({ verb: 'drop', effect: 'ddl', ...on, tags: ['destructive'] });
    else return false;
    return true;
  }
  const whole = DATASET.exec(rest)?.[1];
  if (method !== 'DELETE' || whole === undefined) return false;
  into.add({ verb: 'drop', effect: 'ddl', type: 'schema', name: [project, whole], tags: ['destructive'] });
  return true;
}

/** What the body of `jobs.query` or `jobs.insert` asks for. */
function readBigQueryJob(
  method: 'jobs.query' | 'jobs.insert',
  project: string,
  body: JsonObject,
  into: SqlRequest,
): void {
  if (method === 'jobs.query') {
    settings(body, into, ['dryRun']);
    const members = new Members(body, [...QUERY_NAMES, 'dryRun'], into);
    readQuery(members, project, into, members.get('dryRun') === true);
    return;
  }
  settings(body, into, ['configuration']);
  const configuration = new Members(body, ['configuration'], into).get('configuration');
  if (!isObject(configuration)) {
    into.doubt('no-statement');
    return;
  }
  const kinds = new Members(configuration, ['query', 'extract', 'load', 'copy', 'dryRun'], into);
  settings(configuration, into, ['query', 'extract', 'load', 'copy', 'dryRun']);
  const isDry = kinds.get('dryRun') === true;
  const query = kinds.get('query');
  if (isObject(query)) {
    settings(query, into);
    readQuery(new Members(query, QUERY_NAMES, into), project, into, isDry);
  } else if (query !== undefined) into.doubt('unclear-member');
  if (kinds.get('extract') !== undefined) extract(into, kinds.get('extract'));
  if (kinds.get('load') !== undefined) load(into, kinds.get('load'));
  if (kinds.get('copy') !== undefined) copy(into, kinds.get('copy'));
  if (['query', 'extract', 'load', 'copy'].every((kind) => kinds.get(kind) === undefined)) into.doubt('no-statement');
}

/** Sessions, properties of connections (the account that the query runs as), functions and tables defined beside the statement, and whatever is new. */
function settings(object: JsonObject, into: SqlRequest, known: readonly string[] = []): void {
  for (const [name, value] of object) {
    if (HARMLESS.has(name) || known.includes(name) || isNothing(value)) continue;
    into.add({ verb: 'set', effect: 'session', type: 'parameter', name: [name.slice(0, 100)] });
  }
}

const isNothing = (value: JsonValue): boolean =>
  value === null || value === false || value === '' || (Array.isArray(value) && value.length === 0);

/** `isDry`: as the one place says that counts; anywhere else nobody looks for it. */
function readQuery(members: Members, project: string, into: SqlRequest, isDry: boolean): void {
  const dataset = members.get('defaultDataset');
  const datasetId = isObject(dataset) ? dataset.get('datasetId') : undefined;
  const destination = members.get('destinationTable');
  // One that is not said in words that are known here is there all the same.
  const target = tableOf(destination);
  if (destination !== undefined) {
    const replaces = members.text('writeDisposition') === 'WRITE_TRUNCATE';
    const tags = replaces ? ['destructive'] : [];
    into.add({
      verb: 'insert',
      effect: 'write',
      type: 'table',
      ...(target !== undefined && { name: target }),
      tags: target === undefined ? ['destructive'] : tags,
      flags: replaces || target === undefined ? ['overwrite'] : [],
    });
  }
  // The default is the old dialect, which nothing here reads.
  // A first line can choose it, too.
  const text = members.text('query') ?? '';
  if (members.get('useLegacySql') !== false || /#\s*legacysql/i.test(text)) into.doubt('legacy-sql');
  if (isDry) {
    into.add({ verb: 'explain', effect: 'read', flags: ['dry-run'] });
    return;
  }
  members.statement(
    'query',
    typeof datasetId === 'string' ? [project.toLowerCase(), datasetId.toLowerCase()] : undefined,
  );
}

function extract(into: SqlRequest, job: JsonValue | undefined): void {
  const source = tableOf(isObject(job) ? job.get('sourceTable') : undefined);
  const on = { type: 'table', ...(source === undefined ? {} : { name: source }) };
  into.add({
    verb: 'export',
    effect: 'export',
    ...on,
    tags: ['data-export'],
    flags: ['server-file'],
    params: { to: placesOf(job, 'destinationUris') },
  });
}

function load(into: SqlRequest, job: JsonValue | undefined): void {
  const target = tableOf(isObject(job) ? job.get('destinationTable') : undefined);
  const replaces = !isObject(job) || job.get('writeDisposition') === 'WRITE_TRUNCATE';
  const on = { type: 'table', ...(target === undefined ? {} : { name: target }) };
  into.add({
    verb: 'load',
    effect: 'write',
    ...on,
    tags: replaces ? ['destructive'] : [],
    flags: ['server-file'],
    params: { from: placesOf(job, 'sourceUris') },
  });
}

function copy(into: SqlRequest, job: JsonValue | undefined): void {
  const target = tableOf(isObject(job) ? job.get('destinationTable') : undefined);
  const sources = isObject(job) ? [job.get('sourceTable'), ...arrayOf(job.get('sourceTables'))] : [];
  for (const each of sources) {
    const name = tableOf(each);
    if (name !== undefined) into.add({ verb: 'select', effect: 'read', type: 'table', name });
  }
  if (target === undefined) into.doubt('unclear-member');
  // The default replaces nothing, but what the default is depends on the kind of copy.
  const on = { type: 'table', ...(target === undefined ? {} : { name: target }) };
  into.add({ verb: 'insert', effect: 'write', ...on, tags: ['destructive'], flags: ['overwrite'] });
}

function tableOf(value: JsonValue | undefined): readonly string[] | undefined {
  if (!isObject(value)) return undefined;
  const parts = ['projectId', 'datasetId', 'tableId'].map((name) => value.get(name));
  const known = parts.filter((part): part is string => typeof part === 'string' && part !== '');
  return known.length === 0 ? undefined : known.map((part) => part.toLowerCase());
}

function arrayOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}

function placesOf(job: JsonValue | undefined, name: string): readonly string[] {
  const places = isObject(job) ? arrayOf(job.get(name)) : [];
  return places
    .filter((each): each is string => typeof each === 'string')
    .slice(0, 10)
    .map((each) => each.slice(0, 300));
}
