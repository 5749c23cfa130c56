// Batches of Resource Manager (`POST /batch`) and Microsoft Graph (`POST /v1.0/$batch`): JSON with one object for each request. INVARIANT: what does
// not look exactly as the API takes it gives nothing, and the call then counts as everything that it may be.
import type { JsonObject, JsonValue } from '../../core/body/json.ts';
import { readAzureBody } from './body.ts';
import type { AzureRequest } from './request.ts';

const MAX_PARTS = 500;
/** A header of a part that makes another method of it. */
const OVERRIDE = /^x-(?:http-)?method(?:-override)?$/i;

/** `graph`: addresses of the parts are below the version of the batch's own. */
export function isAzureBatch({ method, path }: AzureRequest, graph: boolean): boolean {
  return (
    method === 'POST' && (graph ? /^\/(?:v1\.0|beta)\/(?:\$|%24)batch\/?$/i : /^\/(?:\$|%24)?batch\/?$/i).test(path)
  );
}

/** Undefined where the body is no batch that every parser reads alike. */
export function azureBatchParts(request: AzureRequest, graph: boolean): readonly AzureRequest[] | undefined {
  const body = readAzureBody(request.body, request.headers, false);
  const requests = body.state === 'whole' ? body.tree.get('requests') : undefined;
  if (!Array.isArray(requests) || requests.length === 0 || requests.length > MAX_PARTS) return undefined;
  const version = graph ? /^\/[^/]+/.exec(request.path)?.[0] : undefined;
  const found: AzureRequest[] = [];
  for (const each of requests as readonly JsonValue[]) {
    const part = each instanceof Map ? partOf(each as JsonObject, request, version) : undefined;
    if (!part) return undefined;
    found.push(part);
  }
  return found;
}

function partOf(part: JsonObject, { host }: AzureRequest, version: string | undefined): AzureRequest | undefined {
  const verbs = [part.get('method'), part.get('httpMethod')].filter((value) => value !== undefined);
  const urls = [part.get('url'), part.get('relativeUrl')].filter((value) => value !== undefined);
  const contents = [part.get('body'), part.get('content')].filter((value) => value !== undefined && value !== null);
  if (isOverridden(part)) return undefined;
  const [method] = verbs;
  const [url] = urls;
  if (verbs.length !== 1 || urls.length !== 1 || contents.length > 1) return undefined;
  if (typeof method !== 'string' || typeof url !== 'string' || !/^[A-Za-z]{3,7}$/.test(method)) return undefined;
  const [, authority, rest] = /^https:\/\/([^/?#]+)(\/.*)$/.exec(url) ?? [];
  if (authority !== undefined && authority.toLowerCase() !== host) return undefined;
  const local = rest ?? (url.startsWith('/') ? url : `/${url}`);
  if (local.includes('#') || local.startsWith('//')) return undefined;
  const full = version !== undefined && authority === undefined ? `${version}${local}` : local;
  const mark = full.indexOf('?');
  const [content] = contents;
  const bytes = content === undefined ? undefined : new TextEncoder().encode(JSON.stringify(plain(content)));
  return {
    method: method.toUpperCase(),
    host,
    path: mark < 0 ? full : full.slice(0, mark),
    query: mark < 0 ? undefined : full.slice(mark + 1),
    headers: bytes ? ['Content-Type', 'application/json'] : [],
    body: bytes ? { state: 'whole', bytes, decoded: bytes } : { state: 'none' },
  };
}

const isOverridden = (part: JsonObject): boolean =>
  [...part].some(
    ([name, value]) =>
      /headers?$/i.test(name) &&
      value instanceof Map &&
      [...(value as JsonObject).keys()].some((key) => OVERRIDE.test(key.trim())),
  );

function plain(value: JsonValue): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(plain);
  if (value instanceof Map)
    return Object.fromEntries([...(value as JsonObject)].map(([name, inner]) => [name, plain(inner)]));
  return 0;
}
