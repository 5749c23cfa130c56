// Calls of Google's APIs that carry SQL: what their statements do, beside the method. INVARIANT: a method counts as a read only where every
// statement of it certainly is one.
import type { Action } from '../../core/action.ts';
import { decodeLenient } from '../../core/body/percent.ts';
import type { Call } from '../../core/call.ts';
import type { Recogniser } from '../recogniser.ts';
import { createSqlRecogniser } from '../sql/http/recogniser.ts';
import { onlyReads } from '../sql/only-reads.ts';
import type { GcpRequest } from './request.ts';

type Service = 'bigquery' | 'spanner';

const METHODS: Readonly<Record<string, Service>> = {
  'bigquery.jobs.query': 'bigquery',
  'bigquery.jobs.insert': 'bigquery',
  'spanner.projects.instances.databases.create': 'spanner',
  'spanner.projects.instances.databases.updateDdl': 'spanner',
  'spanner.projects.instances.databases.sessions.executeSql': 'spanner',
  'spanner.projects.instances.databases.sessions.executeStreamingSql': 'spanner',
  'spanner.projects.instances.databases.sessions.executeBatchDml': 'spanner',
  'spanner.projects.instances.databases.sessions.partitionQuery': 'spanner',
};
const READS: ReadonlySet<string> = new Set([
  'bigquery.jobs.query',
  'bigquery.jobs.insert',
  'spanner.projects.instances.databases.sessions.executeSql',
  'spanner.projects.instances.databases.sessions.executeStreamingSql',
  'spanner.projects.instances.databases.sessions.partitionQuery',
]);

/** Is the method one of those that lose `sql-execution` where their statements only read? */
export const mayOnlyRead = (id: string): boolean => READS.has(id);

let readers: Readonly<Record<Service, Recogniser>> | undefined;

/** The action of a method, and those of its SQL. */
export function withSql(action: Action, id: string, request: GcpRequest): readonly Action[] {
  const service = METHODS[id];
  if (service === undefined) return [action];
  readers ??= { bigquery: createSqlRecogniser('bigquery'), spanner: createSqlRecogniser('spanner') };
  const call: Call = { upstream: '', scheme: 'https', ...request };
  const found = readers[service].recognise(call);
  const exports = found.some(({ tags, confidence }) => confidence !== 'exact' || tags.includes('data-export'));
  const tags = exports || !isQuery(action) ? action.tags : action.tags.filter((tag) => tag !== 'data-export');
  if (!READS.has(id) || !onlyReads(found) || action.confidence !== 'exact' || isUpload(request))
    return [{ ...action, tags }, ...found];
  // What could be sensitive about a query is said of the statement.
  const left = tags.filter((tag) => tag !== 'sql-execution');
  return [{ ...action, tags: left, level: 'read', levelSource: 'rule' }, ...found];
}

/** A query has nothing to upload: what came beside it may be meant to be read in its place. */
const isUpload = ({ path, query = '' }: GcpRequest): boolean =>
  path.includes('/upload/') || /(?:^|&)upload/i.test(decodeLenient(query));

/** A job that is a query and nothing else. */
function isQuery({ params }: Action): boolean {
  const { configuration } = params;
  if (typeof configuration !== 'object' || configuration === null) return false;
  return 'query' in configuration && !('extract' in configuration) && !('copy' in configuration);
}
