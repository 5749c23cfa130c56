// Cloud Spanner (cloud.google.com/spanner/docs/reference/rest): statements in sessions, mutations without SQL, and the schema. A database
// speaks GoogleSQL or PostgreSQL; the call does not say which.
import type { JsonObject, JsonValue } from '../../../core/body/json.ts';
import { isObject, Members } from './http-request.ts';
import { plainEndpoint, type ServiceReader } from './service-reader.ts';
import type { SqlRequest } from './sql-request.ts';

const DATABASE = '/v1/projects/[^/:]+/instances/[^/:]+/databases';
const SESSION = new RegExp(`^${DATABASE}/[^/:]+/sessions/[^/:]+:(\\w+)$`);
const SESSIONS = new RegExp(`^${DATABASE}/[^/:]+/sessions(?::batchCreate|/[^/:]+)?$`);
const DDL = new RegExp(`^${DATABASE}/([^/:]+)/ddl$`);
const ONE = new RegExp(`^${DATABASE}/([^/:]+)$`);
const ALL = new RegExp(`^${DATABASE}$`);

export const SPANNER: ServiceReader = {
  dialects: ['bigquery', 'postgresql'],
  needsBody: (method, path) =>
    (method === 'POST' && (SESSION.test(path) || ALL.test(path))) || (method === 'PATCH' && DDL.test(path)),
  read(request, into) {
    const { method, path } = request;
    const verb = SESSION.exec(path)?.[1];
    if (method === 'POST' && verb !== undefined) {
      const body = request.object();
      if (body !== undefined) readSpannerSession(verb, body, into);
      return true;
    }
    if (method === 'GET' && [ONE, ALL, DDL, SESSIONS].some((each) => each.test(path)))
      return plainEndpoint(into, 'show');
    if (SESSIONS.test(path)) return plainEndpoint(into, 'cancel');
    if ((method === 'PATCH' && DDL.test(path)) || (method === 'POST' && ALL.test(path))) {
      const body = request.object();
      if (body === undefined) return true;
      readSpannerDdl(body, into);
      return true;
    }
    const database = ONE.exec(path)?.[1];
    if (method !== 'DELETE' || database === undefined) return false;
    into.add({ verb: 'drop', effect: 'ddl', type: 'database', name: [database], tags: ['destructive'] });
    return true;
  },
};

/** `{statements}` of a change of the schema, or `{createStatement, extraStatements}` of a new database. */
function readSpannerDdl(body: JsonObject, into: SqlRequest): void {
  const members = new Members(body, ['statements', 'createStatement', 'extraStatements'], into);
  if (members.get('statements') === undefined) members.statement('createStatement');
  for (const each of [...members.items('statements'), ...members.items('extraStatements')]) {
    if (typeof each === 'string') into.statement(each);
    else into.doubt('unclear-member');
  }
}

/** The body of a session's method. */
function readSpannerSession(verb: string, body: JsonObject, into: SqlRequest): void {
  const members = new Members(body, ['sql', 'statements', 'table', 'mutations', 'mutationGroups'], into);
  switch (verb) {
    case 'executeSql':
    case 'executeStreamingSql':
    case 'partitionQuery':
      members.statement('sql');
      return;
    case 'executeBatchDml':
      for (const each of members.items('statements')) {
        if (isObject(each)) new Members(each, ['sql'], into).statement('sql');
        else into.doubt('unclear-member');
      }
      if (members.items('statements').length === 0) into.doubt('no-statement');
      return;
    case 'read':
    case 'streamingRead':
    case 'partitionRead':
      onTable('select', members.text('table'), into);
      return;
    case 'beginTransaction':
    case 'rollback':
      into.add({ verb: verb === 'rollback' ? 'rollback' : 'begin', effect: 'transaction' });
      return;
    case 'commit':
      into.add({ verb: 'commit', effect: 'transaction' });
      mutations(members.items('mutations'), into);
      return;
    case 'batchWrite':
      for (const group of members.items('mutationGroups')) {
        mutations(isObject(group) ? new Members(group, ['mutations'], into).items('mutations') : [], into);
      }
      into.add({ verb: 'commit', effect: 'transaction', level: 'write' });
      return;
    default:
      into.doubt('unknown-request');
  }
}

const MUTATIONS = ['insert', 'update', 'insertOrUpdate', 'replace', 'delete', 'send', 'ack'] as const;

function mutations(list: readonly JsonValue[], into: SqlRequest): void {
  for (const each of list) {
    const members = isObject(each) ? new Members(each, MUTATIONS, into) : undefined;
    const kinds = MUTATIONS.filter((name) => members?.get(name) !== undefined);
    if (kinds.length === 0) into.doubt('unknown-request');
    for (const kind of kinds) {
      const inner = members?.get(kind);
      const of = isObject(inner) ? new Members(inner, ['table', 'queue', 'keySet'], into) : undefined;
      const verb = kind === 'insertOrUpdate' ? 'insert' : kind;
      onTable(
        verb,
        of?.text('table') ?? of?.text('queue'),
        into,
        isObject(of?.get('keySet')) ? of?.get('keySet') : undefined,
      );
    }
  }
}

function onTable(verb: string, table: string | undefined, into: SqlRequest, keys?: JsonValue): void {
  if (table === undefined) into.doubt('unclear-member');
  const all = isObject(keys) && keys.get('all') !== undefined && keys.get('all') !== false;
  into.add({
    verb,
    effect: verb === 'select' ? 'read' : 'write',
    type: 'table',
    ...(table === undefined ? {} : { name: table.toLowerCase().split('.') }),
    tags: verb === 'delete' || verb === 'replace' ? ['destructive'] : [],
    flags: all ? ['no-where'] : [],
  });
}
