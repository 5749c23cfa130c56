// Snowflake: the SQL API (docs.snowflake.com, "SQL API reference") and the one endpoint of its drivers that runs statements.
import { isObject, Members, schemaOf } from './http-request.ts';
import { plainEndpoint, type ServiceReader } from './service-reader.ts';

const STATEMENTS = '/api/v2/statements';
const DRIVERS = '/queries/v1/query-request';
const HANDLE = /^\/api\/v2\/statements\/[\w-]+$/;
const CANCEL = /^(?:\/api\/v2\/statements\/[\w-]+\/cancel|\/queries\/v1\/abort-request)$/;
const RESULT = /^\/queries\/[\w-]+\/result$/;

export const SNOWFLAKE: ServiceReader = {
  dialects: ['snowflake'],
  needsBody: (method, path) => method === 'POST' && (path === STATEMENTS || path === DRIVERS),
  read(request, into) {
    const { method, path } = request;
    if (method === 'GET' && (HANDLE.test(path) || RESULT.test(path))) return plainEndpoint(into, 'fetch');
    if (method === 'POST' && CANCEL.test(path)) return plainEndpoint(into, 'cancel');
    if (method !== 'POST' || (path !== STATEMENTS && path !== DRIVERS)) return false;
    const body = request.object();
    if (body === undefined) return true;
    const name = path === STATEMENTS ? 'statement' : 'sqlText';
    const members = new Members(body, [name, 'database', 'schema', 'warehouse', 'role', 'parameters'], into);
    members.statement(name, schemaOf(members.text('database'), members.text('schema')));
    for (const place of ['database', 'schema', 'warehouse', 'role']) into.say(place, members.text(place));
    const role = members.text('role');
    if (role !== undefined) {
      // The statement runs with this role's rights, not with those that the credential has by default.
      const params = { role: role.slice(0, 200) };
      into.add({ verb: 'use', effect: 'session', level: 'read', type: 'role', name: [role.toLowerCase()], params });
    }
    if (members.get('parameters') !== undefined && !isObject(members.get('parameters'))) into.doubt('unclear-member');
    return true;
  },
};
