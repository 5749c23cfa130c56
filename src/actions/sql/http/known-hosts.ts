// Hosts whose API is known to take SQL, so that calls to them are read without anybody saying so. INVARIANT: a host is here only where
// the service, and the path of its SQL, are the vendor's own everywhere.
import type { Call } from '../../../core/call.ts';
import type { SqlService } from '../../../core/upstream.ts';

/** `path`: matched against the path with its escapes undone, in any case, so that an odd spelling is not overlooked. */
const KNOWN: readonly { readonly service: SqlService; readonly host: RegExp; readonly path: RegExp }[] = [
  {
    service: 'snowflake',
    host: /\.snowflakecomputing\.(?:com|cn)$/,
    path: /\/api\/v2\/statements|\/(?:queries|session|telemetry|monitoring)(?:\/|$)/,
  },
  { service: 'postgrest', host: /\.supabase\.(?:co|in|red)$/, path: /\/rest\/v1(?:\/|$)/ },
  { service: 'd1', host: /^api\.cloudflare\.com$/, path: /\/d1\/database/ },
  { service: 'neon', host: /\.neon\.(?:tech|build)$/, path: /\/sql\/?$/ },
  { service: 'libsql', host: /\.turso\.io$/, path: /^/ },
  { service: 'clickhouse', host: /\.clickhouse\.cloud$/, path: /^/ },
  {
    service: 'databricks',
    host: /\.cloud\.databricks\.(?:com|us)$|\.azuredatabricks\.net$|\.gcp\.databricks\.com$/,
    path: /\/sql\/statements|\/commands\/execute/,
  },
];

/** The service that the call goes to; undefined where its host is not known, or its path is none of SQL. */
export function knownService({ host, path }: Pick<Call, 'host' | 'path'>): SqlService | undefined {
  const name = host.replace(/:\d+$/, '').replace(/\.$/, '');
  const known = KNOWN.filter((each) => each.host.test(name));
  if (known.length === 0) return undefined;
  let plain = path;
  for (let i = 0; i < 3 && plain.includes('%'); i++) plain = lenient(plain);
  const collapsed = plain.toLowerCase().replaceAll('\\', '/').replace(/\/+/g, '/').replaceAll('/./', '/');
  return known.find((each) => each.path.test(collapsed))?.service;
}

function lenient(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
