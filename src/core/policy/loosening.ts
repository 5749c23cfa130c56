// Whether a change of policies lets more through than before. INVARIANT: whatever cannot be shown to be as strict counts as looser.
import type { Block, PolicyDefaults } from './ast.ts';
import type { CompiledRule } from './compile-rules.ts';
import { covers } from './lint-cover.ts';
import { isWithinGrant } from './grant-terms.ts';
import type { Reach } from './reach.ts';
import type { Effect, GrantOffer, Quorum } from './types.ts';

export interface Change {
  readonly looser: boolean;
  readonly tighter: boolean;
}

const STRICTNESS: Readonly<Record<Effect, number>> = { allow: 0, hold: 1, deny: 2 };

/** What a decision, or a range of them, comes down to. */
export interface Outcome {
  readonly loosest: Effect;
  readonly strictest: Effect;
  /** Of the loosest, where it is a hold. */
  readonly quorums: readonly Quorum[];
  /** What people may grant where it is held; absent for nothing. */
  readonly grants?: readonly GrantOffer[];
}

export function outcomeOf(reach: Reach, defaults: PolicyDefaults): Outcome {
  const { loosest, strictest, byDefault, quorums, grants } = reach;
  const { approvals, from } = defaults;
  return { loosest, strictest, quorums: byDefault ? [{ rule: 'default', approvals, from }] : quorums, grants };
}

export function compareOutcomes(before: Outcome, after: Outcome): Change {
  const lower = STRICTNESS[after.loosest] - STRICTNESS[before.loosest];
  const upper = STRICTNESS[after.strictest] - STRICTNESS[before.strictest];
  const held = before.loosest === 'hold' && after.loosest === 'hold';
  return {
    looser:
      lower < 0 || upper < 0 || (held && !(areAsStrict(after.quorums, before.quorums) && grantNoMore(after, before))),
    tighter:
      lower > 0 || upper > 0 || (held && !(areAsStrict(before.quorums, after.quorums) && grantNoMore(before, after))),
  };
}

/** True if whatever one lets people grant, the other does too. */
function grantNoMore({ grants = [] }: Outcome, other: Outcome): boolean {
  return grants.every((grant) => (other.grants ?? []).some((each) => isWithinGrant(grant, each)));
}

/** True if everybody who meets `quorums` also meets each of `others`. */
function areAsStrict(quorums: readonly Quorum[], others: readonly Quorum[]): boolean {
  return others.every((other) =>
    quorums.some(({ approvals, from }) => approvals >= other.approvals && isWithin(from, other.from)),
  );
}

/** An empty list is everyone. */
function isWithin(some: readonly string[], others: readonly string[]): boolean {
  return others.length === 0 || (some.length > 0 && some.every((each) => others.includes(each)));
}

/** True where the words of a catalogue say all that the rule asks about, so that its effect shows on the catalogue's actions. */
export function isTold({ rule }: CompiledRule): boolean {
  const told = ({ action: _action, level: _level, tags: _tags, ...others }: Block): boolean =>
    Object.keys(others).length === 0;
  return rule.when === undefined && [...rule.match, ...rule.except].every(told);
}

/** True if some rule of `others` is as strict (as loose, for an allowance) and matches whatever this one does. */
export function isKept(compiled: CompiledRule, others: readonly CompiledRule[]): boolean {
  const { rule } = compiled;
  return others.some((other) => {
    if (other.rule.mode === 'observe' || !isAsStrong(compiled, other)) return false;
    if (other.rule.when !== undefined && other.rule.when !== rule.when) return false;
    return (
      rule.match.every((block) => other.rule.match.some((outer) => covers(outer, block))) &&
      other.rule.except.every((exempt) => rule.except.some((outer) => covers(outer, exempt)))
    );
  });
}

function isAsStrong(one: CompiledRule, other: CompiledRule): boolean {
  if (one.rule.effect === 'allow') return other.rule.effect === 'allow';
  if (one.rule.effect === other.rule.effect) {
    const asStrict = areAsStrict(other.terms?.quorums ?? [], one.terms?.quorums ?? []);
    return asStrict && isWithinGrant(other.terms?.grant, one.terms?.grant);
  }
  return STRICTNESS[other.rule.effect] > STRICTNESS[one.rule.effect];
}
