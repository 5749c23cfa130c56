// Which operations of GitHub are sensitive, and in what way: data/tags.json, kept by hand. Some tags stand under a condition
// (conditions.ts); the lists hold every tag that an operation can have.
import { readTaggedNames } from './tagged-names.ts';

const NONE: readonly string[] = [];
let known: ReadonlyMap<string, readonly string[]> | undefined;

/** Of `repos/delete`; words of core/policy/schema-words.ts. */
export function tagsOf(id: string): readonly string[] {
  return taggedOperations().get(id) ?? NONE;
}

export function taggedOperations(): ReadonlyMap<string, readonly string[]> {
  known ??= readTaggedNames('tags.json');
  return known;
}
