// The one neutral view of an approval: the API's JSON, and what the command line, the console and channels render.
import type { Action } from '../action.ts';
import { humanId } from '../principal.ts';
import type { GrantOffer, Quorum, Risk } from '../policy/types.ts';
import { type RiskFlag, worstFirst } from '../risk/flag.ts';
import type { Granted, Informed } from './events.ts';
import type { Preview } from './context.ts';
import { openOffer } from './grant-offer.ts';
import { grantOf } from './grant-of.ts';
import { grantWords, offerWords } from './grant-words.ts';
import { isEligible, quorumsOf } from './quorum.ts';
import { type Approval, isOpen, type Status } from './state.ts';

/** One rule's demand and how far it is met. */
export interface QuorumView extends Omit<Quorum, 'escalate'> {
  /** Distinct humans who approved and count for this rule. */
  readonly have: number;
}

export interface VoteView {
  readonly by: string;
  readonly vote: 'approve' | 'deny';
  readonly reason: string | null;
  readonly at: string;
  readonly channel: string;
}

/** What was looked up about the agent and the call after it was held; null until that is done. */
export interface ContextView {
  /** The agent's latest calls, newest first, as the process knows them that held this one. */
  readonly recent_calls: readonly {
    readonly at: string;
    readonly call: string;
    readonly effect: string;
    readonly status: number;
  }[];
  /** Its earlier approvals, newest first. */
  readonly earlier_approvals: readonly {
    readonly id: string;
    readonly at: string;
    readonly summary: string;
    readonly status: string;
  }[];
  /** Approvals of this agent that were open, this one included. */
  readonly open_approvals: number;
  readonly preview: PreviewView;
}

/** {@link Preview} with null for what is not there. */
export interface PreviewView extends Omit<Preview, 'changes'> {
  readonly changes: readonly { readonly path: string; readonly before: string | null; readonly after: string | null }[];
}

/** What the next approval may grant beyond this call. */
export interface GrantOfferView extends GrantOffer {
  /** One sentence; names in it are the agent's. */
  readonly words: string;
}

/** What approved the call in place of votes. */
export interface GrantedByView {
  /** `grt_…` */
  readonly grant: string;
  /** Where the votes are that gave it. */
  readonly approval_id: string;
  readonly people: readonly { readonly by: string; readonly groups: readonly string[] }[];
  readonly until: string;
  readonly use: number;
  readonly words: string;
}

/** Stable surface: extend, do not rename. Times are RFC 3339 in UTC. */
export interface ApprovalView {
  readonly id: string;
  readonly status: Status;
  /** sha256 of the call; a vote must repeat it. */
  readonly digest: string;
  readonly agent: string;
  readonly owner: string;
  /** Humans on whose behalf the agent asks, besides the owner; none of them may vote. */
  readonly acts_for: readonly string[];
  /** Id of the access key of this gate that signed the call; null where the agent showed another credential. */
  readonly access_key: string | null;
  readonly upstream: string;
  readonly method: string;
  readonly url: string;
  readonly actions: readonly Action[];
  readonly summary: string;
  readonly rules: readonly string[];
  readonly reason: string;
  /** Words of the rule that held the call. */
  readonly detail: string;
  readonly risk: Risk;
  readonly required: readonly QuorumView[];
  /** When others were asked too because nobody had decided; null for never. `required` names them. */
  readonly escalated_at: string | null;
  readonly votes: readonly VoteView[];
  /** Null where nothing can be granted with an approval (any more). `for` in ms. */
  readonly grant_offer: GrantOfferView | null;
  /** Null where people were asked. */
  readonly granted_by: GrantedByView | null;
  /** What to look at twice, worst first. The evidence is text of the agent. */
  readonly flags: readonly RiskFlag[];
  readonly context: ContextView | null;
  /** The agent's own words; nobody checked them. */
  readonly justification: string | null;
  readonly justification_verified: false;
  readonly body_size: number;
  /** Why the body could not be inspected; null if it was. */
  readonly uninspected: string | null;
  readonly created_at: string;
  readonly expires_at: string;
  /** ms until expiry; 0 once the approval is no longer open. */
  readonly time_left: number;
  readonly decision_id: string;
  readonly policy_digest: string;
  /** Where it ended: the denier's reason, why nothing was sent, … */
  readonly why: string | null;
  readonly result: { readonly http_status: number | null; readonly at: string } | null;
  readonly delivered_at: string | null;
  /** What a human found out about a send whose outcome was unknown. */
  readonly annotation: { readonly by: string; readonly outcome: 'done' | 'not_done'; readonly note: string } | null;
  readonly receipt_id: string | null;
}

/** One receipt per approval: its id is known before the call runs, so that the agent gets it with the response head. */
export function receiptId(approvalId: string): string {
  return approvalId.replace(/^apr_/, 'rcp_');
}

/** The approval behind a receipt: the inverse of {@link receiptId}. */
export function approvalIdOfReceipt(id: string): string {
  return id.replace(/^rcp_/, 'apr_');
}

const iso = (at: number): string => new Date(at).toISOString();

function approvers(approval: Approval, quorum: Quorum): number {
  const counted = approval.votes.filter((vote) => vote.vote === 'approve' && isEligible(quorum.from, vote));
  return new Set(counted.map((vote) => vote.by)).size;
}

function contextView({ recent, earlier, openApprovals, preview }: Informed): ContextView {
  return {
    recent_calls: recent.map((each) => ({ ...each, at: iso(each.at) })),
    earlier_approvals: earlier.map((each) => ({ ...each, at: iso(each.at) })),
    open_approvals: openApprovals,
    preview: {
      ...preview,
      changes: preview.changes.map(({ path, before, after }) => ({
        path,
        before: before ?? null,
        after: after ?? null,
      })),
    },
  };
}

function offerView(approval: Approval): GrantOfferView | null {
  const offer = openOffer(approval);
  return offer ? { ...offer, words: offerWords(approval.opened, offer) } : null;
}

function grantedView({ grant, source, votes, until, use }: Granted): GrantedByView {
  const given = grantOf(source, votes);
  return {
    grant,
    approval_id: source.id,
    people: votes.map(({ by, groups }) => ({ by, groups })),
    until: iso(until),
    use,
    words: grantWords(source, given?.covers ?? 'call', given?.uses ?? 1, until),
  };
}

export function approvalView(approval: Approval, now: number): ApprovalView {
  const { opened, result } = approval;
  const waiting = approval.status === 'pending' || approval.status === 'approved';
  return {
    id: approval.id,
    status: approval.status,
    digest: opened.digest,
    agent: opened.agent,
    owner: opened.owner,
    acts_for: opened.requesters.filter((human) => human !== humanId(opened.owner)),
    access_key: opened.accessKey ?? null,
    upstream: opened.upstream,
    method: opened.method,
    url: opened.url,
    actions: opened.actions,
    summary: opened.summary,
    rules: opened.rules,
    reason: opened.reason,
    detail: opened.detail,
    risk: opened.risk,
    required: quorumsOf(approval).map((quorum) => {
      const { rule, approvals, from } = quorum;
      return { rule, approvals, from, have: approvers(approval, quorum) };
    }),
    escalated_at: approval.escalations?.[0] ? iso(approval.escalations[0].at) : null,
    votes: approval.votes.map((vote) => ({
      by: vote.by,
      vote: vote.vote,
      reason: vote.reason ?? null,
      at: iso(vote.at),
      channel: vote.channel,
    })),
    grant_offer: offerView(approval),
    granted_by: approval.granted ? grantedView(approval.granted) : null,
    flags: worstFirst([...(opened.flags ?? []), ...(approval.informed?.flags ?? [])]),
    context: approval.informed ? contextView(approval.informed) : null,
    justification: opened.justification ?? null,
    justification_verified: false,
    body_size: opened.bodySize,
    uninspected: opened.uninspected ?? null,
    created_at: iso(opened.at),
    expires_at: iso(opened.expiresAt),
    time_left: waiting ? Math.max(0, opened.expiresAt - now) : 0,
    decision_id: opened.decisionId,
    policy_digest: opened.policyDigest,
    why: approval.why ?? null,
    result: result ? { http_status: result.httpStatus ?? null, at: iso(result.at) } : null,
    delivered_at: approval.deliveredAt === undefined ? null : iso(approval.deliveredAt),
    annotation: approval.annotation ?? null,
    receipt_id: isOpen(approval.status) ? null : receiptId(approval.id),
  };
}
