// Paths by number that GitHub hands out itself, in the links between pages, and answers as the ones by name.

const ALIASES: readonly (readonly [by: RegExp, path: string])[] = [
  [/^\/repositories\/\d+(?=\/|$)/, '/repos/*/*'],
  [/^\/organizations\/\d+\/team\/(\d+)(?=\/|$)/, '/teams/$1'],
  [/^\/organizations\/\d+(?=\/|$)/, '/orgs/*'],
  [/^\/user\/\d+(?=\/)/, '/users/*'],
];

/** The path by name, `*` for the names; undefined where it is none by number. */
export function unaliased(path: string): string | undefined {
  for (const [by, name] of ALIASES) if (by.test(path)) return path.replace(by, name);
  return undefined;
}
