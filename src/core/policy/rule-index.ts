// Finds the rules that could match a call without looking at the others: exact values first (upstream, host, method), then
// the path trie, then actions and agents. INVARIANT: it may offer too many rules, never too few; matching itself is elsewhere.
import { actionGlobs } from './action-criterion.ts';
import type { CompiledBlock } from './compile-block.ts';
import { actionsOf, type Facts, foldedPathsOf, hostOf, methodsOf, pathsOf } from './facts.ts';
import { compileGlob, type GlobKind } from './globs.ts';
import { ERROR, NO, PENDING } from './match-state.ts';
import { createPathTrie, type PathTrie } from './path-trie.ts';

/** A match block of the rule with this number. */
export interface IndexEntry {
  readonly rule: number;
  readonly block: CompiledBlock;
}

type Dimension = 'upstream' | 'host' | 'method' | 'path' | 'action' | 'agent';

interface Split {
  readonly kind: 'split';
  readonly dimension: Exclude<Dimension, 'path'>;
  readonly children: ReadonlyMap<string, Node>;
  /** What has no exact value in this dimension. */
  readonly rest: Node | undefined;
}

type Node =
  | { readonly kind: 'leaf'; readonly rules: readonly number[] }
  | Split
  | { readonly kind: 'paths'; readonly trie: PathTrie<Node>; readonly rest: Node | undefined };

export interface RuleIndex {
  /** Numbers of the rules worth matching, ascending, each once. */
  readonly candidates: (facts: Facts) => readonly number[];
}

const ORDER: readonly Dimension[] = ['upstream', 'host', 'method', 'path', 'action', 'agent'];
const SMALL = 3;
const NONE: readonly number[] = [];

export function createRuleIndex(entries: readonly IndexEntry[]): RuleIndex {
  const root = build(entries, 0);
  return {
    candidates: (facts) => {
      if (!root) return NONE;
      const out: number[] = [];
      collect(root, facts, out);
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

function build(entries: readonly IndexEntry[], depth: number): Node | undefined {
  if (entries.length === 0) return undefined;
  const dimension = ORDER[depth];
  if (dimension === undefined || entries.length <= SMALL) {
    return { kind: 'leaf', rules: [...new Set(entries.map((entry) => entry.rule))] };
  }
  const next = (some: readonly IndexEntry[]): Node | undefined => build(some, depth + 1);
  if (dimension === 'path') {
    const withPath = entries.filter((entry) => entry.block.path);
    if (withPath.length === 0) return next(entries);
    const trie = createPathTrie(
      withPath.map((entry) => ({ globs: entry.block.path?.folded ?? [], item: entry })),
      next,
    );
    return { kind: 'paths', trie, rest: next(entries.filter((entry) => !entry.block.path)) };
  }
  const keyed = new Map<string, IndexEntry[]>();
  const rest: IndexEntry[] = [];
  for (const entry of entries) {
    const keys = keysOf(dimension, entry.block);
    if (!keys) rest.push(entry);
    for (const key of new Set(keys)) {
      const list = keyed.get(key);
      if (list) list.push(entry);
      else keyed.set(key, [entry]);
    }
  }
  if (keyed.size === 0) return next(entries);
  const children = new Map<string, Node>();
  for (const [key, list] of keyed) {
    const child = next(list);
    if (child) children.set(key, child);
  }
  return { kind: 'split', dimension, children, rest: next(rest) };
}

/** The values under which a block is found; undefined where it has to be looked at for every value. */
function keysOf(dimension: Exclude<Dimension, 'path'>, { block }: CompiledBlock): string[] | undefined {
  switch (dimension) {
    case 'upstream':
      return literals('text', block.upstream);
    case 'agent':
      return literals('text', block.agent);
    case 'host':
      return block.host?.some((host) => host.includes(':')) ? undefined : literals('host', block.host);
    case 'method':
      return block.method?.includes('*') ? undefined : block.method?.map((method) => method.toUpperCase());
    case 'action':
      return actionKeys(block.action);
  }
}

function literals(kind: GlobKind, patterns: readonly string[] | undefined): string[] | undefined {
  const out: string[] = [];
  for (const pattern of patterns ?? []) {
    const compiled = compileGlob(kind, pattern);
    if (!compiled.ok || compiled.glob.literal === undefined) return undefined;
    out.push(compiled.glob.literal);
  }
  return patterns && out;
}

// A name is found under itself and under every prefix that ends in a separator: `aws:`, `aws:iam:`, …
function actionKeys(patterns: readonly string[] | undefined): string[] | undefined {
  if (!patterns) return undefined;
  const keys: string[] = [];
  for (const { literal, prefix } of actionGlobs(patterns)) {
    const cut = Math.max(prefix.lastIndexOf(':'), prefix.lastIndexOf('/'));
    if (literal === undefined && cut < 0) return undefined;
    keys.push(literal === undefined ? prefix.slice(0, cut + 1) : `=${literal}`);
  }
  return keys;
}

function collect(node: Node, facts: Facts, out: number[]): void {
  if (node.kind === 'leaf') {
    for (const rule of node.rules) out.push(rule);
    return;
  }
  if (node.rest) collect(node.rest, facts, out);
  if (node.kind === 'paths') {
    if (pathsOf(facts).overflow) for (const bucket of node.trie.buckets) collect(bucket, facts, out);
    else for (const path of foldedPathsOf(facts)) node.trie.find(path, (bucket) => collect(bucket, facts, out));
    return;
  }
  switch (node.dimension) {
    case 'upstream':
      return visit(node, facts.call.upstream, facts, out);
    case 'host':
      return visit(node, hostOf(facts).name, facts, out);
    case 'agent':
      return visit(node, facts.context.agent.id, facts, out);
    case 'method': {
      const { all, doubt } = methodsOf(facts);
      if (doubt === NO) for (const method of all) visit(node, method, facts, out);
      else for (const child of node.children.values()) collect(child, facts, out);
      return;
    }
    case 'action':
      if (!visitActions(node, facts, out)) for (const child of node.children.values()) collect(child, facts, out);
  }
}

function visit(node: Split, key: string, facts: Facts, out: number[]): void {
  const child = node.children.get(key);
  if (child) collect(child, facts, out);
}

/** False where the names are not known for certain, so that every rule is worth a look. */
function visitActions(node: Split, facts: Facts, out: number[]): boolean {
  const actions = actionsOf(facts);
  if (actions === PENDING || actions === ERROR) return false;
  if (actions.length === 0 || actions.some((action) => action.confidence === 'unknown')) return false;
  for (const { name } of actions) {
    visit(node, `=${name}`, facts, out);
    for (let i = 0; i < name.length; i++)
      if (name[i] === ':' || name[i] === '/') visit(node, name.slice(0, i + 1), facts, out);
  }
  return true;
}
