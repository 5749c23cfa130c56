// What a receipt says of the question that people were asked: complete, so that the event which they voted on can be rebuilt from it.
// INVARIANT: `openedOf(questionOf(o))` is `o`.
import type { Action } from '../action.ts';
import type { Opened } from '../approval/events.ts';
import type { GrantOffer, HoldTerms, Quorum } from '../policy/types.ts';
import type { RiskFlag } from '../risk/flag.ts';

/** Times are RFC 3339 in UTC with milliseconds; digests lower-case hex SHA-256; absent values null. */
export interface ReceiptQuestion {
  readonly approval_id: string;
  readonly decision_id: string;
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
    /** Id of the gate's access key that signed the call; null where the agent showed another credential. */
    readonly access_key: string | null;
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
    /** What could be granted ahead. */
    readonly grant: ReceiptOffer | null;
  };
  /** The agent's own words; nobody checked them. */
  readonly justification: { readonly text: string; readonly verified: false } | null;
  /** What the voters were told to look at twice. */
  readonly flags: readonly RiskFlag[];
}

/** {@link Quorum} with null for what is not there. */
export interface ReceiptQuorum extends Omit<Quorum, 'escalate'> {
  readonly escalate: { readonly after_ms: number; readonly to: readonly string[] } | null;
}

/** {@link GrantOffer} */
export interface ReceiptOffer {
  readonly for_ms: number;
  readonly uses: number;
  readonly covers: GrantOffer['covers'];
}

const iso = (at: number): string => new Date(at).toISOString();

export function questionOf(opened: Opened): ReceiptQuestion {
  const { id, at, agent, owner, requesters, upstream, method, url, digest, contentDigest, ...o1 } = opened;
  const { bodySize, uninspected, actions, summary, decisionId, policyDigest, rules, reason, detail, ...o2 } = o1;
  const { terms, risk, justification, flags, expiresAt, labels, source, accessKey, type: _, ...rest } = o2;
  // A member that the receipt left out would make every vote in it unverifiable: a new one fails to compile here.
  rest satisfies Record<string, never>;
  return {
    approval_id: id,
    decision_id: decisionId,
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
      access_key: accessKey ?? null,
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
  };
}

function receiptTerms(terms: HoldTerms): ReceiptQuestion['terms'] {
  const { quorums, risk, expires, wait, denyMemory, replayWindow, onAbsent, notify, nudge, grant, ...rest } = terms;
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
    grant: receiptOffer(grant),
  };
}

export function receiptOffer(grant: GrantOffer | undefined): ReceiptOffer | null {
  if (!grant) return null;
  const { for: ms, uses, covers, ...rest } = grant;
  rest satisfies Record<string, never>;
  return { for_ms: ms, uses, covers };
}

/** The inverse of {@link receiptOffer}. */
export function offerOf(offer: ReceiptOffer | null): GrantOffer | undefined {
  return offer === null ? undefined : { for: offer.for_ms, uses: offer.uses, covers: offer.covers };
}

export function receiptQuorum({ rule, approvals, from, escalate, ...rest }: Quorum): ReceiptQuorum {
  rest satisfies Record<string, never>;
  return { rule, approvals, from, escalate: escalate ? { after_ms: escalate.after, to: escalate.to } : null };
}

/** The inverse of what the statement says of a quorum. */
export function quorumOf({ escalate, ...quorum }: ReceiptQuorum): Quorum {
  return escalate === null ? quorum : { ...quorum, escalate: { after: escalate.after_ms, to: escalate.to } };
}

/** The event that opened the approval, rebuilt: what every vote's signature covers. */
export function openedOf(s: ReceiptQuestion): Opened {
  const { agent, owner, requesters, labels, source, upstream, method, url } = s.call;
  const { quorums, risk, expires_ms, wait_ms, deny_memory_ms, replay_window_ms, on_absent, notify, nudge_ms } = s.terms;
  const { actions, summary, rules, reason, detail } = s;
  const grant = offerOf(s.terms.grant);
  return {
    type: 'opened',
    at: Date.parse(s.asked_at),
    id: s.approval_id,
    agent,
    owner,
    requesters,
    labels,
    source,
    ...(s.call.access_key !== null && { accessKey: s.call.access_key }),
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
      ...(grant && { grant }),
    },
    risk: s.risk,
    ...(s.justification !== null && { justification: s.justification.text }),
    ...(s.flags.length > 0 && { flags: s.flags }),
    expiresAt: Date.parse(s.expires_at),
  } as Opened; // The closed word lists are only known to be strings here; the signature covers them as they are.
}
