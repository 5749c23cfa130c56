// Neon's SQL over HTTP, as @neondatabase/serverless speaks it: one query, or several in one transaction.
import { isObject, Members } from './http-request.ts';
import type { ServiceReader } from './service-reader.ts';
import type { SqlRequest } from './sql-request.ts';

export const NEON: ServiceReader = {
  dialects: ['postgresql'],
  needsBody: (method, path) => method === 'POST' && path === '/sql',
  read(request, into) {
    if (request.method !== 'POST' || request.path !== '/sql') return false;
    const body = request.object();
    if (body === undefined) return true;
    readConnection(request.header('neon-connection-string'), into);
    const members = new Members(body, ['query', 'queries'], into);
    const several = members.items('queries');
    if (several.length === 0 || members.get('query') !== undefined) members.statement('query');
    for (const each of several) {
      if (isObject(each)) new Members(each, ['query'], into).statement('query');
      else into.doubt('unclear-member');
    }
    return true;
  },
};

/** `postgresql://role:password@host/database`: whose rights on which database; the password stays where it is. */
function readConnection(text: string | undefined, into: SqlRequest): void {
  const url = text === undefined ? null : URL.parse(text);
  if (url === null) return;
  into.say('host', url.hostname);
  into.say('role', url.username);
  into.say('database', url.pathname.slice(1));
}
