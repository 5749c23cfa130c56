// Policy files to an immutable set that decides. The set never throws: what fails inside is the strictest reading.
import { canonicalJson } from '../canonical-json.ts';
import type { Call } from '../call.ts';
import { sha256 } from '../sha256.ts';
import type { PolicyDefaults, PolicyFile } from './ast.ts';
import { compileRules, nameRules } from './compile-rules.ts';
import { decide } from './decide.ts';
import { createDecisions } from './decisions.ts';
import { createFacts, type Facts } from './facts.ts';
import { rulesWhilePending } from './pending-rules.ts';
import { createRuleIndex } from './rule-index.ts';
import type { DecisionContext, PolicySet } from './types.ts';

/**
 * Compiles validated files (parse.ts) once. Semantics: policy.md, "Semantics". Throws only where the parser was left out: on
 * globs, conditions or ranges that it would have refused.
 */
export function compilePolicies(files: readonly PolicyFile[], defaults: PolicyDefaults): PolicySet {
  const digest = policyDigest(files, defaults);
  const rules = compileRules(files, defaults);
  const entries = rules.flatMap(({ match }, rule) => match.map((block) => ({ rule, block })));
  const index = createRuleIndex(entries);
  const kept = rulesWhilePending(rules);
  const pending = createRuleIndex(
    entries.filter(({ rule }) => kept.has(rule)),
    'call',
  );
  const decisions = createDecisions(defaults, digest);
  const everything = rules.map((_, number) => number);
  const candidatesOf = (facts: Facts): readonly number[] => {
    try {
      const found = index.candidates(facts);
      const known = found === 'pending' ? pending.candidates(facts) : found;
      return known === 'pending' ? everything : known;
    } catch {
      return everything; // A bug in the index must not hide a rule.
    }
  };
  return Object.freeze({
    digest,
    ruleCount: rules.length,
    decide: (call: Call, context: DecisionContext) => {
      const facts = createFacts(call, context);
      return decide(rules, candidatesOf(facts), facts, defaults, decisions);
    },
  });
}

/** sha256 (hex) over rules and defaults in canonical form: where a rule stands does not matter, what it says does. */
export function policyDigest(files: readonly PolicyFile[], defaults: PolicyDefaults): string {
  const rules = nameRules(files)
    .map(({ rule: { at: _at, ...rule }, name }) => canonicalJson({ ...rule, name }))
    .toSorted();
  return sha256(`holdgate-policy-v1\n${canonicalJson(defaults)}\n${rules.join('\n')}`);
}
