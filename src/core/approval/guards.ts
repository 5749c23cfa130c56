// The guards of the state machine, each a named pure predicate. Tests build the machine with one of them switched off
// and prove that something then breaks: a guard that no test needs is not a guard.
import { type GrantGuards, grantGuards, refuseGrantedClaim, type GrantRefusal } from './grant-guards.ts';
import { openOffer } from './grant-offer.ts';
import { dueEscalations, isRequester, mayVote, quorumMet, quorumsOf, widened } from './quorum.ts';
import type { ApprovalEvent, Claimed, Escalated, Intent, Opened, Voted } from './events.ts';
import type { Approval, Status } from './state.ts';

/** Why an event does not apply; also the reason shown to a refused voter. */
export type Refusal =
  | GrantRefusal
  | 'already-open'
  | 'unknown-approval'
  | 'wrong-status'
  | 'not-expired'
  | 'self-approval'
  | 'not-eligible'
  | 'already-voted'
  | 'digest-mismatch'
  | 'content-mismatch'
  | 'policy-denies'
  | 'access-key-revoked'
  | 'token-mismatch'
  | 'already-intended'
  | 'not-due';

type VoteGuard = (approval: Approval, event: Voted) => boolean;
type ClaimGuard = (approval: Approval, event: Claimed) => boolean;

/** The votes that it was approved by: on itself, or on the call that a grant came with. */
const approvals = ({ granted, votes }: Approval): readonly Voted[] =>
  granted ? granted.votes : votes.filter((vote) => vote.vote === 'approve');

/** Epoch ms: from then on nothing may be claimed or sent. */
export function deadlineOf({ opened, granted }: Pick<Approval, 'opened' | 'granted'>): number {
  return Math.min(opened.expiresAt, granted?.until ?? opened.expiresAt);
}

/** Everything that may happen to an approval once it is open. */
export type LaterEvent = Exclude<ApprovalEvent, Opened>;

/** Which statuses each event may find: absorbing terminals and the single intent fall out of this table. */
const FROM: Readonly<Record<LaterEvent['type'], readonly Status[]>> = {
  notified: ['pending', 'approved'],
  seen: ['pending', 'approved'],
  informed: ['pending'],
  escalated: ['pending'],
  nudged: ['pending'],
  voted: ['pending', 'approved'],
  granted: ['pending'],
  expired: ['pending', 'approved'],
  cancelled: ['pending', 'approved'],
  claimed: ['approved'],
  intent: ['claimed'],
  not_sent: ['claimed'],
  void: ['approved', 'claimed'],
  result: ['sending'],
  delivered: ['succeeded', 'upstream_error'],
  annotated: ['indeterminate'],
};

type TokenGuard = (approval: Approval, event: { readonly token: string }) => boolean;

export interface Guards extends GrantGuards {
  /** I1, I5, I13: at most one claim and one intent ever, terminal states absorb, INDETERMINATE is never approved again. */
  readonly statusAllows: (approval: Approval, event: LaterEvent) => boolean;
  /** I4: no approval at or after expiry. */
  readonly voteBeforeExpiry: VoteGuard;
  /** I2: never the agent, its owner, or whoever it acts for. */
  readonly voterIsNotRequester: VoteGuard;
  readonly voterIsEligible: VoteGuard;
  /** I11: one vote per human. Only a denial may still follow one's own approval: deny beats approve. */
  readonly oneVotePerHuman: VoteGuard;
  readonly voteOnThisDigest: VoteGuard;
  /** No more is granted than the rules offer, and only by all who approve. */
  readonly voteWithinOffer: VoteGuard;
  /** I4: no claim at or after expiry. */
  readonly claimBeforeExpiry: ClaimGuard;
  /** I3: the stored call is still the call that was approved. */
  readonly claimSameDigest: ClaimGuard;
  readonly claimSameContent: ClaimGuard;
  /** I9: a tightened policy is never outrun. */
  readonly claimPolicyAllows: ClaimGuard;
  /** I9: the stricter quorum of then and now, counted over people who are still eligible. */
  readonly claimQuorumStands: ClaimGuard;
  /** I10: nothing is claimed for an access key that was taken back. */
  readonly claimAccessKeyStands: ClaimGuard;
  /** I6: only the holder of the claim may go on; a replica that merely believes it claimed sends nothing. */
  readonly tokenFences: TokenGuard;
  readonly intentSameDigest: (approval: Approval, event: Intent) => boolean;
  readonly intentBeforeExpiry: (approval: Approval, event: Intent) => boolean;
  /** I4: an approval does not expire early. */
  readonly expiryIsDue: (approval: Approval, event: { readonly at: number }) => boolean;
}

export type GuardName = keyof Guards;

export const guards: Guards = {
  ...grantGuards,
  statusAllows: ({ status }, event) => {
    // While APPROVED and not yet claimed, only a denial still counts: deny beats approve while nothing was sent.
    if (event.type === 'voted' && event.vote === 'approve') return status === 'pending';
    return FROM[event.type].includes(status);
  },
  voteBeforeExpiry: (approval, event) => event.at < approval.opened.expiresAt,
  voterIsNotRequester: ({ opened }, event) => !isRequester(opened, event.by),
  voterIsEligible: (approval, event) => mayVote(quorumsOf(approval), event),
  oneVotePerHuman: (approval, event) =>
    !approval.votes.some((vote) => vote.by === event.by && (event.vote === 'approve' || vote.vote === 'deny')),
  voteOnThisDigest: (approval, event) => event.digest === approval.opened.digest,
  voteWithinOffer: (approval, { vote, grant }) =>
    grant === undefined ||
    (vote === 'approve' && Number.isSafeInteger(grant) && grant > 0 && grant <= (openOffer(approval)?.for ?? 0)),
  claimBeforeExpiry: (approval, event) => event.at < deadlineOf(approval),
  claimSameDigest: (approval, event) => event.digest === approval.opened.digest,
  claimSameContent: (approval, event) => event.contentDigest === approval.opened.contentDigest,
  claimPolicyAllows: (_approval, event) => event.effectNow !== 'deny',
  claimQuorumStands: (approval, event) => {
    const voted = new Set(approvals(approval).map((vote) => vote.by));
    const standing = event.eligible.filter((voter) => voted.has(voter.by));
    const now = widened(event.quorumsNow, approval.escalations);
    return quorumMet(quorumsOf(approval), standing) && quorumMet(now, standing);
  },
  claimAccessKeyStands: ({ opened }, event) => opened.accessKey === undefined || event.accessKeyStands === true,
  tokenFences: (approval, event) => approval.claim?.token === event.token,
  intentSameDigest: (approval, event) => event.digest === approval.opened.digest,
  intentBeforeExpiry: (approval, event) => event.at < deadlineOf(approval),
  expiryIsDue: (approval, event) => event.at >= approval.opened.expiresAt,
};

export function refuseStatus(g: Guards, approval: Approval, event: LaterEvent): Refusal | undefined {
  if (g.statusAllows(approval, event)) return undefined;
  return event.type === 'intent' && approval.intent ? 'already-intended' : 'wrong-status';
}

/** First refusal among vote guards, in the order in which a person would want to hear them. */
export function refuseVote(g: Guards, approval: Approval, event: Voted): Refusal | undefined {
  if (!g.voteBeforeExpiry(approval, event)) return 'expired';
  if (!g.voterIsNotRequester(approval, event)) return 'self-approval';
  if (!g.voterIsEligible(approval, event)) return 'not-eligible';
  if (!g.oneVotePerHuman(approval, event)) return 'already-voted';
  if (!g.voteOnThisDigest(approval, event)) return 'digest-mismatch';
  if (!g.voteWithinOffer(approval, event)) return 'grant-not-offered';
  return undefined;
}

export function refuseClaim(g: Guards, approval: Approval, event: Claimed): Refusal | undefined {
  if (!g.claimBeforeExpiry(approval, event)) return 'expired';
  if (!g.claimSameDigest(approval, event)) return 'digest-mismatch';
  if (!g.claimSameContent(approval, event)) return 'content-mismatch';
  if (!g.claimPolicyAllows(approval, event)) return 'policy-denies';
  if (!g.claimAccessKeyStands(approval, event)) return 'access-key-revoked';
  if (!g.claimQuorumStands(approval, event)) return 'quorum-not-met';
  return refuseGrantedClaim(g, approval, event);
}

export function refuseIntent(g: Guards, approval: Approval, event: Intent): Refusal | undefined {
  if (!g.tokenFences(approval, event)) return 'token-mismatch';
  if (!g.intentSameDigest(approval, event)) return 'digest-mismatch';
  if (!g.intentBeforeExpiry(approval, event)) return 'expired';
  return undefined;
}

/** Only what is due, and each rule once: whoever asks too early, or comes second, changes nothing. */
export function refuseEscalation(approval: Approval, event: Escalated): Refusal | undefined {
  const due = dueEscalations(approval, event.at);
  return event.rules.length > 0 && event.rules.every((rule) => due.includes(rule)) ? undefined : 'not-due';
}

export function refuseNudge(approval: Approval, at: number): Refusal | undefined {
  const { opened, nudgedAt } = approval;
  const { nudge } = opened.terms;
  return nudge !== undefined && nudgedAt === undefined && at >= opened.at + nudge ? undefined : 'not-due';
}
