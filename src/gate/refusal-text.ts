// What a person reads when a vote does not count. Kind, exact, and with the way out.
import type { Refusal } from '../core/approval/guards.ts';
import { grantOffer } from '../core/approval/grant-offer.ts';
import { quorumsOf } from '../core/approval/quorum.ts';
import { durationText } from '../core/duration.ts';
import type { Approval } from '../core/approval/state.ts';

const DECIDED: Readonly<Record<string, string>> = {
  denied: 'denied',
  expired: 'expired without a decision',
  cancelled: 'cancelled',
  void: 'voided',
};

function decided(approval: Approval): string {
  const last = approval.votes.at(-1);
  const how = DECIDED[approval.status] ?? 'approved';
  const granted = approval.granted && how === 'approved' ? ' by a grant' : '';
  const who = last && (approval.status === 'denied' || how === 'approved') ? ` by ${last.by}` : granted;
  const when = new Date(approval.statusAt).toISOString();
  return `Already ${how}${who} at ${when}; it now stands at "${approval.status}".`;
}

function entitled(approval: Approval): string {
  const from = [...new Set(quorumsOf(approval).flatMap((quorum) => quorum.from))];
  return from.length > 0 ? from.join(', ') : 'everyone in people';
}

function notOffered({ opened, votes, status, escalations }: Approval): string {
  const alone = votes.find(({ vote, grant }) => vote === 'approve' && grant === undefined);
  const offer = grantOffer(opened);
  if (escalations) return 'Nothing can be granted ahead once others were asked as well; approve this call alone.';
  if (!offer || status !== 'pending') return 'Nothing can be granted ahead with this call; approve it alone.';
  if (alone)
    return `${alone.by} has approved this call alone, so nothing can be granted ahead with it; approve it alone.`;
  return `At most ${durationText(offer.for)} can be granted with an approval of this call.`;
}

/** To whoever acts on an approval whose record was edited, lost or cut. */
export const DAMAGED_TEXT: string =
  'The record of this approval is damaged: it never runs, and nothing is recorded on it any more.';

/** One or two sentences for the voter. */
export function voteRefusalText(approval: Approval, refusal: Refusal | 'reason-required' | 'already-decided'): string {
  switch (refusal) {
    case 'self-approval':
      return `You cannot vote on this: it was started for you by ${approval.opened.agent}. Anyone else in ${entitled(approval)} can.`;
    case 'not-eligible':
      return `Only ${entitled(approval)} may vote on this.`;
    case 'already-voted':
      return 'You have voted on this already; one person counts once.';
    case 'digest-mismatch':
      return 'What you looked at is not this call (the digest differs). Look at it again before you vote.';
    case 'expired':
      return `This expired at ${new Date(approval.opened.expiresAt).toISOString()}; nothing was sent.`;
    case 'grant-not-offered':
      return notOffered(approval);
    case 'reason-required':
      return 'A denial needs a reason; the agent is told what you write.';
    default:
      return decided(approval);
  }
}
