// The recogniser of last resort: what any HTTP call does can at least be said in HTTP's own words.
import type { Action, ActionLevel } from '../core/action.ts';
import { type Call, url } from '../core/call.ts';

/** RFC 9110 §9.2.1 safe methods read; the writing methods write; anything else is for the strictest reading. */
const LEVEL: Readonly<Record<string, ActionLevel>> = {
  GET: 'read',
  HEAD: 'read',
  OPTIONS: 'read',
  POST: 'write',
  PUT: 'write',
  PATCH: 'write',
  DELETE: 'write',
};

/** One action named `http:<METHOD>:<host><path>`; pure. */
export function recogniseHttp(call: Call): readonly Action[] {
  const { method, host, path } = call;
  return [
    {
      provider: 'http',
      service: host,
      operation: method,
      name: `http:${method}:${host}${path}`,
      level: LEVEL[method] ?? 'unknown',
      levelSource: 'heuristic',
      tags: [],
      resource: { type: 'url', id: `${host}${path}` },
      params: {},
      summary: `${method} ${url(call)}`,
      confidence: 'exact',
    },
  ];
}
