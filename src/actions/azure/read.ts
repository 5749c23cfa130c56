// Everything that a request to Azure may be, under every reading of its method and path.
import { headerValues } from '../../core/call.ts';
import { decodeStrict } from '../../core/body/percent.ts';
import { lookUp } from '../../core/policy/pairs.ts';
import { restPaths } from '../rest-paths.ts';
import { armFinding } from './arm.ts';
import { blobFindings } from './blob.ts';
import { readAzureBody } from './body.ts';
import { graphFinding } from './graph.ts';
import type { AzureHost } from './host.ts';
import type { AzureRequest, Finding } from './request.ts';
import { vaultFinding } from './vault.ts';

export interface Findings {
  readonly list: readonly Finding[];
  /** False where there is a reading that is nothing known, or more readings than were looked at. */
  readonly whole: boolean;
}

const OVERRIDES: readonly string[] = ['x-http-method-override', 'x-http-method', 'x-method-override'];
const MAX_PATH = 16 * 1024;
const MAX_METHODS = 4;
const MAX_FINDINGS = 12;

export function readAzure(request: AzureRequest, { plane, account }: AzureHost): Findings {
  if (request.path.length > MAX_PATH) return { list: [], whole: false };
  const methods = methodsOf(request);
  const { paths, overflow } = restPaths(request.path);
  const found = new Map<string, Finding>();
  let whole = !overflow && methods.length <= MAX_METHODS;
  for (const path of plane === 'arm' ? withSlashes(paths) : paths) {
    const segments = plane === 'vault' || plane === 'hsm' ? withoutVersion(segmentsOf(path)) : segmentsOf(path);
    for (const method of methods.slice(0, MAX_METHODS)) {
      const list =
        segments.includes('') && plane !== 'blob' ? [] : findingsOf({ ...request, method }, segments, plane, account);
      // What one of the readings is, nobody knows.
      if (list.length === 0) whole = false;
      for (const each of list) {
        const key = `${each.name} ${each.resource.namespace ?? ''} ${each.resource.id ?? ''}`;
        if (!found.has(key)) found.set(key, each);
      }
    }
  }
  const all = [...found.values()];
  if (all.length > MAX_FINDINGS) whole = false;
  const sure = whole && all.length === 1 && methods.length === 1;
  return { list: all.slice(0, MAX_FINDINGS).map((each) => ({ ...each, sure: each.sure && sure })), whole };
}

/**
 * Servers that are built on ASP.NET split paths after decoding them, so that `vm1%2FrunCommand` may be the action and no name: Resource Manager's
 * providers are free to (their own names have `~` for a slash, which is why).
 */
const withSlashes = (paths: readonly string[]): readonly string[] =>
  paths.some((path) => /%2f/i.test(path))
    ? [...new Set(paths.flatMap((path) => [path, path.replaceAll(/%2f/gi, '/')]))]
    : paths;

/** An escaped slash in a name is no slash of the path, but for blobs, whose names have them. */
const segmentsOf = (path: string): readonly string[] => {
  const segments = path
    .split('/')
    .slice(1)
    .map((text) => (text.includes('%') ? (decodeStrict(text, false) ?? text) : text));
  if (segments.at(-1) === '') segments.pop();
  return segments;
};

/** `/keys/name//decrypt`: the SDKs leave the version empty where none is asked for, which is the latest. */
function withoutVersion(segments: readonly string[]): readonly string[] {
  const [kind = '', name, version, operation, ...more] = segments;
  if (version !== '' || operation === undefined || more.length > 0 || kind.toLowerCase() !== 'keys') return segments;
  return [kind, name ?? '', operation];
}

function findingsOf(
  request: AzureRequest,
  segments: readonly string[],
  plane: AzureHost['plane'],
  account: string | undefined,
): readonly Finding[] {
  // A HEAD is answered as a GET without its body.
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const one = (finding: Finding | undefined): readonly Finding[] => (finding ? [finding] : []);
  switch (plane) {
    case 'arm':
      return one(cloudFinding(method, segments) ?? armFinding(method, segments));
    case 'vault':
      return one(vaultFinding(method, segments, false, account));
    case 'hsm':
      return one(vaultFinding(method, segments, true, account));
    case 'graph':
      return one(graphFinding(method, segments));
    case 'blob':
      return blobFindings({ ...request, method }, `/${segments.join('/')}`, account);
    case 'logs':
      return one(logsFinding({ ...request, method }, segments));
    case 'login':
      return one(loginFinding(method, segments));
    default:
      return [];
  }
}

/** `/metadata/endpoints` of Resource Manager: where the parts of this cloud are, sign-in among them. Every client begins with it. */
function cloudFinding(method: string, segments: readonly string[]): Finding | undefined {
  if (method !== 'GET' || segments.join('/').toLowerCase() !== 'metadata/endpoints') return undefined;
  return { name: 'login:discovery', level: 'read', resource: {}, params: {}, known: true, sure: true, body: false };
}

/** Operators of KQL with which the service fetches what stands at an address of the query's choice. */
const FETCHES = /externaldata|external_table|evaluate\s+\w*request/i;

/** Queries of Log Analytics (learn.microsoft.com/azure/azure-monitor/logs/api): KQL changes nothing. */
function logsFinding(request: AzureRequest, segments: readonly string[]): Finding | undefined {
  const { method } = request;
  const [version = '', workspaces, id = '', query, ...more] = segments;
  if (!/^v\d[\w-]{0,20}$/.test(version) || workspaces !== 'workspaces' || query !== 'query' || more.length > 0)
    return undefined;
  if ((method !== 'GET' && method !== 'POST') || id === '') return undefined;
  const type = 'Microsoft.OperationalInsights/workspaces';
  const body = readAzureBody(request.body, request.headers, false);
  const asked = [...body.tree].flatMap(([key, value]) => (key.toLowerCase() === 'query' ? [value] : []));
  const texts = method === 'POST' ? asked : lookUp(request.query ?? '', 'query').possible;
  const plain = texts.length > 0 && texts.every((text) => typeof text === 'string' && !FETCHES.test(text));
  return {
    name: `${type}/query/read`,
    level: 'read',
    resource: { type, id: id.toLowerCase() },
    params: {},
    known: true,
    sure: true,
    body: method === 'POST',
    tags: plain ? [] : ['network-exposure'],
  };
}

/** Sign-in: `/{tenant}/oauth2/v2.0/token` (learn.microsoft.com/entra/identity-platform). */
function loginFinding(method: string, segments: readonly string[]): Finding | undefined {
  const [tenant = '', ...rest] = segments;
  const path = rest.join('/').toLowerCase();
  const base = {
    resource: { type: 'tenants', id: tenant === '' ? '*' : tenant.toLowerCase() },
    params: {},
    known: true,
    sure: true,
  } as const;
  if (method === 'POST' && /^oauth2\/(?:v2\.0\/)?token$/.test(path))
    return { name: 'login:token', level: 'write', body: true, ...base };
  if (method === 'POST' && /^oauth2\/(?:v2\.0\/)?devicecode$/.test(path))
    return { name: 'login:devicecode', level: 'write', body: true, ...base };
  if (/^oauth2\/(?:v2\.0\/)?authorize$/.test(path))
    return { name: 'login:authorize', level: 'write', body: false, ...base };
  if (
    method === 'GET' &&
    /^(?:v2\.0\/)?\.well-known\/openid-configuration$|^discovery\/(?:v2\.0\/)?keys$|^discovery\/instance$|^federationmetadata\//.test(
      path,
    )
  )
    return { name: 'login:discovery', level: 'read', body: false, ...base };
  if (method === 'GET' && tenant.toLowerCase() === 'common' && path === 'discovery/instance')
    return { name: 'login:discovery', level: 'read', body: false, ...base };
  return undefined;
}

/** Azure knows no overrides; a hop in front of it may. */
function methodsOf({ method, headers, query }: AzureRequest): readonly string[] {
  const methods = new Set([method]);
  for (const name of OVERRIDES) {
    for (const value of headerValues(headers, name))
      for (const each of value.split(',', MAX_METHODS + 1))
        if (methods.size <= MAX_METHODS) methods.add(each.trim().toUpperCase());
  }
  if (query !== undefined && /method/i.test(query)) {
    for (const value of lookUp(query, '_method').possible.slice(0, MAX_METHODS)) methods.add(value.toUpperCase());
  }
  return [...methods];
}
