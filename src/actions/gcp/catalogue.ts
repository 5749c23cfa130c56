// The catalogue of Google's methods, read from data/methods.txt at first use: the heads of all services at once, the methods of a service when a
// call for it comes, the routes of a version when a call for that comes. INVARIANT: nothing here depends on a call.
import { groupBy } from '../group-by.ts';
import { readFileSync } from 'node:fs';
import { createRouteTrie, type Route, type RouteTrie } from '../route-trie.ts';
import {
  type Method,
  type MethodRoute,
  parseMethod,
  parseServiceHead,
  type Piece,
  type ServiceHead,
  segmentsOf,
} from './catalogue-text.ts';

export interface RouteValue {
  readonly route: MethodRoute;
  readonly segments: readonly (readonly Piece[])[];
}

export interface Service {
  readonly head: ServiceHead;
  /** By id. */
  readonly methods: ReadonlyMap<string, Method>;
  /** Of one version; those that have none are in each. */
  routes(version: string): RouteTrie<RouteValue>;
}

export interface GcpData {
  readonly heads: readonly ServiceHead[];
  readonly byHost: ReadonlyMap<string, readonly ServiceHead[]>;
  readonly byFirst: ReadonlyMap<string, readonly ServiceHead[]>;
  service(head: ServiceHead): Service;
  /** Undefined for an id that is none. */
  method(id: string): Method | undefined;
}

let known: GcpData | undefined;

/** Throws where the data file is missing or broken, which is a broken installation. */
export function gcpData(): GcpData {
  known ??= createData(readFileSync(new URL('data/methods.txt', import.meta.url), 'utf8'));
  return known;
}

function createData(text: string): GcpData {
  const sections = new Map<string, { readonly head: ServiceHead; readonly from: number; readonly to: number }>();
  let at = text.indexOf('\n@') + 1;
  while (at > 0 && at < text.length) {
    const end = text.indexOf('\n', at);
    const next = text.indexOf('\n@', end);
    const head = parseServiceHead(text.slice(at, end));
    sections.set(head.id, { head, from: end + 1, to: next < 0 ? text.length - 1 : next });
    at = next + 1;
  }
  const heads = [...sections.values()].map(({ head }) => head);
  const services = new Map<string, Service>();
  const service = (head: ServiceHead): Service => {
    let read = services.get(head.id);
    if (!read) {
      const section = sections.get(head.id);
      const lines = section ? text.slice(section.from, section.to).split('\n') : [];
      read = createService(head, lines);
      services.set(head.id, read);
    }
    return read;
  };
  return {
    heads,
    byHost: groupBy(heads, ({ hosts }) => hosts),
    byFirst: groupBy(heads, ({ firsts }) => firsts),
    service,
    method(id) {
      const head = sections.get(id.slice(0, id.indexOf('.')))?.head;
      return head && service(head).methods.get(id);
    },
  };
}

function createService(head: ServiceHead, lines: readonly string[]): Service {
  const methods = new Map(lines.map((line) => parseMethod(line, head)).map((method) => [method.id, method]));
  const tries = new Map<string, RouteTrie<RouteValue>>();
  return {
    head,
    methods,
    routes(version) {
      let trie = tries.get(version);
      if (!trie) {
        trie = createRouteTrie(routesOf(methods.values(), version));
        tries.set(version, trie);
      }
      return trie;
    },
  };
}

function* routesOf(methods: Iterable<Method>, version: string): Generator<Route<RouteValue>> {
  for (const { routes } of methods) {
    for (const route of routes) {
      if (route.versions.length > 0 && !route.versions.includes(version)) continue;
      for (const segments of variantsOf(segmentsOf(route.template.replace('/@', `/${version}`)))) {
        yield { method: route.verb, template: templateOf(segments), value: { route, segments } };
      }
    }
  }
}

/** The trie takes several segments only alone: with a suffix behind them they are one with the suffix, or that and one or more before it. */
function variantsOf(segments: readonly (readonly Piece[])[]): readonly (readonly (readonly Piece[])[])[] {
  const at = segments.findIndex((pieces) => pieces.length > 1 && pieces.some((piece) => 'many' in piece && piece.many));
  const both = segments[at];
  if (!both) return [segments];
  const one = both.map((piece) => ('many' in piece ? { name: piece.name, many: false } : piece));
  const before = both.filter((piece) => 'many' in piece);
  return [segments.with(at, one), segments.toSpliced(at, 1, before, one)];
}

function templateOf(segments: readonly (readonly Piece[])[]): string {
  const texts = segments.map((pieces) =>
    pieces.map((piece) => ('text' in piece ? piece.text : `{${piece.name}${piece.many ? '+' : ''}}`)).join(''),
  );
  return `/${texts.join('/')}`;
}
