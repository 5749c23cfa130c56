// Snowflake: the SQL API (docs.snowflake.com, "SQL API reference") and the one endpoint of its drivers that runs statements.
import type { Finding } from '../finding.ts';
import { type HttpRequest, isObject, Members, schemaOf } from './http-request.ts';
import { plainEndpoint, type ServiceReader } from './service-reader.ts';
import type { SqlRequest } from './sql-request.ts';

const STATEMENTS = '/api/v2/statements';
const DRIVERS = '/queries/v1/query-request';
const HANDLE = /^\/api\/v2\/statements\/[\w-]+$/;
const CANCEL = /^(?:\/api\/v2\/statements\/[\w-]+\/cancel|\/queries\/v1\/abort-request)$/;
const RESULT = /^(?:\/queries\/[\w-]+\/result|\/monitoring\/queries\/[\w-]+)$/;
/** The drivers sign in, and get the token of a session. */
const LOGIN = /^\/session\/(?:v1\/login-request|authenticator-request|token-request)$/;
/** What they say of themselves, and that they are still there. */
const ALIVE = /^\/(?:session\/heartbeat|telemetry\/send(?:\/sessionless)?)$/;

export const SNOWFLAKE: ServiceReader = {
  dialects: ['snowflake'],
  needsBody: (method, path) => method === 'POST' && (path === STATEMENTS || path === DRIVERS),
  read(request, into) {
    const { method, path } = request;
    if (method === 'GET' && (HANDLE.test(path) || RESULT.test(path))) return plainEndpoint(into, 'fetch');
    if (method === 'POST' && CANCEL.test(path)) return plainEndpoint(into, 'cancel');
    if (method === 'POST' && ALIVE.test(path)) return plainEndpoint(into, 'show');
    if (method === 'POST' && path === '/session' && request.parameter('delete') === 'true')
      return plainEndpoint(into, 'cancel');
    if (method === 'POST' && LOGIN.test(path)) return login(request, into);
    if (method !== 'POST' || (path !== STATEMENTS && path !== DRIVERS)) return false;
    const body = request.object();
    if (body === undefined) return true;
    const name = path === STATEMENTS ? 'statement' : 'sqlText';
    const members = new Members(body, [name, 'database', 'schema', 'warehouse', 'role', 'parameters'], into);
    members.statement(name, schemaOf(members.text('database'), members.text('schema')));
    for (const place of ['database', 'schema', 'warehouse', 'role']) into.say(place, members.text(place));
    const role = members.text('role');
    // The statement runs with this role's rights, not with those that the credential has by default.
    if (role !== undefined) into.add(taking(role));
    if (members.get('parameters') !== undefined && !isObject(members.get('parameters'))) into.doubt('unclear-member');
    return true;
  },
};

/** The body has the password and nothing that names what is done: database and role are in the query. */
function login(request: HttpRequest, into: SqlRequest): true {
  into.add({ verb: 'login', effect: 'session', level: 'write', tags: ['credential-issue'] });
  for (const [name, place] of [
    ['databaseName', 'database'],
    ['schemaName', 'schema'],
    ['warehouse', 'warehouse'],
    ['roleName', 'role'],
  ] as const) {
    into.say(place, request.parameter(name));
  }
  const role = request.parameter('roleName');
  if (role !== undefined && role !== '') into.add(taking(role));
  return true;
}

function taking(role: string): Finding {
  const params = { role: role.slice(0, 200) };
  return { verb: 'use', effect: 'session', level: 'read', type: 'role', name: [role.toLowerCase()], params };
}
