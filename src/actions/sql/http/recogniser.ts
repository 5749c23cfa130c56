// SQL inside HTTP: which service's call it is, and what its statements do. INVARIANT: a call that is none of the service's endpoints, or
// whose path, method or framing could be read in two ways, has an action of confidence `unknown`.
import type { Action } from '../../../core/action.ts';
import type { Call } from '../../../core/call.ts';
import type { SqlService } from '../../../core/upstream.ts';
import type { Recogniser } from '../../recogniser.ts';
import { restPaths } from '../../rest-paths.ts';
import { BIGQUERY } from './bigquery.ts';
import { CLICKHOUSE } from './clickhouse.ts';
import { D1 } from './d1.ts';
import { DATABRICKS } from './databricks.ts';
import { HttpRequest } from './http-request.ts';
import { knownService } from './known-hosts.ts';
import { LIBSQL } from './libsql.ts';
import { NEON } from './neon.ts';
import { POSTGREST } from './postgrest.ts';
import type { ServiceReader } from './service-reader.ts';
import { SNOWFLAKE } from './snowflake.ts';
import { SPANNER } from './spanner.ts';
import { SqlRequest } from './sql-request.ts';
import { TRINO } from './trino.ts';

const READERS: Readonly<Record<SqlService, ServiceReader>> = {
  snowflake: SNOWFLAKE,
  bigquery: BIGQUERY,
  clickhouse: CLICKHOUSE,
  neon: NEON,
  postgrest: POSTGREST,
  databricks: DATABRICKS,
  d1: D1,
  libsql: LIBSQL,
  trino: TRINO,
  spanner: SPANNER,
};
const OVERRIDING = /^x-(?:http-)?method(?:-override)?$/i;

/** `service`: of an upstream that says it; without one, by the host of each call. `base`: the path of the upstream's address. */
export function createSqlRecogniser(service?: SqlService, base = ''): Recogniser {
  const serviceOf = (call: Call): SqlService | undefined => service ?? knownService(call);
  return {
    claims: (call) => knownService(call) !== undefined,
    needsBody(call) {
      const reader = readerOf(serviceOf(call));
      // A path of several readings is unknown whatever its body says; without it there is nothing to show.
      return reader !== undefined && pathsOf(call, base).some((path) => reader.needsBody(call.method, path));
    },
    recognise(call) {
      const found = serviceOf(call);
      return found === undefined ? new SqlRequest([], {}).actions() : recognise(call, found, base);
    },
  };
}

function readerOf(service: SqlService | undefined): ServiceReader | undefined {
  return service === undefined ? undefined : READERS[service];
}

/** Below the base; a path that does not begin with the base is as it stands. */
function pathsOf({ path }: Call, base: string): readonly string[] {
  return restPaths(path).paths.map((each) => {
    const rest = each.startsWith(base) ? each.slice(base.length) : each;
    return rest.startsWith('/') ? rest : `/${rest}`;
  });
}

function recognise(call: Call, service: SqlService, base: string): readonly Action[] {
  const reader = READERS[service];
  const into = new SqlRequest(reader.dialects, { service });
  if (restPaths(call.path).overflow || !call.path.startsWith(base)) into.doubt('unclear-path');
  if (call.headers.some((name, i) => i % 2 === 0 && OVERRIDING.test(name))) into.doubt('method-override');
  const paths = pathsOf(call, base);
  for (const path of paths) {
    if (!reader.read(new HttpRequest(call, path, into), into)) into.doubt('no-sql-endpoint');
  }
  // An escaped blank in the name of a table is no doubt, a path that leads elsewhere is.
  if (paths.length > 1 && !areAlike(paths.map((path) => namesOf(call, path, reader)))) into.doubt('unclear-path');
  return into.actions();
}

function namesOf(call: Call, path: string, reader: ServiceReader): string {
  const alone = new SqlRequest(reader.dialects, {});
  const found = reader.read(new HttpRequest(call, path, alone), alone);
  return found
    ? alone
        .actions()
        .map(({ name }) => name)
        .join('\n')
    : '';
}

function areAlike(texts: readonly string[]): boolean {
  return texts.every((text) => text === texts[0]);
}
