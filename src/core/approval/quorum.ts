// Who may vote and when enough have. Distinct humans are counted, never clicks or channels.
import type { Quorum } from '../policy/types.ts';
import { humanId } from '../principal.ts';
import type { Escalated, Opened } from './events.ts';
import type { Approval } from './state.ts';

interface Voter {
  readonly by: string;
  readonly groups: readonly string[];
}

/** True if this human (lower case) asks for the call: in person, as who answers for the agent, or as the agent itself, which tokens may name by
 *  the address of a human, in any letters. */
export function isRequester({ agent, requesters }: Pick<Opened, 'agent' | 'requesters'>, human: string): boolean {
  return requesters.includes(human) || humanId(agent) === human;
}

/** True if this human is one of `from`; an empty `from` means everyone in people. */
export function isEligible(from: readonly string[], voter: Voter): boolean {
  if (from.length === 0) return true;
  return from.some((entry) => {
    if (entry.startsWith('group:')) return voter.groups.includes(entry.slice('group:'.length));
    // Who was on call is written with its first word, so that no group can pass for a schedule.
    if (entry.startsWith('oncall:')) return voter.groups.includes(entry);
    return entry.toLowerCase() === voter.by;
  });
}

/** True if the voter counts for at least one of the quorums. */
export function mayVote(quorums: readonly Quorum[], voter: Voter): boolean {
  return quorums.some((quorum) => isEligible(quorum.from, voter));
}

/** True if every quorum has its number of distinct eligible humans. One human may count for several quorums. */
export function quorumMet(quorums: readonly Quorum[], approvers: readonly Voter[]): boolean {
  return quorums.every((quorum) => {
    const humans = new Set(approvers.filter((voter) => isEligible(quorum.from, voter)).map((voter) => voter.by));
    return humans.size >= quorum.approvals;
  });
}

/** The quorums with everybody who may vote after these escalations. */
export function widened(
  quorums: readonly Quorum[],
  escalations: readonly Pick<Escalated, 'rules'>[] = [],
): readonly Quorum[] {
  if (escalations.length === 0) return quorums;
  return quorums.map((quorum) => {
    const { rule, from, escalate } = quorum;
    if (!escalate || from.length === 0 || !escalations.some(({ rules }) => rules.includes(rule))) return quorum;
    return { ...quorum, from: [...new Set([...from, ...escalate.to])] };
  });
}

/** What the approval asks for, as it stands. */
export function quorumsOf({ opened, escalations }: Pick<Approval, 'opened' | 'escalations'>): readonly Quorum[] {
  return widened(opened.terms.quorums, escalations);
}

/** Rules whose escalation is due at this time (epoch ms) and has not happened. */
export function dueEscalations({ opened, escalations = [] }: Approval, at: number): readonly string[] {
  const done = escalations.flatMap(({ rules }) => rules);
  return opened.terms.quorums.flatMap(({ rule, escalate }) =>
    escalate && at >= opened.at + escalate.after && !done.includes(rule) ? [rule] : [],
  );
}
