// What a receipt states: one approval from the question to the outcome, complete enough that every signature in it can be
// checked again from the receipt alone.
import type { Claimed, Granted, Voted } from '../approval/events.ts';
import { type Approval, isOpen, type Status } from '../approval/state.ts';
import { receiptId } from '../approval/view.ts';
import { canonicalJson } from '../canonical-json.ts';
import {
  offerOf,
  openedOf,
  questionOf,
  type ReceiptOffer,
  receiptOffer,
  type ReceiptQuestion,
  type ReceiptQuorum,
  receiptQuorum,
} from './question.ts';

/** `typ` of the receipt's JWS. */
export const RECEIPT_TYP = 'holdgate-receipt+json';

export interface ReceiptStatement extends ReceiptQuestion {
  readonly v: 1;
  readonly typ: 'holdgate-receipt';
  readonly id: string;
  readonly status: Status;
  readonly status_at: string;
  /** Words for why it ended. */
  readonly why: string | null;
  /** When people were asked in whose place nobody had decided: the rules whose `escalate` counts from then on. */
  readonly escalations: readonly { readonly at: string; readonly rules: readonly string[] }[];
  readonly votes: readonly ReceiptVote[];
  /** What approved it in place of votes: a grant that people had given with an earlier approval. */
  readonly granted: ReceiptGrant | null;
  readonly claim: ReceiptClaim | null;
  readonly outcome: ReceiptOutcome | null;
  readonly credential: { readonly kind: string; readonly scope: string } | null;
  /** Where the audit log stood when the receipt was made. */
  readonly audit: { readonly seq: number; readonly sha256: string } | null;
}

export interface ReceiptVote {
  readonly by: string;
  readonly vote: 'approve' | 'deny';
  readonly reason: string | null;
  readonly at: string;
  readonly groups: readonly string[];
  readonly channel: string;
  /** The call digest that the voter looked at. */
  readonly sha256: string;
  /** For how long calls like this one were not to be asked again; null for this call alone. */
  readonly grant_ms: number | null;
  /** The gate's JWS over the vote, made where the voter was authenticated. */
  readonly proof: string;
}

/** Which use of which grant, with the votes that gave it and what they were on. */
export interface ReceiptGrant {
  readonly at: string;
  readonly id: string;
  readonly until: string;
  readonly use: number;
  readonly source: ReceiptQuestion;
  readonly votes: readonly ReceiptVote[];
}

/** What was checked again when the gate took the approval for execution. */
export interface ReceiptClaim {
  readonly at: string;
  readonly replica: string;
  readonly sha256: string;
  readonly content_sha256: string;
  readonly policy_digest: string;
  readonly effect: 'allow' | 'hold' | 'deny';
  readonly quorums: readonly ReceiptQuorum[];
  readonly eligible: readonly { readonly by: string; readonly groups: readonly string[] }[];
  /** Exactly where it was approved by a grant: that stood, and this is what policy offered then. */
  readonly grant: { readonly stands: true; readonly offer: ReceiptOffer | null } | null;
  /** Exactly where an access key of the gate signed the call: it was still good. */
  readonly access_key_stands: true | null;
}

/** Present exactly when a first byte may have been sent. */
export interface ReceiptOutcome {
  readonly sent_at: string;
  readonly ended_at: string;
  readonly http_status: number | null;
  readonly response_sha256: string | null;
  readonly bytes: number | null;
  readonly detail: string | null;
}

export interface ReceiptFacts {
  /** The credential that was injected upstream; undefined for none. Static ones have no scope: say "none". */
  readonly credential: { readonly kind: string; readonly scope: string } | undefined;
  readonly audit: { readonly seq: number; readonly sha256: string } | undefined;
}

const iso = (at: number): string => new Date(at).toISOString();

/** The statement of a terminal approval. Throws on one that is still open: there is nothing to state yet. */
export function receiptStatement(approval: Approval, facts: ReceiptFacts): ReceiptStatement {
  if (isOpen(approval.status)) throw new Error(`no receipt for an approval that is ${approval.status}`);
  return {
    v: 1,
    typ: 'holdgate-receipt',
    id: receiptId(approval.id),
    ...questionOf(approval.opened),
    status: approval.status,
    status_at: iso(approval.statusAt),
    why: approval.why ?? null,
    escalations: (approval.escalations ?? []).map((each) => ({ at: iso(each.at), rules: each.rules })),
    votes: approval.votes.map(receiptVote),
    granted: approval.granted ? receiptGrant(approval.granted) : null,
    claim: approval.claim ? receiptClaim(approval.claim) : null,
    outcome: receiptOutcome(approval),
    credential: facts.credential ?? null,
    audit: facts.audit ?? null,
  };
}

function receiptVote(vote: Voted): ReceiptVote {
  const { by, groups, channel, proof } = vote;
  return {
    by,
    vote: vote.vote,
    reason: vote.reason ?? null,
    at: iso(vote.at),
    groups,
    channel,
    sha256: vote.digest,
    grant_ms: vote.grant ?? null,
    proof,
  };
}

/** The vote as it was cast; the inverse of what the statement says of one. */
export function voteOf(vote: ReceiptVote): Voted {
  const { by, groups, channel, reason, grant_ms: grant, proof } = vote;
  return {
    type: 'voted',
    at: Date.parse(vote.at),
    by,
    vote: vote.vote,
    ...(reason !== null && { reason }),
    digest: vote.sha256,
    groups,
    channel,
    ...(grant !== null && { grant }),
    proof,
  };
}

function receiptGrant({ at, grant, until, use, source, votes }: Granted): ReceiptGrant {
  return { at: iso(at), id: grant, until: iso(until), use, source: questionOf(source), votes: votes.map(receiptVote) };
}

/** The event that approved it, rebuilt. */
export function grantedOf({ at, id, until, use, source, votes }: ReceiptGrant): Granted {
  return {
    type: 'granted',
    at: Date.parse(at),
    grant: id,
    source: openedOf(source),
    votes: votes.map(voteOf),
    until: Date.parse(until),
    use,
  };
}

function receiptClaim(claim: Claimed): ReceiptClaim {
  return {
    at: iso(claim.at),
    replica: claim.replica,
    sha256: claim.digest,
    content_sha256: claim.contentDigest,
    policy_digest: claim.policyDigest,
    effect: claim.effectNow,
    quorums: claim.quorumsNow.map(receiptQuorum),
    eligible: claim.eligible,
    grant: claim.grantNow?.stands === true ? { stands: true, offer: receiptOffer(claim.grantNow.offer) } : null,
    access_key_stands: claim.accessKeyStands === true ? true : null,
  };
}

/** The inverse of what a claim says of its grant. */
export function grantNowOf({ grant }: ReceiptClaim): Pick<Claimed, 'grantNow'> {
  if (!grant) return {};
  const offer = offerOf(grant.offer);
  return { grantNow: { stands: true, ...(offer && { offer }) } };
}

function receiptOutcome({ intent, result }: Approval): ReceiptOutcome | null {
  if (!intent || !result) return null;
  return {
    sent_at: iso(intent.at),
    ended_at: iso(result.at),
    http_status: result.httpStatus ?? null,
    response_sha256: result.responseDigest ?? null,
    bytes: result.responseBytes ?? null,
    detail: result.detail ?? null,
  };
}

/** The exact payload of the receipt's JWS: canonical JSON (RFC 8785) of the statement. */
export function receiptPayload(statement: ReceiptStatement): string {
  return canonicalJson(statement);
}
