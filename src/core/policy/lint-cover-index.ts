// Finds the few rules that could cover a block, so that a set of ten thousand rules is linted in a moment. Sound: a rule
// that is left out has a block with a literal host, upstream, action or path that the block in question does not have.
import type { Block, Rule } from './ast.ts';

export interface CoverIndex {
  /** Every rule one of whose match blocks may cover this block, each at most once. */
  candidates(inner: Block): Iterable<Rule>;
}

const WILD = /[*?\\]/;

interface Feature {
  readonly name: string;
  readonly values: (block: Block) => readonly string[] | undefined;
  /** What equal or covering values have in common; undefined where a value could cover others. */
  readonly key: (value: string) => string | undefined;
}

const literal = (value: string): string | undefined => (WILD.test(value) ? undefined : value);

const FEATURES: readonly Feature[] = [
  { name: 'host', values: (block) => block.host, key: (value) => literal(value.toLowerCase()) },
  { name: 'upstream', values: (block) => block.upstream, key: literal },
  { name: 'action', values: (block) => block.action, key: (value) => /^[^*?\\:]+:[^*?\\:]+:/.exec(value)?.[0] },
  { name: 'path', values: (block) => block.path, key: (value) => /^\/[^/*?\\]+\/[^/*?\\]+\//.exec(value)?.[0] },
];

/** Indexes the match blocks of these rules by the first feature that tells them apart. */
export function createCoverIndex(rules: readonly Rule[]): CoverIndex {
  const buckets = new Map<string, Set<Rule>>();
  const anywhere = new Set<Rule>();
  for (const rule of rules) {
    for (const block of rule.match) {
      const keys = keysOf(block);
      if (!keys) anywhere.add(rule);
      for (const key of keys ?? []) {
        const bucket = buckets.get(key) ?? new Set();
        buckets.set(key, bucket.add(rule));
      }
    }
  }
  return {
    candidates(inner) {
      const found = new Set(anywhere);
      for (const { name, values, key } of FEATURES) {
        // A list is covered only if its first value is.
        const first = values(inner)?.[0];
        const own = first === undefined ? undefined : key(first);
        for (const rule of (own !== undefined && buckets.get(`${name} ${own}`)) || []) found.add(rule);
      }
      return found;
    },
  };
}

function keysOf(block: Block): string[] | undefined {
  for (const { name, values, key } of FEATURES) {
    const keys = values(block)?.map((value) => key(value));
    if (keys?.every((each) => each !== undefined)) return keys.map((each) => `${name} ${each}`);
  }
  return undefined;
}
