// While the body that tells what a call does is still to come, every rule about actions is in the same state but for its other criteria.
// One rule stands for all that differ in nothing else, so that such a decision costs no more than any other.
import { canonicalJson } from '../canonical-json.ts';
import type { Block } from './ast.ts';
import type { CompiledBlock } from './compile-block.ts';
import type { CompiledRule } from './compile-rules.ts';

/** Numbers of the rules that have to be looked at before the actions are known; they decide as all of them would. */
export function rulesWhilePending(rules: readonly CompiledRule[]): ReadonlySet<number> {
  const seen = new Set<string>();
  const kept = new Set<number>();
  for (const [number, rule] of rules.entries()) {
    const key = likeness(rule);
    if (key !== undefined) {
      if (seen.has(key)) continue;
      seen.add(key);
    }
    kept.add(number);
  }
  return kept;
}

/** Equal for rules that are pending, or do not match, for the same calls; undefined for a rule that only stands for itself. */
function likeness({ rule, match, except }: CompiledRule): string | undefined {
  const [only] = match;
  // Another block might match for certain, which says something else than pending.
  if (!only || match.length > 1 || !isAboutActions(only)) return undefined;
  const { effect, mode, when } = rule;
  const outright = except.filter((block) => !isAboutActions(block)).map(({ block }) => block);
  return canonicalJson({ effect, mode, block: apart(only, when), outright });
}

function isAboutActions({ criteria }: CompiledBlock): boolean {
  return criteria.some(({ name }) => name === 'action');
}

/** What a block says of anything but actions. */
function apart({ block, criteria }: CompiledBlock, when: string | undefined): object {
  const { action: _action, level: _level, tags: _tags, resource: _resource, when: own, ...others }: Block = block;
  const conditions = criteria.some(({ name }) => name === 'when') ? [own ?? null, when ?? null] : [];
  return { others, conditions };
}
