// One row of the console's route table. Authorisation, validation, the OpenAPI document, docs/api.md and the test matrix all
// come from these rows. INVARIANT: a route says who may use it; there is no default.
import type { z } from 'zod';
import type { Person } from '../core/principal.ts';
import type { ProblemType } from '../core/problems.ts';
import type { Answer } from './answer.ts';

export interface RouteInput<Query, Body> {
  /** The `{name}` segments of the path. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
}

export interface PersonInput<Query, Body> extends RouteInput<Query, Body> {
  readonly person: Person;
  /** False as soon as the credential of this request is no longer in the directory; for answers that last. */
  readonly stillKnown: () => boolean;
}

interface RouteSpec<Query, Body> {
  readonly method: 'GET' | 'POST';
  /** `{name}` stands for one segment of letters, digits, `_` and `-`. */
  readonly path: string;
  /** OpenAPI operationId. */
  readonly operation: string;
  readonly summary: string;
  /** Absent: no parameter is accepted. */
  readonly query?: z.ZodType<Query>;
  /** Absent: no body is accepted. */
  readonly body?: z.ZodType<Body>;
  readonly answer: {
    readonly status: number;
    readonly description: string;
    readonly contentType: string;
    readonly schema?: z.ZodType;
  };
  /** Problems of this route beside those that every route can answer with. */
  readonly problems: readonly ProblemType[];
}

export interface PublicRoute<Query = unknown, Body = unknown> extends RouteSpec<Query, Body> {
  readonly principal: 'public';
  // Method syntax: bivariant, so that a row with its own query type fits the table. The schema makes the value.
  handle(input: RouteInput<Query, Body>): Answer | Promise<Answer>;
}

export interface PersonRoute<Query = unknown, Body = unknown> extends RouteSpec<Query, Body> {
  readonly principal: 'person';
  handle(input: PersonInput<Query, Body>): Answer | Promise<Answer>;
}

export type Route = PublicRoute | PersonRoute;

export type RouteMatch =
  | { readonly match: 'route'; readonly route: Route; readonly params: Readonly<Record<string, string>> }
  /** The path exists, the method does not. */
  | { readonly match: 'method'; readonly allow: readonly string[] }
  | { readonly match: 'none' };

const PARAM = /^\{(\w+)\}$/;
const SEGMENT = /^[A-Za-z0-9_-]{1,64}$/;

function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const want = pattern.split('/');
  const have = path.split('/');
  if (want.length !== have.length) return undefined;
  const params: Record<string, string> = {};
  for (const [i, segment] of want.entries()) {
    const value = have[i] ?? '';
    const name = PARAM.exec(segment)?.[1];
    if (name === undefined ? segment !== value : !SEGMENT.test(value)) return undefined;
    if (name !== undefined) params[name] = value;
  }
  return params;
}

/** Finds the row for a method and a raw path; the path is never decoded or normalised. HEAD finds the GET row. */
export function matchRoute(routes: readonly Route[], method: string, path: string): RouteMatch {
  const allow = new Set<string>();
  for (const route of routes) {
    const params = matchPath(route.path, path);
    if (!params) continue;
    if (route.method === method || (method === 'HEAD' && route.method === 'GET'))
      return { match: 'route', route, params };
    allow.add(route.method);
    if (route.method === 'GET') allow.add('HEAD');
  }
  return allow.size > 0 ? { match: 'method', allow: [...allow] } : { match: 'none' };
}
