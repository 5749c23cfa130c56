// Finds the rules that could match a call without looking at the others: upstream, host, method and path first, then whatever tells
// the rest apart best (action, tags, level, resource, agent). INVARIANT: it may offer too many rules, never too few.
import { ERROR, NO, PENDING } from './match-state.ts';
import type { Action } from '../action.ts';
import type { CompiledBlock } from './compile-block.ts';
import { actionsOf, type Facts, foldedPathsOf, hostOf, methodsOf, pathsOf } from './facts.ts';
import { type Dimension, indexKeys, RESOURCE } from './index-keys.ts';
import { createPathTrie, type PathTrie } from './path-trie.ts';
import { createTextIndex, type TextIndex } from './text-index.ts';

/** A match block of the rule with this number. */
export interface IndexEntry {
  readonly rule: number;
  readonly block: CompiledBlock;
}

interface Split {
  readonly kind: 'split';
  readonly dimension: Dimension;
  readonly index: TextIndex<Node>;
  /** What has no key in this dimension. */
  readonly rest: Node | undefined;
}

type Node =
  | { readonly kind: 'leaf'; readonly rules: readonly number[] }
  | Split
  | { readonly kind: 'paths'; readonly trie: PathTrie<Node>; readonly rest: Node | undefined };

export interface RuleIndex {
  /** Numbers of the rules worth matching, ascending, each once; `pending` where what the call does is not known yet. */
  readonly candidates: (facts: Facts) => readonly number[] | 'pending';
}

/** Cheap, and nearly every rule about HTTP has one of them. */
const FIRST: readonly (Dimension | 'path')[] = ['upstream', 'host', 'method', 'path'];
/** What a split has to save to be worth its look-ups. */
const GAIN = 0.75;
const SMALL = 3;
const NONE: readonly number[] = [];

/** By everything; by the call, without asking what it does (then it never says `pending`); by what a catalogue knows of an action. */
export type IndexedBy = 'all' | 'call' | 'catalogue';

export function createRuleIndex(entries: readonly IndexEntry[], by: IndexedBy = 'all'): RuleIndex {
  const fields = new Set(entries.flatMap(({ block }) => Object.keys(block.block.resource ?? {})));
  const resource = [...fields].map((field): Dimension => `resource.${field}`);
  const later: Readonly<Record<IndexedBy, readonly Dimension[]>> = {
    all: ['action', ...resource, 'tags', 'level', 'agent'],
    call: ['agent'],
    catalogue: ['action', 'tags', 'level'],
  };
  const root = build(entries, by === 'catalogue' ? [] : FIRST, later[by]);
  return {
    candidates(facts) {
      if (!root) return NONE;
      const out: number[] = [];
      if (!collect(root, facts, out)) return 'pending';
      return out.length > 1 ? ascending(out) : out;
    },
  };
}

function ascending(rules: number[]): readonly number[] {
  rules.sort((a, b) => a - b);
  let kept = 1;
  for (let i = 1; i < rules.length; i++) if (rules[i] !== rules[i - 1]) rules[kept++] = rules[i] as number;
  rules.length = kept;
  return rules;
}

function build(
  entries: readonly IndexEntry[],
  first: readonly (Dimension | 'path')[],
  later: readonly Dimension[],
): Node | undefined {
  if (entries.length === 0) return undefined;
  const leaf: Node = { kind: 'leaf', rules: [...new Set(entries.map((entry) => entry.rule))] };
  if (entries.length <= SMALL) return leaf;
  const [dimension, ...others] = first;
  if (dimension !== undefined) {
    const next = (some: readonly IndexEntry[]): Node | undefined => build(some, others, later);
    return (dimension === 'path' ? paths(entries, next) : split(entries, dimension, next)) ?? next(entries);
  }
  const best = bestOf(entries, later);
  if (best === undefined) return leaf;
  const left = later.filter((each) => each !== best);
  return split(entries, best, (some) => build(some, [], left));
}

function paths(
  entries: readonly IndexEntry[],
  next: (some: readonly IndexEntry[]) => Node | undefined,
): Node | undefined {
  const withPath = entries.filter((entry) => entry.block.path);
  if (withPath.length === 0) return undefined;
  const trie = createPathTrie(
    withPath.map((entry) => ({ globs: entry.block.path?.folded ?? [], item: entry })),
    next,
  );
  return { kind: 'paths', trie, rest: next(entries.filter((entry) => !entry.block.path)) };
}

function split(
  entries: readonly IndexEntry[],
  dimension: Dimension,
  next: (some: readonly IndexEntry[]) => Node | undefined,
): Node | undefined {
  const keyed = entries.flatMap((entry) => {
    const keys = indexKeys(dimension, entry.block.block);
    return keys ? [{ keys, item: entry }] : [];
  });
  if (keyed.length === 0) return undefined;
  const filed = new Set(keyed.map(({ item }) => item));
  const rest = entries.filter((entry) => !filed.has(entry));
  return { kind: 'split', dimension, index: createTextIndex(keyed, next), rest: next(rest) };
}

/** The dimension after which the fewest rules are left to look at for a call that some rule is about. */
function bestOf(entries: readonly IndexEntry[], dimensions: readonly Dimension[]): Dimension | undefined {
  let best: Dimension | undefined;
  let least = entries.length * GAIN;
  for (const dimension of dimensions) {
    const sizes = new Map<string, number>();
    let rest = 0;
    let all = 0;
    for (const { block } of entries) {
      const keys = indexKeys(dimension, block.block);
      if (!keys) rest++;
      for (const { kind, text } of keys ?? []) {
        const key = `${kind} ${text}`;
        sizes.set(key, (sizes.get(key) ?? 0) + 1);
        all++;
      }
    }
    let squares = 0;
    for (const size of sizes.values()) squares += size * size;
    const expected = all === 0 ? entries.length : rest + squares / all;
    if (expected >= least) continue;
    least = expected;
    best = dimension;
  }
  return best;
}

/** False where nothing can be said before the body is read. */
function collect(node: Node, facts: Facts, out: number[]): boolean {
  if (node.kind === 'leaf') {
    for (const rule of node.rules) out.push(rule);
    return true;
  }
  if (node.rest && !collect(node.rest, facts, out)) return false;
  if (node.kind === 'split') return collectSplit(node, facts, out);
  const { trie } = node;
  if (pathsOf(facts).overflow) return collectAll(trie.buckets, facts, out);
  let known = true;
  for (const path of foldedPathsOf(facts)) trie.find(path, (bucket) => (known &&= collect(bucket, facts, out)));
  return known;
}

function collectAll(nodes: readonly Node[], facts: Facts, out: number[]): boolean {
  for (const node of nodes) if (!collect(node, facts, out)) return false;
  return true;
}

function collectText(index: TextIndex<Node>, text: string, facts: Facts, out: number[]): boolean {
  const node = index.whole.get(text);
  if (node && !collect(node, facts, out)) return false;
  return index.open ? collectAll(index.open(text), facts, out) : true;
}

function collectSplit({ dimension, index }: Split, facts: Facts, out: number[]): boolean {
  switch (dimension) {
    case 'upstream':
      return collectText(index, facts.call.upstream, facts, out);
    case 'host':
      return collectText(index, hostOf(facts).name, facts, out);
    case 'agent':
      return collectText(index, facts.context.agent.id, facts, out);
    case 'method': {
      const { all, doubt } = methodsOf(facts);
      if (doubt !== NO) return collectAll(index.nodes, facts, out);
      for (const method of all) if (!collectText(index, method, facts, out)) return false;
      return true;
    }
    default: {
      const actions = actionsOf(facts);
      if (actions === PENDING) return false;
      // Nothing recognised is not nothing done.
      if (actions === ERROR || actions.length === 0) return collectAll(index.nodes, facts, out);
      for (const action of actions) if (!collectAction(dimension, index, action, facts, out)) return false;
      return true;
    }
  }
}

/** Mirrors what action-criterion.ts takes for a match or a doubt. */
function collectAction(
  dimension: Dimension,
  index: TextIndex<Node>,
  action: Action,
  facts: Facts,
  out: number[],
): boolean {
  const unknown = action.confidence === 'unknown';
  if (dimension === 'action') {
    if (!collectText(index, action.name, facts, out)) return false;
    if (!unknown) return true;
    const { provider, service } = action;
    const known = service === '' ? `${provider}:` : `${provider}:${service}:`;
    return collectAll(index.findBeginning(known), facts, out);
  }
  if (dimension === 'tags') {
    if (unknown) return collectAll(index.nodes, facts, out);
    for (const tag of action.tags) if (!collectText(index, tag, facts, out)) return false;
    return true;
  }
  if (dimension === 'level') {
    if (unknown || action.level === 'unknown') return collectAll(index.nodes, facts, out);
    return collectText(index, action.level, facts, out);
  }
  const field = dimension.slice(RESOURCE.length);
  const value: unknown = Object.hasOwn(action.resource, field) ? Reflect.get(action.resource, field) : undefined;
  if (typeof value === 'string' && value !== '*') return collectText(index, value, facts, out);
  return typeof value === 'string' || action.confidence !== 'exact' ? collectAll(index.nodes, facts, out) : true;
}
