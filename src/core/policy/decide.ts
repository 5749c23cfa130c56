// Strictest wins, over the rules that are worth matching. INVARIANT: an enforced rule is never skipped unless a stricter one
// already matched; a rule that still needs the body holds the decision up only where it could change it.
import type { PolicyDefaults } from './ast.ts';
import { type CompiledRule, matchRule } from './compile-rules.ts';
import type { Decisions, Match } from './decisions.ts';
import { type Facts, singly } from './facts.ts';
import { ERROR, type MatchState, NO, PARTIAL, PENDING, YES } from './match-state.ts';
import type { Decision, Effect } from './types.ts';

/** `candidates`: numbers into `rules`, ascending, hence strictest first. */
export function decide(
  rules: readonly CompiledRule[],
  candidates: readonly number[],
  facts: Facts,
  defaults: PolicyDefaults,
  decisions: Decisions,
): Decision | 'needs-body' {
  const made = createTally();
  let observed: Tally | undefined;
  for (const number of candidates) {
    const rule = rules[number];
    if (!rule) continue;
    const tally = rule.rule.mode === 'observe' ? (observed ??= createTally()) : made;
    // Sorted by strictness: once a stricter effect stands, looser rules change nothing.
    if (tally.effect !== undefined && tally.effect !== rule.rule.effect) continue;
    record(tally, rule, safely(rule, facts));
  }
  together(made, facts);
  if (observed) together(observed, facts);
  if (made.effect !== 'deny') {
    if (needsBody(made, defaults.effect)) return 'needs-body';
    if (observed && observed.effect !== 'deny' && needsBody(observed, undefined)) return 'needs-body';
  }
  return decisions.make(made.matches, made.doubted, observed?.matches);
}

/** Expected failures are states already; this is for bugs, which must not become a way through. */
function safely(rule: CompiledRule, facts: Facts): MatchState {
  try {
    return matchRule(rule, facts);
  } catch {
    return ERROR;
  }
}

interface Tally {
  effect: Effect | undefined;
  matches: Match[] | undefined;
  /** A rule that the body could still make match. */
  pendingStrict: boolean;
  pendingAllow: boolean;
  /** The first allow rule that was not applied because it does not match all of the call for certain. */
  doubted: Match | undefined;
  /** All of them. */
  partial: CompiledRule[] | undefined;
}

function createTally(): Tally {
  return {
    effect: undefined,
    matches: undefined,
    pendingStrict: false,
    pendingAllow: false,
    doubted: undefined,
    partial: undefined,
  };
}

function record(tally: Tally, rule: CompiledRule, state: MatchState): void {
  if (state === NO) return;
  const { effect } = rule.rule;
  if (state === PENDING) {
    if (effect === 'allow') tally.pendingAllow = true;
    else tally.pendingStrict = true;
    return;
  }
  if (effect === 'allow' && state !== YES) {
    tally.doubted ??= { rule, state };
    if (tally.partial) tally.partial.push(rule);
    else tally.partial = [rule];
    return;
  }
  tally.effect = effect;
  if (tally.matches) tally.matches.push({ rule, state });
  else tally.matches = [{ rule, state }];
}

/** A call that does several things is allowed where each of them is, be it by different rules or blocks. */
function together(tally: Tally, facts: Facts): void {
  if (tally.effect !== undefined || !tally.partial) return;
  const each = singly(facts);
  if (each.length < 2) return;
  const used = new Set<CompiledRule>();
  for (const one of each) {
    const rules = tally.partial.filter((rule) => safely(rule, one) === YES);
    if (rules.length === 0) return;
    for (const rule of rules) used.add(rule);
  }
  tally.effect = 'allow';
  // Each for a part of what the call does, and only together for all of it.
  tally.matches = tally.partial.filter((rule) => used.has(rule)).map((rule) => ({ rule, state: PARTIAL }));
}

function needsBody(tally: Tally, fallback: Effect | undefined): boolean {
  if (tally.pendingStrict) return true;
  return tally.pendingAllow && tally.effect === undefined && fallback !== 'allow';
}
