// What a receipt states: one approval from the question to the outcome, complete enough that every signature in it can be
// checked again from the receipt alone. INVARIANT: `openedOf(receiptStatement(a))` is the event that the voters voted on.
import type { Action } from '../action.ts';
import type { Claimed, Opened, Voted } from '../approval/events.ts';
import { type Approval, isOpen, type Status } from '../approval/state.ts';
import { receiptId } from '../approval/view.ts';
import { canonicalJson } from '../canonical-json.ts';
import type { HoldTerms, Quorum } from '../policy/types.ts';
import type { RiskFlag } from '../risk/flag.ts';

/** `typ` of the receipt's JWS. */
export const RECEIPT_TYP = 'holdgate-receipt+json';

/** Times are RFC 3339 in UTC with milliseconds; digests lower-case hex SHA-256; absent values null. */
export interface ReceiptStatement {
  readonly v: 1;
  readonly typ: 'holdgate-receipt';
  readonly id: string;
  readonly approval_id: string;
  readonly decision_id: string;
  readonly status: Status;
  readonly status_at: string;
  /** Words for why it ended. */
  readonly why: string | null;
  readonly call: {
    readonly sha256: string;
    readonly content_sha256: string;
    readonly method: string;
    readonly url: string;
    readonly upstream: string;
    readonly agent: string;
    readonly owner: string;
    /** Humans who could not vote: the owner and whoever the agent acted for. */
    readonly requesters: readonly string[];
    readonly labels: Readonly<Record<string, string>>;
    /** The agent's address. */
    readonly source: string;
    readonly body_size: number;
    /** Why the body could not be inspected; null if it was. */
    readonly uninspected: string | null;
  };
  readonly asked_at: string;
  readonly expires_at: string;
  readonly actions: readonly Action[];
  readonly summary: string;
  readonly rules: readonly string[];
  readonly reason: string;
  readonly detail: string;
  readonly risk: string;
  readonly policy_digest: string;
  readonly terms: {
    readonly quorums: readonly ReceiptQuorum[];
    readonly risk: string;
    readonly expires_ms: number;
    readonly wait_ms: number;
    readonly deny_memory_ms: number;
    readonly replay_window_ms: number;
    readonly on_absent: string;
    readonly notify: readonly string[];
    readonly nudge_ms: number | null;
  };
  /** When people were asked in whose place nobody had decided: the rules whose `escalate` counts from then on. */
  readonly escalations: readonly { readonly at: string; readonly rules: readonly string[] }[];
  /** The agent's own words; nobody checked them. */
  readonly justification: { readonly text: string; readonly verified: false } | null;
  /** What the voters were told to look at twice. */
  readonly flags: readonly RiskFlag[];
  readonly votes: readonly ReceiptVote[];
  readonly claim: ReceiptClaim | null;
  readonly outcome: ReceiptOutcome | null;
  readonly credential: { readonly kind: string; readonly scope: string } | null;
  /** Where the audit log stood when the receipt was made. */
  readonly audit: { readonly seq: number; readonly sha256: string } | null;
}

/** {@link Quorum} with null for what is not there. */
export interface ReceiptQuorum extends Omit<Quorum, 'escalate'> {
  readonly escalate: { readonly after_ms: number; readonly to: readonly string[] } | null;
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
  /** The gate's JWS over the vote, made where the voter was authenticated. */
  readonly proof: string;
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
  const { id, at, agent, owner, requesters, upstream, method, url, digest, contentDigest, ...o1 } = approval.opened;
  const { bodySize, uninspected, actions, summary, decisionId, policyDigest, rules, reason, detail, ...o2 } = o1;
  const { terms, risk, justification, flags, expiresAt, labels, source, type: _, ...rest } = o2;
  // A member that the receipt left out would make every vote in it unverifiable: a new one fails to compile here.
  rest satisfies Record<string, never>;
  return {
    v: 1,
    typ: 'holdgate-receipt',
    id: receiptId(id),
    approval_id: id,
    decision_id: decisionId,
    status: approval.status,
    status_at: iso(approval.statusAt),
    why: approval.why ?? null,
    call: {
      sha256: digest,
      content_sha256: contentDigest,
      method,
      url,
      upstream,
      agent,
      owner,
      requesters,
      labels,
      source,
      body_size: bodySize,
      uninspected: uninspected ?? null,
    },
    asked_at: iso(at),
    expires_at: iso(expiresAt),
    actions,
    summary,
    rules,
    reason,
    detail,
    risk,
    policy_digest: policyDigest,
    terms: receiptTerms(terms),
    justification: justification === undefined ? null : { text: justification, verified: false },
    flags: flags ?? [],
    escalations: (approval.escalations ?? []).map((each) => ({ at: iso(each.at), rules: each.rules })),
    votes: approval.votes.map(receiptVote),
    claim: approval.claim ? receiptClaim(approval.claim) : null,
    outcome: receiptOutcome(approval),
    credential: facts.credential ?? null,
    audit: facts.audit ?? null,
  };
}

function receiptTerms(terms: HoldTerms): ReceiptStatement['terms'] {
  const { quorums, risk, expires, wait, denyMemory, replayWindow, onAbsent, notify, nudge, ...rest } = terms;
  rest satisfies Record<string, never>;
  return {
    quorums: quorums.map(receiptQuorum),
    risk,
    expires_ms: expires,
    wait_ms: wait,
    deny_memory_ms: denyMemory,
    replay_window_ms: replayWindow,
    on_absent: onAbsent,
    notify: notify ?? [],
    nudge_ms: nudge ?? null,
  };
}

function receiptQuorum({ rule, approvals, from, escalate, ...rest }: Quorum): ReceiptQuorum {
  rest satisfies Record<string, never>;
  return { rule, approvals, from, escalate: escalate ? { after_ms: escalate.after, to: escalate.to } : null };
}

/** The inverse of what the statement says of a quorum. */
export function quorumOf({ escalate, ...quorum }: ReceiptQuorum): Quorum {
  return escalate === null ? quorum : { ...quorum, escalate: { after: escalate.after_ms, to: escalate.to } };
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
    proof,
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
  };
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

/** The event that opened the approval, rebuilt: what every vote's signature covers. */
export function openedOf(s: ReceiptStatement): Opened {
  const { agent, owner, requesters, labels, source, upstream, method, url } = s.call;
  const { quorums, risk, expires_ms, wait_ms, deny_memory_ms, replay_window_ms, on_absent, notify, nudge_ms } = s.terms;
  const { actions, summary, rules, reason, detail } = s;
  return {
    type: 'opened',
    at: Date.parse(s.asked_at),
    id: s.approval_id,
    agent,
    owner,
    requesters,
    labels,
    source,
    upstream,
    method,
    url,
    actions,
    summary,
    digest: s.call.sha256,
    contentDigest: s.call.content_sha256,
    bodySize: s.call.body_size,
    ...(s.call.uninspected !== null && { uninspected: s.call.uninspected }),
    decisionId: s.decision_id,
    policyDigest: s.policy_digest,
    rules,
    reason,
    detail,
    terms: {
      quorums: quorums.map(quorumOf),
      risk,
      expires: expires_ms,
      wait: wait_ms,
      denyMemory: deny_memory_ms,
      replayWindow: replay_window_ms,
      onAbsent: on_absent,
      ...(notify.length > 0 && { notify }),
      ...(nudge_ms !== null && { nudge: nudge_ms }),
    },
    risk: s.risk,
    ...(s.justification !== null && { justification: s.justification.text }),
    ...(s.flags.length > 0 && { flags: s.flags }),
    expiresAt: Date.parse(s.expires_at),
  } as Opened; // The closed word lists are only known to be strings here; the signature covers them as they are.
}

/** The exact payload of the receipt's JWS: canonical JSON (RFC 8785) of the statement. */
export function receiptPayload(statement: ReceiptStatement): string {
  return canonicalJson(statement);
}
