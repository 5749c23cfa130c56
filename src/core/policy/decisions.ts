// Builds decisions with their why. What does not depend on the call is built once and shared: the routine path allocates
// no decision at all.
import type { PolicyDefaults } from './ast.ts';
import type { CompiledRule } from './compile-rules.ts';
import { withoutGrant } from './grant-terms.ts';
import { defaultTerms, mergeTerms } from './hold-terms.ts';
import { type MatchState, PARTIAL, reasonOf, YES } from './match-state.ts';
import type { Decision, DecisionReason, Effect, HoldTerms } from './types.ts';

export interface Match {
  readonly rule: CompiledRule;
  readonly state: MatchState;
}

export interface Decisions {
  /**
   * `matches`: the rules that make the effect, all of one effect; undefined for the default. `doubted`: an allow rule that
   * did not apply. `observed`: the observe rules that would make the strictest effect among themselves.
   */
  readonly make: (
    matches: readonly Match[] | undefined,
    doubted: Match | undefined,
    observed: readonly Match[] | undefined,
  ) => Decision;
}

function isPieced(matches: readonly Match[]): boolean {
  return matches.every(({ rule, state }) => rule.rule.effect === 'allow' && state === PARTIAL);
}

const WORDS: Readonly<Record<Effect, string>> = { allow: 'allow', hold: 'hold', deny: 'deny' };
const DOUBT: Readonly<Record<DecisionReason, string>> = {
  rule: 'it applies to some of what the call does, not to all of it',
  default: 'nothing matched',
  ambiguous: 'the call can be read in ways that it does not allow',
  'unreadable-body': 'it needs the body, which could not be read whole',
  'evaluation-error': 'its condition could not be evaluated',
};

export function createDecisions(defaults: PolicyDefaults, policyDigest: string): Decisions {
  const cached = new Map<CompiledRule, Decision>();
  const base = { policyDigest } as const;
  const fallback: Decision = Object.freeze({
    effect: defaults.effect,
    reason: 'default',
    rules: Object.freeze([]),
    detail: `no rule matched; the default is to ${WORDS[defaults.effect]}`,
    ...(defaults.effect === 'hold' && { hold: defaultTerms(defaults) }),
    websocket: false,
    ...base,
  });

  const byRules = (matches: readonly Match[]): Decision => {
    const [first] = matches;
    if (!first) return fallback;
    const certain = matches.some(({ state }) => reasonOf(state) === 'rule');
    const doubt = matches.reduce<MatchState>((worst, { state }) => (state > worst ? state : worst), YES);
    // Of a rule that perhaps does not match nobody knows what it would have said of the next call.
    const terms = matches
      .map(({ rule, state }) => (rule.terms && reasonOf(state) !== 'rule' ? withoutGrant(rule.terms) : rule.terms))
      .reduce<HoldTerms | undefined>((sum, next) => (sum && next ? mergeTerms(sum, next) : (next ?? sum)), undefined);
    return Object.freeze({
      effect: first.rule.rule.effect,
      reason: certain ? 'rule' : reasonOf(doubt),
      rules: matches.map(({ rule }) => rule.name),
      detail: [...new Set(matches.map(({ rule }) => rule.rule.description ?? `rule ${rule.name}`))].join('; '),
      ...(terms && { hold: terms }),
      // Where several allow a part each, all of them have to.
      websocket: isPieced(matches)
        ? matches.every(({ rule }) => rule.rule.websocket)
        : matches.some(({ rule }) => rule.rule.websocket),
      ...base,
    });
  };

  const enforced: (matches: readonly Match[] | undefined, doubted: Match | undefined) => Decision = (
    matches,
    doubted,
  ) => {
    const [first] = matches ?? [];
    if (!matches || !first) {
      if (!doubted) return fallback;
      const why = DOUBT[reasonOf(doubted.state)];
      return { ...fallback, detail: `${fallback.detail}; ${doubted.rule.name} did not apply: ${why}` };
    }
    if (matches.length > 1 || reasonOf(first.state) !== 'rule') return byRules(matches);
    let decision = cached.get(first.rule);
    if (!decision) {
      decision = byRules(matches);
      cached.set(first.rule, decision);
    }
    return decision;
  };

  return {
    make: (matches, doubted, observed) => {
      const decision = enforced(matches, doubted);
      const [first] = observed ?? [];
      if (!observed || !first) return decision;
      const effect = first.rule.rule.effect;
      return { ...decision, observed: { effect, rules: observed.map(({ rule }) => rule.name) } };
    },
  };
}
