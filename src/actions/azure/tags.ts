// Which operations are sensitive, and in what way, and which of them change who may do what: data/tags.json, kept by hand, as patterns of names:
// `*` is one part between slashes, `**` any number of them, `{a,b}` either; letter case makes no difference.
import { readFileSync } from 'node:fs';

const known = new Map<string, readonly string[]>();
const MAX_KNOWN = 8_192;
let rules: readonly (readonly [tag: string, pattern: RegExp])[] | undefined;

/** Every list with its patterns, as they are written. */
export function azureTagPatterns(): readonly (readonly [tag: string, pattern: string])[] {
  const text = readFileSync(new URL('data/tags.json', import.meta.url), 'utf8');
  const lists = JSON.parse(text) as Readonly<Record<string, readonly string[]>>;
  return Object.entries(lists).flatMap(([tag, patterns]) => patterns.map((pattern) => [tag, pattern] as const));
}

/** Tags of `Microsoft.Compute/virtualMachines/runCommand/action` or `graph:POST:/applications/{id}/addPassword`. */
export function azureTags(name: string): readonly string[] {
  let tags = known.get(name);
  if (!tags) {
    rules ??= azureTagPatterns().map(([tag, pattern]) => [tag, azurePattern(pattern)] as const);
    tags = [...new Set(rules.filter(([, pattern]) => pattern.test(name)).map(([tag]) => tag))];
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(name, tags);
  }
  return tags;
}

export function azurePattern(pattern: string): RegExp {
  const text = pattern
    .split(/(\*\*\/?|\*|\{\{|\}\}|\{[^}]*,[^}]*\})/)
    .map((piece) => {
      if (piece === '**/') return '(?:[^/]+/)*';
      if (piece === '**') return '.*';
      if (piece === '*') return '[^/]*';
      if (piece.startsWith('{') && piece.includes(','))
        return `(?:${piece.slice(1, -1).split(',').map(escape).join('|')})`;
      return escape(piece);
    })
    .join('');
  return new RegExp(`^${text}$`, 'i');
}

const escape = (text: string): string => text.replaceAll(/[.{}()$+?]/g, String.raw`\$&`).replaceAll('*', '[^/]*');
