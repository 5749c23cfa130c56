// Every request that the API server, or a hop in front of it, may take a call for. INVARIANT: a plain path has one reading; an
// escaped slash, a dot segment, an empty segment or a letter case that matters makes several, and then none of them is sure.
import { decodeStrict } from '../../core/body/percent.ts';
import { type Call, headerValues } from '../../core/call.ts';
import { pathReadings } from '../../core/policy/path-readings.ts';
import { type GoQuery, goQuery } from './go-query.ts';
import { type RequestInfo, requestInfo } from './request-info.ts';

export interface RequestReadings {
  readonly infos: readonly RequestInfo[];
  /** True where there is nothing but the one reading. */
  readonly sure: boolean;
}

const OVERRIDES: readonly string[] = ['x-http-method', 'x-http-method-override', 'x-method-override'];
const NO_QUERY = goQuery(undefined);
const MAX_METHODS = 8;
/** Each is looked at with the whole body. */
const MAX_READINGS = 12;
const ODD: RequestReadings = {
  infos: [{ kind: 'unknown', why: 'the request can be read in too many ways' }],
  sure: false,
};

/** `base`: the path below which the API stands, without a trailing slash; empty for none. */
export function requestReadings(call: Call, query: GoQuery, base: string): RequestReadings {
  const paths = pathsOf(call.path);
  if (!paths) return ODD;
  const methods = methodsOf(call, query);
  if (methods.length > MAX_METHODS) return ODD;
  const found = new Map<string, RequestInfo>();
  for (const path of paths) {
    for (const method of methods) {
      for (const info of requestInfo(method, below(path, base), query)) {
        const key = keyOf(info);
        if (!found.has(key)) found.set(key, info);
      }
    }
    if (found.size > MAX_READINGS) return ODD;
  }
  return { infos: [...found.values()], sure: found.size === 1 };
}

/** The server's own reading, the path decoded once, comes first. */
function pathsOf(raw: string): readonly string[] | undefined {
  const { all, overflow } = pathReadings(raw);
  if (overflow) return undefined;
  if (all.length === 1) return withLowerCase(all);
  const decoded = decodeStrict(raw, false);
  if (decoded === undefined) return withLowerCase(all);
  // An escape that hides nothing, as the colon of `system%3Anode`: no name has a percent sign, so nobody reads it undecoded.
  const again = raw.includes('%') ? pathReadings(decoded).all : [];
  if (again.length === 1 && count(raw) === count(decoded)) return withLowerCase(again);
  return withLowerCase([decoded, ...all]);
}

function count(path: string): number {
  return path.split('/').length;
}

/** Groups, versions and resources have no capital letters: where one stands, somebody may fold it. Names may have some. */
function withLowerCase(paths: readonly string[]): readonly string[] {
  if (!paths.some((path) => /[A-Z]/.test(path))) return paths;
  return [...paths, ...paths.flatMap((path) => folded(path) ?? [])];
}

function folded(path: string): string | undefined {
  const lower = path.toLowerCase();
  const [info] = requestInfo('DELETE', path, NO_QUERY);
  const [twin] = requestInfo('DELETE', lower, NO_QUERY);
  if (info?.kind !== 'resource' || twin?.kind !== 'resource') return info?.kind === twin?.kind ? undefined : lower;
  const same =
    info.group === twin.group &&
    info.version === twin.version &&
    info.resource === twin.resource &&
    info.subresource === twin.subresource &&
    info.namespace === twin.namespace;
  return same ? undefined : lower;
}

/** The API server knows no overrides; a hop in front of it may. */
function methodsOf({ method, headers }: Call, query: GoQuery): readonly string[] {
  const methods = new Set([method]);
  for (const name of OVERRIDES) {
    for (const value of headerValues(headers, name)) {
      for (const each of value.split(',', 8)) if (each.trim() !== '') methods.add(each.trim().toUpperCase());
    }
  }
  if (query.mentions('_method')) for (const value of query.all('_method')) methods.add(value.toUpperCase());
  return [...methods];
}

function below(path: string, base: string): string {
  return base !== '' && path.startsWith(`${base}/`) ? path.slice(base.length) : path;
}

/** What policy can tell apart; the path that is proxied to is not part of it. */
function keyOf(info: RequestInfo): string {
  if (info.kind === 'unknown') return 'unknown';
  if (info.kind === 'non-resource') return `${info.verb} ${info.path.replace(/\/+$/, '')}`;
  const { verb, group, resource, subresource, namespace, name, rest } = info;
  return JSON.stringify([verb, group, resource, subresource, namespace, name, subresource === 'proxy' ? [] : rest]);
}
