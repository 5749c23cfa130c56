// Where a decision differs from what a test case expects; silence of the case means that anything is right.
import type { CaseExpectation, CaseQuorum } from '../../core/policy/schema-cases.ts';
import type { Decision, Quorum } from '../../core/policy/types.ts';

/** One line for each difference: what was expected, what came out. */
export function compareDecision(expected: CaseExpectation, actual: Decision): string[] {
  const lines: string[] = [];
  const differ = (what: string, wanted: unknown, got: unknown): void => {
    lines.push(`${what}: expected ${JSON.stringify(wanted)}, got ${JSON.stringify(got ?? null)}`);
  };
  if (expected.effect !== actual.effect) differ('effect', expected.effect, actual.effect);
  if (expected.reason !== undefined && expected.reason !== actual.reason) {
    differ('reason', expected.reason, actual.reason);
  }
  if (expected.rules && !sameSet(expected.rules, actual.rules)) differ('rules', expected.rules, actual.rules);
  if (expected.risk !== undefined && expected.risk !== actual.hold?.risk) {
    differ('risk', expected.risk, actual.hold?.risk);
  }
  if (expected.observed !== undefined && expected.observed !== actual.observed?.effect) {
    differ('observed', expected.observed, actual.observed?.effect);
  }
  const quorums = actual.hold?.quorums ?? [];
  if (expected.quorums && !matchQuorums(expected.quorums, quorums)) differ('quorums', expected.quorums, quorums);
  return lines;
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return new Set(a).size === new Set(b).size && a.every((item) => b.includes(item));
}

/** True if each expected quorum has an own actual one, and none is left over. */
function matchQuorums(expected: readonly CaseQuorum[], actual: readonly Quorum[]): boolean {
  const left = [...actual];
  for (const want of expected) {
    const found = left.findIndex(
      (quorum) =>
        (want.rule === undefined || want.rule === quorum.rule) &&
        (want.approvals === undefined || want.approvals === quorum.approvals) &&
        (want.from === undefined || sameSet(want.from, quorum.from)),
    );
    if (found < 0) return false;
    left.splice(found, 1);
  }
  return left.length === 0;
}
