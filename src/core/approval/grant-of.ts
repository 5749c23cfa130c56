// What the approving votes on one call grant beyond it. INVARIANT: there is a grant only if every one of them gave it, for the shortest of
// their times; the votes themselves are its evidence.
import type { GrantCovers } from '../policy/types.ts';
import { grantOffer } from './grant-offer.ts';
import type { Opened, Voted } from './events.ts';
import { isEligible, isRequester } from './quorum.ts';

export interface VotedGrant {
  /** Of the approval that it came with. */
  readonly id: string;
  readonly covers: GrantCovers;
  readonly uses: number;
  /** Epoch ms: of the deciding vote, and of its end. */
  readonly from: number;
  readonly until: number;
}

/** One grant per approval. */
export function grantId(approvalId: string): string {
  return approvalId.replace(/^apr_/, 'grt_');
}

/** `votes`: those that approve. Whether they are enough, and whose they are, is not asked here. */
export function grantOf(source: Opened, votes: readonly Voted[]): VotedGrant | undefined {
  const offer = grantOffer(source);
  if (!offer || votes.length === 0) return undefined;
  const asked = votes.map(({ grant }) => grant ?? 0);
  if (!asked.every((ms) => ms > 0 && ms <= offer.for)) return undefined;
  const from = Math.max(...votes.map(({ at }) => at));
  return {
    id: grantId(source.id),
    covers: offer.covers,
    uses: offer.uses,
    from,
    until: from + Math.min(...asked),
  };
}

/** True if each of these is an approval of exactly this call that counts: by one who may vote and did not ask, in time, once. */
export function areSound(source: Opened, votes: readonly Voted[]): boolean {
  const people = new Set(votes.map(({ by }) => by));
  return (
    people.size === votes.length &&
    votes.every(
      (vote) =>
        vote.vote === 'approve' &&
        vote.digest === source.digest &&
        vote.at >= source.at &&
        vote.at < source.expiresAt &&
        !isRequester(source, vote.by) &&
        source.terms.quorums.some(({ from }) => isEligible(from, vote)),
    )
  );
}
