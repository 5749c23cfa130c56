// Whether one block of criteria takes in everything that another one does. Sound, not complete: true is certain, false
// may only mean that it could not be shown.
import type { Block, Scalar, TimeWindow } from './ast.ts';

type Kind = 'path' | 'host' | 'text' | 'exact';

/** True if every call that `inner` matches is also matched by `outer`. */
export function covers(outer: Block, inner: Block): boolean {
  return (
    list(outer.upstream, inner.upstream, 'text') &&
    list(outer.host, inner.host, 'host') &&
    list(outer.method, inner.method, 'text') &&
    list(outer.path, inner.path, 'path') &&
    list(outer.action, inner.action, 'text') &&
    list(outer.agent, inner.agent, 'text') &&
    list(outer.owner, inner.owner, 'text') &&
    list(outer.level, inner.level, 'exact') &&
    list(outer.tags, inner.tags, 'exact') &&
    list(outer.boundary, inner.boundary, 'exact') &&
    list(outer.source, inner.source, 'exact') &&
    list(windows(outer.time), windows(inner.time), 'exact') &&
    map(outer.labels, inner.labels) &&
    map(outer.query, inner.query) &&
    map(outer.header, inner.header) &&
    map(outer.body?.form, inner.body?.form) &&
    map(outer.body?.json, inner.body?.json) &&
    map(outer.resource, inner.resource) &&
    (outer.when === undefined || outer.when === inner.when)
  );
}

function windows(time: readonly TimeWindow[] | undefined): readonly string[] | undefined {
  return time?.map((window) => JSON.stringify(window));
}

function list(outer: readonly Scalar[] | undefined, inner: readonly Scalar[] | undefined, kind: Kind): boolean {
  if (!outer) return true;
  return inner?.every((value) => outer.some((pattern) => globCovers(pattern, value, kind))) ?? false;
}

type ScalarMap = Readonly<Record<string, readonly Scalar[]>>;

function map(outer: ScalarMap | undefined, inner: ScalarMap | undefined): boolean {
  if (!outer) return true;
  return Object.entries(outer).every(([key, values]) => list(values, inner?.[key], 'text'));
}

function globCovers(outer: Scalar, inner: Scalar, kind: Kind): boolean {
  if (outer === inner) return true;
  if (kind === 'exact' || typeof outer !== 'string' || typeof inner !== 'string') return false;
  if (kind === 'host') return hostCovers(outer.toLowerCase(), inner.toLowerCase());
  // A literal beginning and one wildcard to the end: the shape that rules have in practice.
  const star = kind === 'path' ? '**' : '*';
  const tail = outer.endsWith('**') ? '**' : '*';
  if (!outer.endsWith(star)) return false;
  const prefix = outer.slice(0, -tail.length);
  return !/[*?]/.test(prefix) && inner.startsWith(prefix) && (kind !== 'path' || prefix.endsWith('/'));
}

function hostCovers(outer: string, inner: string): boolean {
  if (outer === inner || outer === '*' || outer === '**') return true;
  const suffix = /^\*{1,2}(\.[^*?]+)$/.exec(outer)?.[1];
  return suffix !== undefined && inner.endsWith(suffix) && inner.length > suffix.length;
}
