// Why a call is decided as it is, rule by rule and criterion by criterion, for `policy explain`. INVARIANT: it runs the very
// tests that `decide` runs; the index is all it leaves out.
import type { Call } from '../call.ts';
import type { PolicyDefaults, PolicyFile } from './ast.ts';
import { compilePolicies } from './compile.ts';
import type { CompiledBlock } from './compile-block.ts';
import { type CompiledRule, compileRules, matchRule } from './compile-rules.ts';
import { createFacts, type Facts, methodsOf, pathsOf } from './facts.ts';
import { AMBIGUOUS, ERROR, type MatchState, NO, PARTIAL, PENDING, UNREADABLE, YES } from './match-state.ts';
import { explainReading, fold } from './path-readings.ts';
import type { Decision, DecisionContext, Effect, Mode } from './types.ts';

export type Verdict =
  | 'yes'
  | 'no'
  | 'some-actions'
  | 'some-readings'
  | 'unreadable-body'
  | 'evaluation-error'
  | 'needs-body';

export interface CriterionTrace {
  /** The key in the policy file: `path`, `header.x-a`, `body.form.Action`, `when`. */
  readonly name: string;
  readonly verdict: Verdict;
  /** One sentence where the verdict is not plain: which readings match, or why nobody can tell. */
  readonly why: string | undefined;
}

export interface BlockTrace {
  readonly verdict: Verdict;
  readonly criteria: readonly CriterionTrace[];
}

export interface RuleTrace {
  readonly rule: string;
  /** `file:line:col`. */
  readonly at: string;
  readonly effect: Effect;
  readonly mode: Mode;
  readonly verdict: Verdict;
  /** True if the rule counts: hold and deny unless it is certain that they do not match, allow if it allows the call, or a part beside others. */
  readonly applies: boolean;
  readonly match: readonly BlockTrace[];
  readonly except: readonly BlockTrace[];
}

export interface DecisionTrace {
  readonly decision: Decision | 'needs-body';
  /** Every path an upstream may take this call's for; the raw one first. */
  readonly paths: readonly { readonly path: string /** Empty for the raw path. */; readonly by: string }[];
  /** Strictest first. */
  readonly rules: readonly RuleTrace[];
}

const VERDICTS: Readonly<Record<MatchState, Verdict>> = {
  [NO]: 'no',
  [YES]: 'yes',
  [PARTIAL]: 'some-actions',
  [AMBIGUOUS]: 'some-readings',
  [UNREADABLE]: 'unreadable-body',
  [ERROR]: 'evaluation-error',
  [PENDING]: 'needs-body',
};

/** Decides the call and says why, with every rule looked at. Slow: for people. */
export function traceDecision(
  files: readonly PolicyFile[],
  defaults: PolicyDefaults,
  call: Call,
  context: DecisionContext,
): DecisionTrace {
  const facts = createFacts(call, context);
  const decision = compilePolicies(files, defaults).decide(call, context);
  const allowing = decision !== 'needs-body' && decision.effect === 'allow' ? decision.rules : [];
  return {
    decision,
    paths: pathsOf(facts).all.map((path) => ({ path, by: explainReading(call.path, path) })),
    rules: compileRules(files, defaults).map((rule) => traceRule(rule, facts, allowing)),
  };
}

function traceRule(compiled: CompiledRule, facts: Facts, allowing: readonly string[]): RuleTrace {
  const { rule, name } = compiled;
  const state = matchRule(compiled, facts);
  return {
    rule: name,
    at: rule.at,
    effect: rule.effect,
    mode: rule.mode,
    verdict: VERDICTS[state],
    applies:
      rule.effect === 'allow'
        ? state === YES || (rule.mode === 'enforce' && allowing.includes(name))
        : state !== NO && state !== PENDING,
    match: compiled.match.map((block) => traceBlock(block, facts)),
    except: compiled.except.map((block) => traceBlock(block, facts)),
  };
}

function traceBlock(block: CompiledBlock, facts: Facts): BlockTrace {
  const states = block.criteria.map((criterion) => criterion.test(facts));
  const state = states.includes(NO) ? NO : states.reduce<MatchState>((sum, next) => (next > sum ? next : sum), YES);
  const criteria = block.criteria.map(({ name }, i) => {
    const own = states[i] ?? NO;
    return { name, verdict: VERDICTS[own], why: explain(name, own, block, facts) };
  });
  return { verdict: VERDICTS[state], criteria };
}

function explain(name: string, state: MatchState, block: CompiledBlock, facts: Facts): string | undefined {
  switch (state) {
    case YES:
    case NO:
      return undefined;
    case PARTIAL:
      return 'true for some of what the call does, not for all of it';
    case UNREADABLE:
      return 'the body cannot be read whole, or what it says is contradictory';
    case ERROR:
      return name === 'when'
        ? 'the condition fails on this call (a missing key, a wrong type)'
        : 'it could not be evaluated';
    case PENDING:
      return 'the body has not been read yet';
    case AMBIGUOUS:
      return ambiguity(name, block, facts);
  }
}

function ambiguity(name: string, block: CompiledBlock, facts: Facts): string {
  if (name === 'method')
    return `the call also asks for ${methodsOf(facts).all.slice(1).join(', ')} by a method override`;
  if (name !== 'path' || !block.path) return 'true under some readings of the call, not under all of them';
  const { all, overflow } = pathsOf(facts);
  if (overflow) return 'the path can be read in too many ways to look at';
  const { folded } = block.path;
  const matching = all.filter((path) => folded.some((glob) => glob.test(fold(path))));
  const named = matching.map((path) => `${path} (${explainReading(facts.call.path, path) || 'letter case ignored'})`);
  return `matches only as ${named.slice(0, 4).join(', ')}`;
}
