// PostgREST and Supabase (docs.postgrest.org, "Tables and Views", "Functions as RPC"): no SQL, but what each method on a table does.
// INVARIANT: a change whose filters cannot leave a row out is one of the whole table.
import { decodeStrict } from '../../../core/body/percent.ts';
import { changeTags, isSecretTable } from '../special-tables.ts';
import type { HttpRequest } from './http-request.ts';
import { plainEndpoint, type ServiceReader } from './service-reader.ts';
import type { SqlRequest } from './sql-request.ts';

/** Parameters that filter nothing. */
const NO_FILTER: ReadonlySet<string> = new Set([
  'select',
  'order',
  'limit',
  'offset',
  'columns',
  'on_conflict',
  'apikey',
]);
/** `name(`, `alias:name!hint(`: another table inside the answer; `.count()` is none. */
const EMBEDDED = /(?<![.\w])(?:[\w ]+:)?(?:\.\.\.)?([A-Za-z_][\w$]*)(?:![\w$]+)*\((?!\))/g;

export const POSTGREST: ServiceReader = {
  dialects: ['postgresql'],
  // What rows are written with does not change what is done to the table.
  needsBody: () => false,
  read(request, into) {
    const { method } = request;
    const path = request.path.replace(/^\/rest\/v1(?=\/|$)/, '').replace(/\/$/, '');
    if (path === '' && (method === 'GET' || method === 'HEAD')) return plainEndpoint(into, 'show');
    if (method === 'OPTIONS') return plainEndpoint(into, 'show');
    const segments = path
      .split('/')
      .slice(1)
      .map((segment) => decodeStrict(segment, false));
    const [first, second] = segments;
    if (first === undefined || segments.includes(undefined) || segments.includes('')) return false;
    if (segments.length === 2 && first === 'rpc' && ['GET', 'HEAD', 'POST'].includes(method)) {
      call(request, into, second ?? '');
      return true;
    }
    if (segments.length !== 1) return false;
    return table(request, into, first);
  },
};

function call(request: HttpRequest, into: SqlRequest, name: string): void {
  into.add({
    verb: 'call',
    effect: 'exec',
    type: 'function',
    name: [schema(request), name],
    tags: ['sql-execution'],
    flags: ['unknown-function'],
  });
}

function schema(request: HttpRequest): string {
  const reads = request.method === 'GET' || request.method === 'HEAD';
  return request.header(reads ? 'accept-profile' : 'content-profile')?.trim() || 'public';
}

function table(request: HttpRequest, into: SqlRequest, name: string): boolean {
  const whole = [schema(request), name];
  const filtered = isFiltered(request);
  const flags = filtered ? [] : ['no-where'];
  const audit = changeTags(whole);
  const on = { effect: 'write', type: 'table', name: whole } as const;
  switch (request.method) {
    case 'GET':
    case 'HEAD':
      select(into, whole);
      break;
    case 'POST': {
      const upserts = /resolution\s*=\s*merge-duplicates/i.test(request.header('prefer') ?? '');
      into.add({
        verb: 'insert',
        ...on,
        tags: upserts ? audit : changeTags(whole, true),
        flags: upserts ? ['upsert'] : [],
      });
      if (upserts) into.add({ verb: 'update', ...on, tags: audit });
      break;
    }
    case 'PUT':
      into.add({ verb: 'insert', ...on, tags: audit, flags: ['upsert'] });
      into.add({ verb: 'update', ...on, tags: audit });
      break;
    case 'PATCH':
      into.add({ verb: 'update', ...on, tags: [...(filtered ? [] : ['destructive']), ...audit], flags });
      break;
    case 'DELETE':
      into.add({ verb: 'delete', ...on, tags: ['destructive', ...audit], flags });
      break;
    default:
      return false;
  }
  for (const [key, value] of request.parameters()) {
    if (key !== 'select') continue;
    for (const [, inner = ''] of value.matchAll(EMBEDDED)) select(into, [whole[0] ?? '', inner]);
  }
  return true;
}

function select(into: SqlRequest, name: readonly string[]): void {
  into.add({ verb: 'select', effect: 'read', type: 'table', name, tags: isSecretTable(name) ? ['secret-read'] : [] });
}

/** True where a filter stands on the table itself: `orders.id=eq.1` filters what is embedded. */
function isFiltered(request: HttpRequest): boolean {
  const filters = request
    .parameters()
    .filter(([key]) => !NO_FILTER.has(key) && (!key.includes('.') || /^not\.(?:and|or)$/.test(key)));
  return filters.some(
    ([, value]) => !/^(?:\(\s*\)|not\.is\.null|is\.not_null|like\.[*%]+|ilike\.[*%]+)?$/i.test(value),
  );
}
