// Neon's SQL over HTTP, as @neondatabase/serverless speaks it: one query, or several in one transaction.
import { isObject, Members } from './http-request.ts';
import type { ServiceReader } from './service-reader.ts';

export const NEON: ServiceReader = {
  dialects: ['postgresql'],
  needsBody: (method, path) => method === 'POST' && path === '/sql',
  read(request, into) {
    if (request.method !== 'POST' || request.path !== '/sql') return false;
    const body = request.object();
    if (body === undefined) return true;
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
