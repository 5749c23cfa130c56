// Which rules differ between two sets, by what they say and not by how they are written down.
import { canonicalJson } from '../canonical-json.ts';
import type { CompiledRule } from './compile-rules.ts';
import { isWithinGrant } from './grant-terms.ts';
import { isKept, isTold } from './loosening.ts';

export interface RuleChange {
  readonly rule: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly before: CompiledRule | undefined;
  readonly after: CompiledRule | undefined;
  /** True where it may let more through in a way that the actions of the catalogues do not show. */
  readonly doubtful: boolean;
}

/** True for a rule that says nothing about what calls do, only about how they look: it meets actions of every kind. */
export function isAboutCalls({ match }: CompiledRule): boolean {
  return match.every(({ criteria }) => criteria.length > 0 && criteria.every(({ name }) => name !== 'action'));
}

/** By name; a rule that was only described otherwise is no change. */
export function ruleChanges(before: readonly CompiledRule[], after: readonly CompiledRule[]): RuleChange[] {
  const old = new Map(before.map((rule) => [rule.name, rule]));
  const fresh = new Map(after.map((rule) => [rule.name, rule]));
  const names = [...new Set([...old.keys(), ...fresh.keys()])].toSorted();
  return names.flatMap((rule): RuleChange[] => {
    const [one, two] = [old.get(rule), fresh.get(rule)];
    if (one && two && meaning(one) === meaning(two)) return [];
    const change = !one ? 'added' : !two ? 'removed' : 'changed';
    return [{ rule, change, before: one, after: two, doubtful: isDoubtful(one, two, before, after) }];
  });
}

function meaning({ rule, terms }: CompiledRule): string {
  const { id: _id, at: _at, description: _description, hold: _hold, ...said } = rule;
  const quorums = terms?.quorums.map(({ approvals, from }) => ({ approvals, from: from.toSorted() }));
  return canonicalJson({ ...said, quorums: quorums ?? null, grant: terms?.grant ?? null });
}

/** A restriction that is gone, or an allowance that is new, unless another rule says as much. */
function isDoubtful(
  one: CompiledRule | undefined,
  two: CompiledRule | undefined,
  before: readonly CompiledRule[],
  after: readonly CompiledRule[],
): boolean {
  const gone = one !== undefined && restricts(one) && !isTold(one) && !isKept(one, after);
  const given = two !== undefined && allows(two) && !isTold(two) && !isKept(two, before);
  return gone || given || (two !== undefined && !isTold(two) && grantsMore(two, one));
}

/** What the default held before offered nothing to grant either. */
const grantsMore = ({ rule, terms }: CompiledRule, before: CompiledRule | undefined): boolean =>
  rule.mode === 'enforce' && !isWithinGrant(terms?.grant, before?.terms?.grant);
const restricts = ({ rule }: CompiledRule): boolean => rule.mode === 'enforce' && rule.effect !== 'allow';
const allows = ({ rule }: CompiledRule): boolean => rule.mode === 'enforce' && rule.effect === 'allow';
