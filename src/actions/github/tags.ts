// Which operations of GitHub are sensitive, and in what way: data/tags.json, kept by hand. Some tags stand under a condition
// (conditions.ts); the lists hold every tag that an operation can have.
import { readFileSync } from 'node:fs';

const NONE: readonly string[] = [];
let known: ReadonlyMap<string, readonly string[]> | undefined;

/** Of `repos/delete`; words of core/policy/schema-words.ts. */
export function tagsOf(id: string): readonly string[] {
  known ??= readTags();
  return known.get(id) ?? NONE;
}

export function taggedOperations(): Iterable<readonly [id: string, tags: readonly string[]]> {
  known ??= readTags();
  return known;
}

function readTags(): ReadonlyMap<string, readonly string[]> {
  const text = readFileSync(new URL('data/tags.json', import.meta.url), 'utf8');
  const lists = JSON.parse(text) as Readonly<Record<string, readonly string[]>>;
  const tags = new Map<string, string[]>();
  for (const [tag, ids] of Object.entries(lists)) {
    for (const id of ids) tags.set(id, [...(tags.get(id) ?? []), tag]);
  }
  return tags;
}
