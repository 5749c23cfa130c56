// What people made of an approval, and when, read from its votes: for figures. Whether a call runs is decided elsewhere.
import { quorumMet, widened } from './quorum.ts';
import type { Approval } from './state.ts';

export interface PeoplesDecision {
  /** `denied` also where somebody took an approval back before the call ran. */
  readonly outcome: 'approved' | 'denied';
  /** Epoch ms of the vote that first decided. */
  readonly at: number;
  /** Votes up to that one, itself included. */
  readonly votes: number;
}

/** Undefined while nobody has decided, or where nobody did. */
export function decisionOf({
  opened,
  votes,
  escalations = [],
}: Pick<Approval, 'opened' | 'votes' | 'escalations'>): PeoplesDecision | undefined {
  const outcome = votes.some(({ vote }) => vote === 'deny') ? 'denied' : 'approved';
  for (const [i, { vote, at }] of votes.entries()) {
    const sofar = votes.slice(0, i + 1);
    // As it stood then: whom a later escalation named did not count yet.
    const quorums = widened(
      opened.terms.quorums,
      escalations.filter((escalated) => escalated.at <= at),
    );
    if (vote === 'deny' || quorumMet(quorums, sofar)) return { outcome, at, votes: sofar.length };
  }
  return undefined;
}
