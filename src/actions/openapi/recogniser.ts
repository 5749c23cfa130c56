// APIs that an OpenAPI document describes: from method and path to the operation. INVARIANT: a call that is not described is unknown, and one
// that servers could take for several operations is all of them.
import type { Action } from '../../core/action.ts';
import { contentType, isFormType, isJsonType } from '../../core/body/content-type.ts';
import { parseForm } from '../../core/body/form.ts';
import { type JsonObject, parseJson } from '../../core/body/json.ts';
import { type Call, headerValues, url } from '../../core/call.ts';
import { lookUp, plainPairs } from '../../core/policy/pairs.ts';
import { pathReadings } from '../../core/policy/path-readings.ts';
import { shortenedText } from '../../core/visible-text.ts';
import { agreedValues } from '../agreed-values.ts';
import { isSecretName, plainParams } from '../aws/body/plain.ts';
import type { Recogniser } from '../recogniser.ts';
import { describe, resourceOf, summaryOf } from './api-action.ts';
import { readOpenapi } from './openapi.ts';
import type { OpenapiSource } from './read-document.ts';
import { type ApiMatch, type ApiRoutes, createApiRoutes } from './routes.ts';

const OVERRIDES: readonly string[] = ['x-http-method', 'x-http-method-override', 'x-method-override'];
const MAX_METHODS = 6;
const MAX_MATCHES = 12;

/** `id`: of the upstream; empty where calls are read without a configuration. `base`: its path, without a trailing slash; empty for none. */
export function createOpenapiRecogniser(id: string, source: OpenapiSource, base = ''): Recogniser {
  const upstream = id === '' ? 'api' : id;
  let routes: ApiRoutes | undefined;
  const find = (call: Call, body: Body): Found => {
    routes ??= createApiRoutes(readOpenapi(source).operations, base);
    return findAll(call, routes, body);
  };
  return {
    // Only the configuration says whose document it is.
    claims: () => false,
    needsBody: ({ method }) => method !== 'GET' && method !== 'HEAD',
    recognise(call) {
      const body = readBody(call);
      const { matches, sure, strange } = find(call, body);
      const actions = matches.map((match) => actionOf(upstream, match, call, body, sure && body.clear));
      const isHidden = body.hidden === true && call.method === 'POST' && !isJson(call);
      return strange || isHidden || matches.length === 0 ? [...actions, unknownAction(upstream, call)] : actions;
    },
  };
}

interface Found {
  readonly matches: readonly ApiMatch[];
  readonly sure: boolean;
  /** True where the path as it stands is described nowhere: only what some server makes of it is. */
  readonly strange: boolean;
}

const NOTHING: Found = { matches: [], sure: false, strange: true };

function findAll(call: Call, routes: ApiRoutes, body: Body): Found {
  const { all, overflow } = pathReadings(call.path);
  const methods = methodsOf(call, body);
  if (overflow || methods.length > MAX_METHODS) return NOTHING;
  const found = new Map<string, ApiMatch>();
  let sure = methods.length === 1;
  let strange = false;
  for (const [i, path] of all.entries()) {
    for (const method of methods) {
      const matches = matchesOf(routes, method, path);
      if (i === 0 && (matches.length !== 1 || !isCertain(matches[0]))) sure = false;
      if (i === 0 && method === methods[0] && matches.length === 0) strange = true;
      for (const match of matches) {
        const key = `${match.operation.name} ${JSON.stringify([...match.labels])}`;
        if (!found.has(key)) found.set(key, match);
      }
    }
    if (found.size > MAX_MATCHES) return NOTHING;
  }
  return { matches: [...found.values()], sure: sure && found.size === 1, strange };
}

/** A dot segment is a step for most servers, whatever parameter it stands for. */
function isCertain(match: ApiMatch | undefined): boolean {
  return match?.certain === true && ![...match.labels.values()].some((value) => /^\.{1,2}$/.test(value));
}

/** Servers answer HEAD as they answer GET. */
function matchesOf(routes: ApiRoutes, method: string, path: string): readonly ApiMatch[] {
  const own = routes.find(method, path);
  return own.length > 0 || method !== 'HEAD' ? own : routes.find('GET', path);
}

function methodsOf({ method, headers, query }: Call, { methods }: Body): readonly string[] {
  const found = new Set([method]);
  for (const name of OVERRIDES) {
    for (const value of headerValues(headers, name)) {
      for (const each of value.split(',', 8)) if (each.trim() !== '') found.add(each.trim().toUpperCase());
    }
  }
  if (query !== undefined && /method/i.test(query)) {
    for (const value of lookUp(query, '_method').possible) found.add(value.toUpperCase());
  }
  for (const value of methods) found.add(value.toUpperCase());
  return [...found];
}

interface Body {
  /** Its named values; absent where it has none, or none that can be read. */
  readonly members?: JsonObject;
  /** False where parsers could differ about it. */
  readonly clear: boolean;
  /** Of `_method` in a form. */
  readonly methods: readonly string[];
  /** True where nobody can say whether it has one. */
  readonly hidden?: boolean;
}

const NO_BODY: Body = { clear: true, methods: [] };
const UNCLEAR: Body = { clear: false, methods: [] };

function readBody({ body, headers }: Call): Body {
  if (body.state === 'none' || body.state === 'unread') return NO_BODY;
  if (body.state === 'unreadable') return { ...UNCLEAR, hidden: true };
  if (body.decoded.length === 0) return NO_BODY;
  const type = contentType(headers);
  if (type.state === 'contradictory') return UNCLEAR;
  if (type.state === 'known' && isFormType(type.type)) return readForm(body.decoded);
  const json = type.state === 'missing' || isJsonType(type.type) ? parseJson(body.decoded) : undefined;
  // What says that it is something else is not looked into.
  if (!json) return NO_BODY;
  if (!json.ok) return UNCLEAR;
  return json.value instanceof Map ? { members: json.value as JsonObject, clear: true, methods: [] } : NO_BODY;
}

const isJson = ({ headers }: Call): boolean => {
  const type = contentType(headers);
  return type.state === 'known' && isJsonType(type.type);
};

function readForm(bytes: Uint8Array): Body {
  const form = parseForm(bytes);
  if (!form.ok) return UNCLEAR;
  const methods = /method/i.test(form.text) ? lookUp(form.text, '_method').possible : [];
  const members = plainPairs(form.text);
  return members ? { members, clear: true, methods } : { clear: false, methods };
}

function actionOf(upstream: string, match: ApiMatch, call: Call, { members }: Body, sure: boolean): Action {
  const { operation, labels } = match;
  const params: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  const agreed = agreedValues(members, call.query);
  for (const [name, value] of agreed.pairs) params[name] = isSecretName(name) ? '[redacted]' : value;
  Object.assign(params, plainParams(agreed.members));
  for (const [name, value] of labels) params[name] = value;
  return {
    provider: 'openapi',
    service: upstream,
    operation: operation.name,
    ...describe(upstream, operation),
    resource: resourceOf(operation, labels),
    params,
    summary: summaryOf(upstream, operation, labels),
    confidence: sure && agreed.whole ? 'exact' : 'ambiguous',
  };
}

function unknownAction(upstream: string, call: Call): Action {
  return {
    provider: 'openapi',
    service: upstream,
    operation: '',
    name: `openapi:${upstream}:unknown`,
    level: 'unknown',
    levelSource: 'rule',
    tags: [],
    resource: {},
    params: {},
    summary: `${call.method} ${shortenedText(url(call), 200)}: the OpenAPI document of ${upstream} describes no such call`,
    confidence: 'unknown',
  };
}
