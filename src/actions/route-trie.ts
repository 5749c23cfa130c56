// Finds the routes of an API that a raw path goes to: literal before partial before parameter before greedy segments, as the frameworks
// that serve such templates do. INVARIANT: where the query leaves a choice, every route that may be meant is found and `certain` is false.
import { lookUp } from '../core/policy/pairs.ts';
import { isParameter, matchTail, parseSegment, type Segment, textsBetween } from './route-segment.ts';

/** The query must have this name; with this value where one is given. */
export interface QueryTest {
  readonly name: string;
  readonly value?: string;
}

export interface Route<T> {
  readonly method: string;
  /** `/a/{b}/c:{d}/{e+}`: literals, parameters, segments with both, and one greedy parameter (one or more segments). */
  readonly template: string;
  readonly query?: readonly QueryTest[];
  readonly value: T;
}

export interface RouteMatch<T> {
  readonly value: T;
  /** Name and raw (still encoded) text of each parameter, in order. */
  readonly labels: readonly (readonly [name: string, raw: string])[];
  /** False where some of the route's query tests hold only under some reading of the query, or do not hold. */
  readonly sure: boolean;
}

export interface RouteFinding<T> {
  readonly matches: readonly RouteMatch<T>[];
  /** True for exactly one match that every reading of the query leads to. */
  readonly certain: boolean;
}

export interface RouteTrie<T> {
  /** `path` raw, one trailing slash makes no difference; `query` raw, undefined where there is none. */
  find(method: string, path: string, query: string | undefined): RouteFinding<T>;
}

interface Leaf<T> {
  readonly names: readonly string[];
  readonly tests: readonly QueryTest[];
  readonly value: T;
}

interface Node<T> {
  readonly literals: Map<string, Node<T>>;
  readonly partials: { readonly pieces: readonly string[]; readonly node: Node<T> }[];
  parameter: Node<T> | undefined;
  /** What follows a greedy parameter here, the longest tails first. */
  readonly greedy: { readonly tail: readonly Segment[]; readonly leaves: Map<string, Leaf<T>[]> }[];
  readonly leaves: Map<string, Leaf<T>[]>;
}

interface Request {
  readonly method: string;
  readonly segments: readonly string[];
  readonly query: string;
}

type End<T> = (
  leaves: readonly Leaf<T>[] | undefined,
  raw: readonly string[],
  query: string,
) => RouteFinding<T> | undefined;

const NOTHING: RouteFinding<never> = { matches: [], certain: false };

/** `base`: what every path starts with before its template, as `/api/v3`. Throws on a template with two greedy parameters. */
export function createRouteTrie<T>(routes: Iterable<Route<T>>, base = ''): RouteTrie<T> {
  const root = node<T>();
  for (const route of routes) insert(root, route);
  return {
    find(method, path, query) {
      if (!path.startsWith(base)) return NOTHING;
      const segments = split(base === '' ? path : path.slice(base.length));
      if (!segments) return NOTHING;
      const request: Request = { method, segments, query: query ?? '' };
      // Where the tests of no route hold, what is meant may still be one of those that stand at this path.
      return walk(root, request, 0, [], choose) ?? walk(root, request, 0, [], unsure) ?? NOTHING;
    },
  };
}

function node<T>(): Node<T> {
  return { literals: new Map(), partials: [], parameter: undefined, greedy: [], leaves: new Map() };
}

function split(path: string): string[] | undefined {
  if (path === '') return [];
  if (!path.startsWith('/')) return undefined;
  const segments = path.slice(1).split('/');
  if (segments.at(-1) === '') segments.pop();
  return segments;
}

function insert<T>(root: Node<T>, { method, template, query, value }: Route<T>): void {
  const texts = split(template);
  if (!texts) throw new Error(`the route template "${template}" does not start with a slash`);
  const names: string[] = [];
  const segments = texts.map((text) => parseSegment(text, names));
  const greedy = texts.findIndex((text) => /^\{[^}]*\+\}$/.test(text));
  if (texts.some((text, i) => i !== greedy && text.includes('+}'))) {
    throw new Error(`the route template "${template}" has a greedy parameter that is not one whole segment alone`);
  }
  let at = root;
  for (const segment of greedy < 0 ? segments : segments.slice(0, greedy)) at = child(at, segment);
  const leaves = greedy < 0 ? at.leaves : tailLeaves(at, segments.slice(greedy + 1));
  const leaf = { names, tests: query ?? [], value };
  leaves.set(method, [...(leaves.get(method) ?? []), leaf]);
}

function child<T>(at: Node<T>, segment: Segment): Node<T> {
  if (typeof segment === 'string') {
    const known = at.literals.get(segment) ?? node<T>();
    at.literals.set(segment, known);
    return known;
  }
  if (isParameter(segment)) return (at.parameter ??= node<T>());
  let partial = at.partials.find(({ pieces }) => pieces.join('{}') === segment.join('{}'));
  if (!partial) {
    partial = { pieces: segment, node: node<T>() };
    at.partials.push(partial);
    // The one with more literal text says more about the segment.
    at.partials.sort((a, b) => b.pieces.join('').length - a.pieces.join('').length);
  }
  return partial.node;
}

function tailLeaves<T>(at: Node<T>, tail: readonly Segment[]): Map<string, Leaf<T>[]> {
  const key = JSON.stringify(tail);
  let known = at.greedy.find((each) => JSON.stringify(each.tail) === key);
  if (!known) {
    known = { tail, leaves: new Map() };
    at.greedy.push(known);
    at.greedy.sort((a, b) => b.tail.length - a.tail.length);
  }
  return known.leaves;
}

function walk<T>(
  at: Node<T>,
  request: Request,
  depth: number,
  raw: readonly string[],
  end: End<T>,
): RouteFinding<T> | undefined {
  const { method, segments, query } = request;
  const text = segments[depth];
  if (text === undefined) return end(at.leaves.get(method), raw, query);
  const literal = at.literals.get(text);
  let found = literal && walk(literal, request, depth + 1, raw, end);
  for (const partial of at.partials) {
    if (found) return found;
    const texts = textsBetween(text, partial.pieces);
    found = texts && walk(partial.node, request, depth + 1, [...raw, ...texts], end);
  }
  if (!found && at.parameter && text !== '') found = walk(at.parameter, request, depth + 1, [...raw, text], end);
  for (const { tail, leaves } of at.greedy) {
    if (found) return found;
    const to = segments.length - tail.length;
    const texts = to > depth ? matchTail(segments, to, tail) : undefined;
    const rest = texts ? segments.slice(depth, to).join('/') : '';
    found = texts && rest !== '' ? end(leaves.get(method), [...raw, rest, ...texts], query) : undefined;
  }
  return found;
}

/** Of the routes with one template: the one whose query tests hold, or all that may be meant; undefined where none is. */
function choose<T>(
  leaves: readonly Leaf<T>[] | undefined,
  raw: readonly string[],
  query: string,
): RouteFinding<T> | undefined {
  const [only] = leaves ?? [];
  if (!leaves || !only) return undefined;
  if (leaves.length === 1 && only.tests.length === 0) return { matches: [match(only, raw, true)], certain: true };
  const judged = leaves.map((leaf) => ({ leaf, holds: judge(leaf.tests, query) }));
  const possible = judged.filter(({ holds }) => holds !== false);
  const doubt = possible.some(({ holds }) => holds === undefined);
  // A route is not meant where another asks for everything that it asks for and more.
  const meant = doubt ? possible : possible.filter(({ leaf }) => !possible.some((other) => isMore(other.leaf, leaf)));
  if (meant.length === 0) return undefined;
  const matches = meant.map(({ leaf, holds }) => match(leaf, raw, holds === true));
  return { matches, certain: !doubt && matches.length === 1 };
}

function unsure<T>(leaves: readonly Leaf<T>[] | undefined, raw: readonly string[]): RouteFinding<T> | undefined {
  return leaves && { matches: leaves.map((leaf) => match(leaf, raw, false)), certain: false };
}

function isMore<T>(more: Leaf<T>, less: Leaf<T>): boolean {
  if (more.tests.length <= less.tests.length) return false;
  return less.tests.every(({ name, value }) =>
    more.tests.some((test) => test.name === name && (value === undefined || test.value === value)),
  );
}

/** Undefined where the readings of the query disagree. */
function judge(tests: readonly QueryTest[], query: string): boolean | undefined {
  let certain = true;
  for (const { name, value } of tests) {
    const { possible, certain: sure } = lookUp(query, name);
    if (!possible.some((text) => value === undefined || text === value)) return false;
    if (!sure || !sure.every((text) => value === undefined || text === value)) certain = false;
  }
  return certain ? true : undefined;
}

function match<T>(leaf: Leaf<T>, raw: readonly string[], sure: boolean): RouteMatch<T> {
  return { value: leaf.value, labels: leaf.names.map((name, i) => [name, raw[i] ?? ''] as const), sure };
}
