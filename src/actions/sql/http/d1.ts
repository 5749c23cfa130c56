// Cloudflare D1 (developers.cloudflare.com/api, "D1"): queries, and the database as a whole.
import type { JsonValue } from '../../../core/body/json.ts';
import { isObject, Members } from './http-request.ts';
import { plainEndpoint, type ServiceReader } from './service-reader.ts';
import type { SqlRequest } from './sql-request.ts';

const DATABASES = /^(?:\/client\/v4)?\/accounts\/[^/]+\/d1\/database\/?$/;
const DATABASE = /^(?:\/client\/v4)?\/accounts\/[^/]+\/d1\/database\/([^/]+)$/;
const QUERY = /^(?:\/client\/v4)?\/accounts\/[^/]+\/d1\/database\/([^/]+)\/(?:query|raw)$/;
const WHOLE =
  /^(?:\/client\/v4)?\/accounts\/[^/]+\/d1\/database\/([^/]+)\/(export|import|time_travel\/(?:restore|bookmark))$/;

export const D1: ServiceReader = {
  dialects: ['sqlite'],
  needsBody: (method, path) => method === 'POST' && QUERY.test(path),
  read(request, into) {
    const { method, path } = request;
    if (method === 'POST' && QUERY.test(path)) {
      into.say('database', QUERY.exec(path)?.[1]);
      readQueries(request.json(), into);
      return true;
    }
    if (method === 'GET' && (DATABASES.test(path) || DATABASE.test(path))) return plainEndpoint(into, 'show');
    const database = DATABASE.exec(path)?.[1];
    const object = { type: 'database', ...(database === undefined ? {} : { name: [database] }) };
    if (method === 'POST' && DATABASES.test(path)) into.add({ verb: 'create', effect: 'ddl', type: 'database' });
    else if (method === 'DELETE' && database !== undefined) {
      into.add({ verb: 'drop', effect: 'ddl', ...object, tags: ['destructive'] });
    } else if ((method === 'PUT' || method === 'PATCH') && database !== undefined) {
      into.add({ verb: 'alter', effect: 'ddl', ...object });
    } else return readWhole(method, path, into);
    return true;
  },
};

/** One query, an array of them, or `{batch: [...]}`. */
function readQueries(body: JsonValue | undefined, into: SqlRequest): void {
  if (body === undefined) return;
  if (Array.isArray(body)) {
    if (body.length === 0) into.doubt('no-statement');
    for (const each of body as readonly JsonValue[]) readQuery(each, into);
    return;
  }
  if (!isObject(body) || !body.has('batch')) {
    readQuery(body, into);
    return;
  }
  const members = new Members(body, ['batch', 'sql'], into);
  if (members.get('sql') !== undefined) members.statement('sql');
  for (const each of members.items('batch')) readQuery(each, into);
}

function readQuery(value: JsonValue, into: SqlRequest): void {
  if (isObject(value)) new Members(value, ['sql', 'batch'], into).statement('sql');
  else into.doubt('unclear-member');
}

/** The database as a file, or as it was. */
function readWhole(method: string, path: string, into: SqlRequest): boolean {
  const [, database = '', what = ''] = WHOLE.exec(path) ?? [];
  const object = { type: 'database', name: [database] };
  if (what === 'time_travel/bookmark' && method === 'GET') return plainEndpoint(into, 'show');
  if (method !== 'POST' || what === '' || what === 'time_travel/bookmark') return false;
  if (what === 'export') into.add({ verb: 'export', effect: 'export', ...object, tags: ['data-export'] });
  else if (what === 'import') {
    // A file of statements that was uploaded elsewhere.
    into.add({ verb: 'execute', effect: 'exec', ...object, tags: ['sql-execution', 'destructive'] });
    into.doubt('stored-code');
  } else into.add({ verb: 'restore', effect: 'write', ...object, tags: ['destructive'] });
  return true;
}
