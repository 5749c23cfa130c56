// Trino and Presto (trino.io/docs, "Client REST API"): the statement is the body; where names are, roles and prepared statements stand
// in headers.
import { decodeStrict } from '../../../core/body/percent.ts';
import { headerValues } from '../../../core/call.ts';
import type { HttpRequest } from './http-request.ts';
import { plainEndpoint, type ServiceReader } from './service-reader.ts';
import type { SqlRequest } from './sql-request.ts';

const NEXT = /^\/v1\/statement\/(?:queued|executing|partialCancel)?\/?[\w/-]+$/;
const QUERY = /^\/v1\/query\/\w+$/;

export const TRINO: ServiceReader = {
  dialects: ['trino'],
  needsBody: (method, path) => method === 'POST' && path === '/v1/statement',
  read(request, into) {
    const { method, path } = request;
    if (NEXT.test(path) && (method === 'GET' || method === 'DELETE')) {
      return plainEndpoint(into, method === 'GET' ? 'fetch' : 'cancel');
    }
    if (
      method === 'GET' &&
      (path === '/v1/info' || path === '/v1/info/state' || path === '/v1/query' || QUERY.test(path))
    ) {
      return plainEndpoint(into, 'show');
    }
    if (method === 'DELETE' && QUERY.test(path)) return plainEndpoint(into, 'cancel');
    if (method !== 'POST' || path !== '/v1/statement') return false;
    const schema = [one(request, 'catalog'), one(request, 'schema')].map((part) => part?.toLowerCase());
    const known = schema.every((part) => part !== undefined && part !== '') ? (schema as readonly string[]) : undefined;
    for (const name of ['catalog', 'schema', 'user']) into.say(name, one(request, name));
    const text = request.text();
    if (text !== undefined) into.statement(text, known);
    readPrepared(request, into, known);
    readRoles(request, into);
    return true;
  },
};

function one(request: HttpRequest, name: string): string | undefined {
  return request.header(`x-trino-${name}`) ?? request.header(`x-presto-${name}`);
}

function all({ call }: HttpRequest, name: string): readonly string[] {
  const values = ['trino', 'presto'].flatMap((product) => headerValues(call.headers, `x-${product}-${name}`));
  const items = values.flatMap((value) => value.split(',')).map((value) => value.trim());
  // The Python client sends the header with nothing in it.
  return items.filter((item) => item !== '');
}

/** `name=<percent-encoded statement>`: EXECUTE name runs it. */
function readPrepared(request: HttpRequest, into: SqlRequest, schema: readonly string[] | undefined): void {
  for (const each of all(request, 'prepared-statement')) {
    const text = decodeStrict(each.slice(each.indexOf('=') + 1), true);
    if (text === undefined || !each.includes('=')) into.doubt('unclear-header');
    else into.statement(text, schema);
  }
}

/** `catalog=ROLE{admin}`: the statement runs with its rights. ALL and NONE take none that the user lacks. */
function readRoles(request: HttpRequest, into: SqlRequest): void {
  for (const each of all(request, 'role')) {
    if (/=(?:ALL|NONE)$/i.test(each)) continue;
    const tags = ['privilege-escalation'];
    into.add({
      verb: 'set',
      effect: 'session',
      level: 'permissions-management',
      type: 'parameter',
      name: ['role'],
      tags,
      flags: ['changes-role'],
      params: { value: each.slice(0, 200) },
    });
  }
  for (const each of all(request, 'session')) {
    const name = each.split('=')[0] ?? '';
    into.add({ verb: 'set', effect: 'session', type: 'parameter', name: name.toLowerCase().split('.') });
  }
}
