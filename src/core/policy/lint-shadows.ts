// Rules that never take effect: a stricter rule always wins over them, or their own `except` takes out all they name.
import type { Block, PolicyFile, Rule } from './ast.ts';
import type { Finding } from './lint-finding.ts';
import { covers } from './lint-cover.ts';
import { type CoverIndex, createCoverIndex } from './lint-cover-index.ts';
import type { Effect } from './types.ts';

const STRICTNESS: Readonly<Record<Effect, number>> = { allow: 0, hold: 1, deny: 2 };

/** A warning for each enforced rule that a stricter one hides; an error for each rule that cannot match at all. */
export function lintShadows(files: readonly PolicyFile[]): Finding[] {
  const rules = files.flatMap((file) => file.rules);
  const enforced = rules.filter((rule) => rule.mode === 'enforce');
  const stricter: Readonly<Record<Effect, CoverIndex>> = {
    allow: createCoverIndex(enforced.filter((rule) => rule.effect !== 'allow')),
    hold: createCoverIndex(enforced.filter((rule) => rule.effect === 'deny')),
    deny: createCoverIndex([]),
  };
  return rules.flatMap((rule): Finding[] => {
    const why = contradiction(rule);
    if (why !== undefined) {
      const message = `rule "${rule.id}" can never match: ${why}`;
      return [{ severity: 'error', code: 'never-matches', at: rule.at, rule: rule.id, message }];
    }
    const winner = rule.mode === 'enforce' ? winnerOver(rule, stricter[rule.effect]) : undefined;
    if (!winner) return [];
    const message = `rule "${rule.id}" (${rule.effect}) never takes effect: "${winner.id}" at ${winner.at} matches all of its calls and says ${winner.effect}`;
    return [{ severity: 'warning', code: 'shadowed', at: rule.at, rule: rule.id, message }];
  });
}

function winnerOver(rule: Rule, stricter: CoverIndex): Rule | undefined {
  const [first] = rule.match;
  for (const other of first ? stricter.candidates(first) : []) if (hides(other, rule)) return other;
  return undefined;
}

function contradiction(rule: Rule): string | undefined {
  if (rule.when?.trim() === 'false') return '`when` is false';
  const isExempt = (block: Block): boolean => rule.except.some((exempt) => covers(exempt, block));
  if (rule.match.every((block) => isExempt(block))) return '`except` takes out everything that `match` names';
  return undefined;
}

/** True if `other` matches whenever `rule` does; what `other` exempts, `rule` has to exempt too. */
function hides(other: Rule, rule: Rule): boolean {
  if (STRICTNESS[other.effect] <= STRICTNESS[rule.effect]) return false;
  if (other.when !== undefined && other.when !== rule.when) return false;
  return (
    rule.match.every((block) => other.match.some((outer) => covers(outer, block))) &&
    other.except.every((exempt) => rule.except.some((outer) => covers(outer, exempt)))
  );
}
