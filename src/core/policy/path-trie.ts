// Path globs by segment. A segment with any wildcard hangs under one child, what follows a `**` is kept by its last
// segment: the trie offers a superset, the globs decide.
import { type Glob } from './globs.ts';
import { GLOBSTAR, GLOBSTAR_SKIP } from './glob-match.ts';

export interface PathTrie<Bucket> {
  /** Visits the buckets of every glob that may match the (case-folded) path; a bucket may come more than once. */
  readonly find: (path: string, visit: (bucket: Bucket) => void) => void;
  readonly buckets: readonly Bucket[];
}

interface TrieNode<Item> {
  readonly literal: Map<string, TrieNode<Item>>;
  wild: TrieNode<Item> | undefined;
  /** Globs that end here. */
  readonly here: Item[];
  /** Globs with `**` from here on, by their last segment if it is literal, else under undefined. */
  readonly deep: Map<string | undefined, Item[]>;
}

interface Sealed<Bucket> {
  readonly literal: ReadonlyMap<string, Sealed<Bucket>>;
  readonly wild: Sealed<Bucket> | undefined;
  readonly here: Bucket | undefined;
  readonly deepAny: Bucket | undefined;
  readonly deep: ReadonlyMap<string, Bucket> | undefined;
}

const SLASH = 47;

/** `seal` turns the items that share a place into a bucket. */
export function createPathTrie<Item, Bucket>(
  entries: readonly { readonly globs: readonly Glob[]; readonly item: Item }[],
  seal: (items: readonly Item[]) => Bucket | undefined,
): PathTrie<Bucket> {
  const root = node<Item>();
  for (const { globs, item } of entries) for (const glob of globs) insert(root, glob.ops, item);
  const buckets: Bucket[] = [];
  const sealItems = (items: readonly Item[] | undefined): Bucket | undefined => {
    const bucket = items && items.length > 0 ? seal([...new Set(items)]) : undefined;
    if (bucket !== undefined) buckets.push(bucket);
    return bucket;
  };
  const sealed = sealNode(root, sealItems);
  return { buckets, find: (path, visit) => walk(sealed, path, 1, path.slice(path.lastIndexOf('/') + 1), visit) };
}

function node<Item>(): TrieNode<Item> {
  return { literal: new Map(), wild: undefined, here: [], deep: new Map() };
}

function insert<Item>(root: TrieNode<Item>, ops: readonly number[], item: Item): void {
  const segments: number[][] = [[]];
  for (const op of ops) {
    if (op === SLASH) segments.push([]);
    else segments.at(-1)?.push(op);
  }
  const last = segments.at(-1) ?? [];
  let at = root;
  // The first "segment" is what stands before the leading slash: nothing, or a `**`.
  for (const [i, segment] of segments.entries()) {
    if (segment.some((op) => op === GLOBSTAR || op === GLOBSTAR_SKIP)) {
      const key = i < segments.length - 1 && last.every((op) => op >= 0) ? String.fromCharCode(...last) : undefined;
      const list = at.deep.get(key);
      if (list) list.push(item);
      else at.deep.set(key, [item]);
      return;
    }
    if (i === 0) continue;
    at = segment.every((op) => op >= 0)
      ? literalChild(at, String.fromCharCode(...segment))
      : (at.wild ??= node<Item>());
  }
  at.here.push(item);
}

function literalChild<Item>(at: TrieNode<Item>, segment: string): TrieNode<Item> {
  let child = at.literal.get(segment);
  if (!child) {
    child = node<Item>();
    at.literal.set(segment, child);
  }
  return child;
}

function sealNode<Item, Bucket>(
  from: TrieNode<Item>,
  seal: (items: readonly Item[] | undefined) => Bucket | undefined,
): Sealed<Bucket> {
  const deep = new Map<string, Bucket>();
  for (const [key, items] of from.deep) {
    const bucket = key === undefined ? undefined : seal(items);
    if (key !== undefined && bucket !== undefined) deep.set(key, bucket);
  }
  return {
    literal: new Map([...from.literal].map(([key, child]) => [key, sealNode(child, seal)])),
    wild: from.wild && sealNode(from.wild, seal),
    here: seal(from.here),
    deepAny: seal(from.deep.get(undefined)),
    deep: deep.size > 0 ? deep : undefined,
  };
}

function walk<Bucket>(
  at: Sealed<Bucket>,
  path: string,
  start: number,
  last: string,
  visit: (bucket: Bucket) => void,
): void {
  if (at.deepAny !== undefined) visit(at.deepAny);
  const deep = at.deep?.get(last);
  if (deep !== undefined) visit(deep);
  if (start > path.length) {
    if (at.here !== undefined) visit(at.here);
    return;
  }
  const slash = path.indexOf('/', start);
  const end = slash < 0 ? path.length : slash;
  const child = at.literal.size > 0 ? at.literal.get(path.slice(start, end)) : undefined;
  if (child) walk(child, path, end + 1, last, visit);
  if (at.wild) walk(at.wild, path, end + 1, last, visit);
}
