// The moment between the opening of an approval and the first question to people, in which a grant may let the call through. INVARIANT: until it
// is over nobody but the one who opens it tells people of it.
import { grantOffer } from '../../core/approval/grant-offer.ts';
import type { Approval } from '../../core/approval/state.ts';

/** An agent whose approval is not on record by then, and no grant used, is told to try again; a repeat joins what may still come of it, ms. */
export const OPEN_WITHIN = 10_000;

/** Ms until this is over for an approval that nobody told of; 0 where it is. `now`: epoch ms of the store. */
export function beingOpened({ status, opened, votes }: Approval, now: number): number {
  if (status !== 'pending' || votes.length > 0 || !grantOffer(opened)) return 0;
  return Math.max(0, opened.at + OPEN_WITHIN - now);
}
