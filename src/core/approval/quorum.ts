// Who may vote and when enough have. Distinct humans are counted, never clicks or channels.
import type { Quorum } from '../policy/types.ts';

interface Voter {
  readonly by: string;
  readonly groups: readonly string[];
}

/** True if this human is one of `from`; an empty `from` means everyone in people. */
export function isEligible(from: readonly string[], voter: Voter): boolean {
  if (from.length === 0) return true;
  return from.some((entry) => {
    if (entry.startsWith('group:')) return voter.groups.includes(entry.slice('group:'.length));
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
