// Whether this person could vote right now, by the same guards that will judge the vote. Advice for a screen: the vote itself
// is decided by the gate.
import type { Voted, Vote } from '../core/approval/events.ts';
import type { Refusal } from '../core/approval/guards.ts';
import type { Approval } from '../core/approval/state.ts';
import { transition } from '../core/approval/transition.ts';
import { humanId, type Person } from '../core/principal.ts';

export interface CanVote {
  /** True if at least one kind of vote would count. */
  readonly allowed: boolean;
  /** The votes that would count now. */
  readonly votes: readonly Vote[];
  /** Why not, or why not every vote; null if both would count. */
  readonly why: string | null;
}

const WHY: Readonly<Partial<Record<Refusal, string>>> = {
  expired: 'It has expired.',
  'already-voted': 'You have voted on this already.',
};

function explain(approval: Approval, refusal: Refusal): string {
  const from = [...new Set(approval.opened.terms.quorums.flatMap((quorum) => quorum.from))];
  const entitled = from.length > 0 ? from.join(', ') : 'everyone in people';
  if (refusal === 'self-approval') {
    return `You cannot vote on this: ${approval.opened.agent} asks for you. Anyone else in ${entitled} can.`;
  }
  if (refusal === 'not-eligible') return `Only ${entitled} may vote on this.`;
  if (refusal !== 'wrong-status') return WHY[refusal] ?? `The vote would be refused: ${refusal}.`;
  if (approval.status === 'approved') return 'It is approved already; until it is sent it can still be denied.';
  return `It is decided already: ${approval.status}.`;
}

/** Tries both votes on the reducer. */
export function canVote(approval: Approval, person: Person, now: number): CanVote {
  const refusals: Refusal[] = [];
  const votes = (['approve', 'deny'] as const).filter((vote) => {
    const event: Voted = {
      type: 'voted',
      at: now,
      by: humanId(person.email),
      vote,
      reason: 'would it count?',
      digest: approval.opened.digest,
      groups: person.groups,
      channel: 'api',
      proof: '',
    };
    const step = transition(approval, event);
    if (!step.ok) refusals.push(step.refusal);
    return step.ok;
  });
  const refusal = refusals[0];
  return { allowed: votes.length > 0, votes, why: refusal === undefined ? null : explain(approval, refusal) };
}
