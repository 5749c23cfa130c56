// The built-in functions of each dialect that change nothing. Read from the package at first use.
import { readFileSync } from 'node:fs';
import type { SqlDialect } from './dialect.ts';

let lists: Readonly<Record<string, string>> | undefined;
const loaded = new Map<SqlDialect, ReadonlySet<string>>();

function harmless(dialect: SqlDialect): ReadonlySet<string> {
  const before = loaded.get(dialect);
  if (before !== undefined) return before;
  lists ??= JSON.parse(readFileSync(new URL('./data/functions.json', import.meta.url), 'utf8')) as Readonly<
    Record<string, string>
  >;
  const names = new Set(`${lists['core'] ?? ''} ${lists[dialect] ?? ''}`.split(' '));
  loaded.set(dialect, names);
  return names;
}

/** True for a function, by its name in lower case (`safe.` left out), that reads and changes nothing but its arguments. */
export function isHarmless(name: string, dialect: SqlDialect): boolean {
  return harmless(dialect).has(name);
}
