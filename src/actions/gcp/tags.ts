// Which methods are sensitive, and in what way: data/tags.json, kept by hand, as patterns of ids: `*` is one part, `**` any number of them,
// `{a,b}` either. INVARIANT: each pattern is of some method (a test holds it).
import { readFileSync } from 'node:fs';

interface Rule {
  readonly tag: string;
  readonly pattern: RegExp;
}

let rules: ReadonlyMap<string, readonly Rule[]> | undefined;
const known = new Map<string, readonly string[]>();

/** Tags of `iam.projects.serviceAccounts.setIamPolicy`, as policy names them (core/policy/schema-words.ts). */
export function gcpTags(id: string): readonly string[] {
  let tags = known.get(id);
  if (!tags) {
    rules ??= readRules();
    const last = id.slice(id.lastIndexOf('.') + 1);
    const candidates = [...(rules.get(last) ?? []), ...(rules.get('*') ?? [])];
    tags = [...new Set(candidates.filter(({ pattern }) => pattern.test(id)).map(({ tag }) => tag))];
    known.set(id, tags);
  }
  return tags;
}

/** Every pattern with its tag, as it is written. */
export function gcpTagPatterns(): readonly (readonly [tag: string, pattern: string])[] {
  const text = readFileSync(new URL('data/tags.json', import.meta.url), 'utf8');
  const lists = JSON.parse(text) as Readonly<Record<string, readonly string[]>>;
  return Object.entries(lists).flatMap(([tag, patterns]) => patterns.map((pattern) => [tag, pattern] as const));
}

/** By the last part of the ids, so that an id is held against few. */
function readRules(): ReadonlyMap<string, readonly Rule[]> {
  const found = new Map<string, Rule[]>();
  for (const [tag, text] of gcpTagPatterns()) {
    const rule = { tag, pattern: gcpPattern(text) };
    for (const last of lastParts(text)) {
      const same = found.get(last);
      if (same) same.push(rule);
      else found.set(last, [rule]);
    }
  }
  return found;
}

function lastParts(pattern: string): readonly string[] {
  const [, last = ''] = /(?:^|\.)(\{[^}]*\}|[^.{}]*)$/.exec(pattern) ?? [];
  const texts = last.startsWith('{') ? last.slice(1, -1).split(',') : [last];
  return texts.some((text) => text.includes('*')) ? ['*'] : texts;
}

export function gcpPattern(pattern: string): RegExp {
  const text = pattern
    .split(/(\*\*\.?|\*|\{[^}]*\})/)
    .map((piece) => {
      if (piece === '**.') return '(?:[^.]+\\.)*';
      if (piece === '**') return '.*';
      if (piece === '*') return '[^.]*';
      if (piece.startsWith('{')) return `(?:${piece.slice(1, -1).split(',').map(escape).join('|')})`;
      return escape(piece);
    })
    .join('');
  return new RegExp(`^${text}$`);
}

const escape = (text: string): string => text.replaceAll('.', '\\.').replaceAll('*', '[^.]*');
