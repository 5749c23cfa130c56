// Blocks that ask for a level or a tag which none of the actions they name has: nothing is misspelt, and still they never match.
import type { Block, PolicyFile, Rule } from './ast.ts';
import { servicePart } from './action-hint.ts';
import { compileGlob, type Glob } from './globs.ts';
import type { ActionCatalogue, Finding, KnownActions } from './lint-finding.ts';

/** A warning for each such block of `match`, where every action it could be about is listed in full. */
export function lintActionWords(files: readonly PolicyFile[], { catalogues, whole }: KnownActions): Finding[] {
  if (!whole) return [];
  const complete = new Map(catalogues.filter((each) => each.complete).map((each) => [each.provider, each]));
  const known = new Map<string, boolean>();
  const isEmpty = ({ action = [], level, tags }: Block): boolean => {
    const key = JSON.stringify([action, level, tags]);
    const before = known.get(key);
    if (before !== undefined) return before;
    const empty = action.every((pattern) => matchesNothing(pattern, level, tags, complete));
    known.set(key, empty);
    return empty;
  };
  return files.flatMap((file) =>
    file.rules.flatMap((rule, i) =>
      rule.match.flatMap((block, j) => {
        if (!block.action || (!block.level && !block.tags) || !isEmpty(block)) return [];
        const at = file.locate?.(['rules', i, 'match', j]) ?? rule.at;
        return [finding(rule, block, at)];
      }),
    ),
  );
}

function finding(rule: Rule, { action = [], level, tags }: Block, at: string): Finding {
  const words = [
    ...(level ? [`the level ${level.join(' or ')}`] : []),
    ...(tags ? [`the tag ${tags.join(' or ')}`] : []),
  ].join(' and ');
  const names = action.map((pattern) => `"${pattern}"`).join(', ');
  const message = `rule "${rule.id}" never matches: no action of ${names} has ${words}`;
  return { severity: 'warning', code: 'unmatched-name', at, rule: rule.id, message };
}

/** False wherever that cannot be told: another provider, an action whose level nobody knows, a name that calls fill in. */
function matchesNothing(
  pattern: string,
  levels: readonly string[] | undefined,
  tags: readonly string[] | undefined,
  complete: ReadonlyMap<string, ActionCatalogue>,
): boolean {
  const compiled = compileGlob('text', pattern);
  const glob: Glob | undefined = compiled.ok ? compiled.glob : undefined;
  const catalogue = glob && complete.get(glob.prefix.slice(0, Math.max(0, glob.prefix.indexOf(':'))));
  if (!glob || !catalogue) return false;
  let named = false;
  for (const entry of catalogue.below(servicePart(glob.prefix))) {
    const { name, level, tags: own } = entry;
    if (level === undefined || own === undefined || name.includes('*')) return false;
    if (!glob.test(name)) continue;
    named = true;
    const isLevel = !levels || level === 'unknown' || levels.includes(level);
    if (isLevel && (!tags || tags.some((tag) => own.includes(tag)))) return false;
  }
  // A name that does not exist is a finding of its own.
  return named;
}
