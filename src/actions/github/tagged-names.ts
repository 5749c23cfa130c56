// Lists of names by tag, as data/tags.json and data/mutation-tags.json have them, turned into the tags of each name.
import { readFileSync } from 'node:fs';

/** `file`: below data. */
export function readTaggedNames(file: string): ReadonlyMap<string, readonly string[]> {
  const text = readFileSync(new URL(`data/${file}`, import.meta.url), 'utf8');
  const lists = JSON.parse(text) as Readonly<Record<string, readonly string[]>>;
  const tags = new Map<string, string[]>();
  for (const [tag, names] of Object.entries(lists)) {
    for (const name of names) tags.set(name, [...(tags.get(name) ?? []), tag]);
  }
  return tags;
}
