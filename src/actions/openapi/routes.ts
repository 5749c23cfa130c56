// The operation that a path goes to. OpenAPI: a path without parameters goes before the templated ones; where several templates fit, it is up
// to the server, so all of them are possible. INVARIANT: nothing but one template, read in its own letter case, is certain.
import { decodeStrict } from '../../core/body/percent.ts';
import { createRouteTrie, type Route, type RouteTrie } from '../route-trie.ts';
import type { ApiOperation } from './operations.ts';
import { prefixes } from './server-paths.ts';

export interface ApiMatch {
  readonly operation: ApiOperation;
  /** Decoded, in order. */
  readonly labels: ReadonlyMap<string, string>;
  readonly certain: boolean;
}

export interface ApiRoutes {
  /** `path` raw. */
  find(method: string, path: string): readonly ApiMatch[];
}

interface Target {
  readonly operation: ApiOperation;
  readonly template: string;
  /** Other templates of the method that some path fits too. */
  readonly rivals: Target[];
  readonly alone: RouteTrie<ApiOperation>;
}

/** `base`: the path of the upstream, without a trailing slash. */
export function createApiRoutes(operations: readonly ApiOperation[], base: string): ApiRoutes {
  const targets = operations.flatMap((operation) =>
    prefixes(base, operation.servers).map((prefix): Target => {
      const template = `${prefix}${operation.template}`;
      const route = { method: operation.method, template, value: operation };
      return { operation, template, rivals: [], alone: createRouteTrie([route]) };
    }),
  );
  findRivals(targets);
  const written = createRouteTrie(targets.map((value) => routeOf(value, value.template)));
  const folded = createRouteTrie(targets.map((value) => routeOf(value, foldedTemplate(value.template))));
  return {
    find(method, path) {
      const own = matchesOf(written, method, path);
      const lower = path.toLowerCase();
      const names = new Set(own.map(({ operation }) => operation.name));
      // For a server that takes no notice of case.
      const others = matchesOf(folded, method, lower).filter(({ operation }) => !names.has(operation.name));
      const certain = own.length === 1 && others.length === 0;
      return [...own, ...others].map((match) => ({ ...match, certain: match.certain && certain }));
    },
  };
}

const routeOf = (value: Target, template: string): Route<Target> => ({
  method: value.operation.method,
  template,
  value,
});

const foldedTemplate = (template: string): string =>
  template.replaceAll(/(\{[^}]*\})|[A-Z]/g, (text, label?: string) => label ?? text.toLowerCase());

function matchesOf(trie: RouteTrie<Target>, method: string, path: string): ApiMatch[] {
  const { matches, certain } = trie.find(method, path, undefined);
  const found = new Map<string, ApiMatch>();
  const add = (operation: ApiOperation, labels: readonly (readonly [string, string])[], sure: boolean): void => {
    if (!found.has(operation.name)) found.set(operation.name, { operation, labels: decoded(labels), certain: sure });
  };
  for (const { value, labels } of matches) {
    add(value.operation, labels, certain);
    for (const rival of value.rivals) {
      const [hit] = rival.alone.find(method, path, undefined).matches;
      if (hit) add(rival.operation, hit.labels, false);
    }
  }
  const all = [...found.values()];
  return all.length === 1 ? all : all.map((match) => ({ ...match, certain: false }));
}

function decoded(labels: readonly (readonly [string, string])[]): ReadonlyMap<string, string> {
  return new Map(labels.map(([name, raw]) => [name, decodeStrict(raw, false) ?? raw]));
}

/** Those that share a method and a number of segments, and have parameters where the others differ. */
function findRivals(targets: readonly Target[]): void {
  const groups = new Map<string, { readonly target: Target; readonly segments: readonly string[] }[]>();
  const add = (key: string, target: Target, segments: readonly string[]): void => {
    const group = groups.get(key);
    if (group) group.push({ target, segments });
    else groups.set(key, [{ target, segments }]);
  };
  const templated = targets.filter(({ template }) => template.includes('{'));
  for (const target of templated) {
    const segments = target.template.split('/');
    add(`${target.operation.method} ${segments.length}`, target, segments);
  }
  for (const group of groups.values()) {
    for (const one of group) {
      for (const other of group) {
        if (one.target.operation !== other.target.operation && overlap(one.segments, other.segments)) {
          one.target.rivals.push(other.target);
        }
      }
    }
  }
  // A parameter of several segments fits paths of any length.
  for (const greedy of templated.filter(({ template }) => template.includes('+}'))) {
    for (const other of templated) {
      if (other === greedy || other.operation.method !== greedy.operation.method) continue;
      other.rivals.push(greedy);
      greedy.rivals.push(other);
    }
  }
}

function overlap(one: readonly string[], other: readonly string[]): boolean {
  return one.every((segment, i) => {
    const text = other[i] ?? '';
    return segment === text || segment.includes('{') || text.includes('{');
  });
}
