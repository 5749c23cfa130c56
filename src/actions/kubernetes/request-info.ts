// What one reading of a request asks of the API server: verb, group, resource, subresource, namespace and name, found in the path
// as the server itself does it (k8s.io/apiserver pkg/endpoints/request, RequestInfo). INVARIANT: pure; any text gives an answer.
import type { GoQuery } from './go-query.ts';

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'apply' | 'delete' | 'deletecollection';

export interface ResourceRequest {
  readonly kind: 'resource';
  readonly verb: Verb;
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** Undefined where the path names none: a cluster-wide resource, or all namespaces. */
  readonly namespace: string | undefined;
  readonly resource: string;
  /** Empty for none. */
  readonly subresource: string;
  /** Undefined for a collection. */
  readonly name: string | undefined;
  /** What stands behind the subresource: the path that is proxied to, for `proxy`. */
  readonly rest: readonly string[];
}

export interface NonResourceRequest {
  readonly kind: 'non-resource';
  /** Lower-case HTTP method, as RBAC has it for `nonResourceURLs`. */
  readonly verb: string;
  readonly path: string;
}

/** A resource path that the API server answers with an error, or a method that it has no verb for. */
export interface UnknownRequest {
  readonly kind: 'unknown';
  readonly why: string;
}

export type RequestInfo = ResourceRequest | NonResourceRequest | UnknownRequest;

const VERBS: ReadonlyMap<string, Verb> = new Map([
  ['POST', 'create'],
  ['GET', 'get'],
  ['HEAD', 'get'],
  ['PUT', 'update'],
  ['PATCH', 'patch'],
  ['DELETE', 'delete'],
]);

/** Subresources of a namespace; any other segment behind its name is a resource in it. */
const OF_NAMESPACES: ReadonlySet<string> = new Set(['status', 'finalize']);

/** Subresources that open a channel to something behind the API server: what flows there is a deed, whatever the method. */
const CONNECTS: ReadonlySet<string> = new Set([
  'exec',
  'attach',
  'portforward',
  'proxy',
  // KubeVirt: the ends of a virtual machine.
  'console',
  'vnc',
  'usbredir',
  'vsock',
]);

export const isConnect = ({ subresource }: ResourceRequest): boolean => CONNECTS.has(subresource);

/** Reads a decoded path. Several answers where the query can be read as a list or as a watch. */
export function requestInfo(method: string, path: string, query: GoQuery): readonly RequestInfo[] {
  const parts = split(path);
  const nonResource: RequestInfo = { kind: 'non-resource', verb: method.toLowerCase(), path };
  const prefix = parts[0];
  if (parts.length < 3 || (prefix !== 'api' && prefix !== 'apis')) return [nonResource];
  let at = 1;
  const group = prefix === 'apis' ? (parts[at++] ?? '') : '';
  const version = parts[at++] ?? '';
  if (at >= parts.length) return [nonResource];
  const special = parts[at] === 'watch' || parts[at] === 'proxy' ? parts[at++] : undefined;
  if (at >= parts.length) return [{ kind: 'unknown', why: `nothing stands behind /${special}` }];
  const verb = VERBS.get(method);
  if (!verb) return [{ kind: 'unknown', why: `the API server has no verb for ${method}` }];
  if (special === 'watch' && verb !== 'get') return [{ kind: 'unknown', why: `${method} to a watch` }];
  let namespace: string | undefined;
  if (parts[at] === 'namespaces' && parts.length > at + 1) {
    namespace = parts[at + 1];
    const behind = parts[at + 2];
    if (behind !== undefined && !OF_NAMESPACES.has(behind)) at += 2;
  }
  const name = parts[at + 1];
  const isProxy = special === 'proxy';
  const found: ResourceRequest = {
    kind: 'resource',
    verb: special === 'watch' ? 'watch' : verb,
    group,
    version,
    namespace,
    resource: parts[at] ?? '',
    subresource: isProxy ? 'proxy' : (parts[at + 2] ?? ''),
    name: name === '' ? undefined : name,
    rest: parts.slice(at + (isProxy ? 2 : 3)),
  };
  if (isConnect(found)) return [{ ...found, verb: 'create' }];
  return collections(found, query);
}

function split(path: string): string[] {
  const trimmed = path.replace(/^\/+/, '').replace(/\/+$/, '');
  return trimmed === '' ? [] : trimmed.split('/');
}

/** Without a name, a get is a list or a watch and a delete is one of the whole collection. */
function collections(found: ResourceRequest, query: GoQuery): readonly ResourceRequest[] {
  if (found.name !== undefined) return [found];
  if (found.verb === 'delete') return [{ ...found, verb: 'deletecollection' }];
  if (found.verb !== 'get' && found.verb !== 'watch') return [found];
  const named = { ...found, name: selectedName(query) };
  const watch = found.verb === 'watch' || query.flag('watch');
  return [
    ...(watch !== true ? [{ ...named, verb: 'list' as const }] : []),
    ...(watch !== false ? [{ ...named, verb: 'watch' as const }] : []),
  ];
}

/** The one object that `fieldSelector=metadata.name=…` restricts a list to. */
function selectedName(query: GoQuery): string | undefined {
  const selector = query.certain('fieldSelector');
  if (selector === undefined || selector.includes('\\')) return undefined;
  const names = selector.split(',').flatMap((term) => /^metadata\.name==?([^=!]+)$/.exec(term)?.[1] ?? []);
  const [name] = names;
  return names.length === 1 && name !== undefined && !/^\.{1,2}$|[/%]/.test(name) ? name : undefined;
}
