// What each service needs to say so that its calls can be read.
import type { SqlDialect } from '../dialect.ts';
import type { HttpRequest } from './http-request.ts';
import type { SqlRequest } from './sql-request.ts';

export interface ServiceReader {
  readonly dialects: readonly SqlDialect[];
  /** True where what the call does is in its body. `path` is below the base. */
  readonly needsBody: (method: string, path: string) => boolean;
  /** Reads the call into `into`; false where the service has no such endpoint. */
  readonly read: (request: HttpRequest, into: SqlRequest) => boolean;
}

/** An endpoint that looks after statements that ran before, or tells of the service itself. */
export function plainEndpoint(into: SqlRequest, verb: 'fetch' | 'show' | 'cancel'): true {
  into.add({ verb, effect: verb === 'cancel' ? 'session' : 'read', ...(verb === 'show' ? { level: 'list' } : {}) });
  return true;
}
