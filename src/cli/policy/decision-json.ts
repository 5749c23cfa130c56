// A decision as the commands print it.
import type { Decision } from '../../core/policy/types.ts';

/** `{effect, reason, rules, quorums?, risk?, grant?, observed?, policy_digest}`. */
export function decisionJson(decision: Decision): object {
  return {
    effect: decision.effect,
    reason: decision.reason,
    rules: decision.rules,
    ...(decision.hold && { quorums: decision.hold.quorums, risk: decision.hold.risk }),
    ...(decision.hold?.grant && { grant: decision.hold.grant }),
    ...(decision.observed && { observed: decision.observed }),
    policy_digest: decision.policyDigest,
  };
}
