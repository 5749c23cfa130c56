// Which actions are sensitive, and in what way: data/tags.json, kept by hand. AWS's own access levels miss most of them.
import { readFileSync } from 'node:fs';

const NONE: readonly string[] = [];
let known: ReadonlyMap<string, readonly string[]> | undefined;

/** What does as S3 does, below a prefix of its own. */
const RELATIVE = /^(?:s3-outposts|s3express|s3-object-lambda):/;

/** Tags of `iam:AttachRolePolicy`, as policy names them (core/policy/schema-words.ts). Relatives of S3 have those of S3 too. */
export function tagsOf(action: string): readonly string[] {
  known ??= readTags();
  const own = known.get(action) ?? NONE;
  if (!RELATIVE.test(action)) return own;
  return [...new Set([...own, ...(known.get(action.replace(RELATIVE, 's3:')) ?? NONE)])];
}

export function taggedActions(): Iterable<readonly [action: string, tags: readonly string[]]> {
  known ??= readTags();
  return known;
}

function readTags(): ReadonlyMap<string, readonly string[]> {
  const text = readFileSync(new URL('data/tags.json', import.meta.url), 'utf8');
  const lists = JSON.parse(text) as Readonly<Record<string, readonly string[]>>;
  const tags = new Map<string, string[]>();
  for (const [tag, actions] of Object.entries(lists)) {
    for (const action of actions) tags.set(action, [...(tags.get(action) ?? []), tag]);
  }
  return tags;
}
