// The guards of a grant's use, each a named pure predicate; see guards.ts. What they read is in the event and the approval: no guard rests on
// the record that counts the uses.
import { narrower } from '../policy/grant-terms.ts';
import type { GrantOffer } from '../policy/types.ts';
import type { Claimed, Granted } from './events.ts';
import { grantOffer } from './grant-offer.ts';
import { areSound, grantOf, type VotedGrant } from './grant-of.ts';
import { isCovered, isSameAsker, isSameRules } from './grant-scope.ts';
import { quorumMet } from './quorum.ts';
import type { Approval } from './state.ts';

export type GrantRefusal =
  | 'expired'
  | 'grant-other-asker'
  | 'grant-other-rules'
  | 'grant-not-offered'
  | 'grant-not-covered'
  | 'grant-over'
  | 'grant-spent'
  | 'grant-unsound'
  | 'grant-ended'
  | 'quorum-not-met';

type GrantGuard = (approval: Pick<Approval, 'opened'>, event: Granted) => boolean;
type GrantClaimGuard = (approval: Pick<Approval, 'granted'>, event: Claimed) => boolean;

export interface GrantGuards {
  /** I4: nothing is approved at or after expiry. */
  readonly grantBeforeExpiry: GrantGuard;
  /** I2, I10: the same agent for the same people, none of whom could vote on the source either. */
  readonly grantSameAsker: GrantGuard;
  readonly grantSameRules: GrantGuard;
  /** The rules that hold this call offer at least what is used of the grant. */
  readonly grantOffered: GrantGuard;
  readonly grantCovers: GrantGuard;
  readonly grantInTime: GrantGuard;
  readonly grantWithinUses: GrantGuard;
  /** I2: the votes are approvals of the call that they were given on, by those who might, and each gave the grant. */
  readonly grantVotesSound: GrantGuard;
  readonly grantQuorumMet: GrantGuard;
  /** Not revoked, and still the one whose uses are counted. */
  readonly claimGrantStands: GrantClaimGuard;
  /** I9: a policy that no longer offers as much ends grants at once. */
  readonly claimGrantOffered: GrantClaimGuard;
}

const given = ({ source, votes }: Granted): VotedGrant | undefined => grantOf(source, votes);

function isOffered(grant: VotedGrant | undefined, { until, use }: Granted, offer: GrantOffer | undefined): boolean {
  if (!grant || !offer) return false;
  return narrower(grant.covers, offer.covers) === grant.covers && until <= grant.from + offer.for && use <= offer.uses;
}

export const grantGuards: GrantGuards = {
  grantBeforeExpiry: ({ opened }, { at }) => at < opened.expiresAt,
  grantSameAsker: ({ opened }, { source }) => isSameAsker(source, opened),
  grantSameRules: ({ opened }, { source }) => isSameRules(source, opened),
  grantOffered: ({ opened }, event) => isOffered(given(event), event, grantOffer(opened)),
  // A grant that was never given covers nothing; `grantVotesSound` says so.
  grantCovers: ({ opened }, event) => isCovered(event.source, opened, given(event)?.covers ?? 'call'),
  grantInTime: (_approval, event) => {
    const grant = given(event);
    return grant === undefined || (event.until <= grant.until && event.at >= grant.from && event.at < event.until);
  },
  grantWithinUses: (_approval, event) => event.use >= 1 && event.use <= (given(event)?.uses ?? event.use),
  grantVotesSound: (_approval, event) =>
    given(event)?.id === event.grant && areSound(event.source, event.votes) && enough(event.source, event),
  grantQuorumMet: ({ opened }, event) => enough(opened, event),
  claimGrantStands: ({ granted }, { grantNow }) => !granted || grantNow?.stands === true,
  claimGrantOffered: ({ granted }, { effectNow, grantNow }) =>
    !granted || effectNow === 'allow' || isOffered(given(granted), granted, grantNow?.offer),
};

function enough({ terms }: Pick<Approval['opened'], 'terms'>, { votes }: Granted): boolean {
  return quorumMet(terms.quorums, votes);
}

/** First refusal of a grant's use. */
export function refuseGranted(
  g: GrantGuards,
  approval: Pick<Approval, 'opened'>,
  event: Granted,
): GrantRefusal | undefined {
  if (!g.grantBeforeExpiry(approval, event)) return 'expired';
  if (!g.grantSameAsker(approval, event)) return 'grant-other-asker';
  if (!g.grantSameRules(approval, event)) return 'grant-other-rules';
  if (!g.grantVotesSound(approval, event)) return 'grant-unsound';
  if (!g.grantOffered(approval, event)) return 'grant-not-offered';
  if (!g.grantCovers(approval, event)) return 'grant-not-covered';
  if (!g.grantInTime(approval, event)) return 'grant-over';
  if (!g.grantWithinUses(approval, event)) return 'grant-spent';
  if (!g.grantQuorumMet(approval, event)) return 'quorum-not-met';
  return undefined;
}

/** Of what was approved by a grant; nothing for what people were asked about. */
export function refuseGrantedClaim(
  g: GrantGuards,
  approval: Pick<Approval, 'granted'>,
  event: Claimed,
): GrantRefusal | undefined {
  if (!g.claimGrantStands(approval, event)) return 'grant-ended';
  if (!g.claimGrantOffered(approval, event)) return 'grant-not-offered';
  return undefined;
}
