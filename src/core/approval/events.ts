// An approval is the fold of these events. They are what is stored, what the audit log cites and what a receipt proves.
import type { Action } from '../action.ts';
import type { DecisionReason, GrantOffer, HoldTerms, Risk } from '../policy/types.ts';
import type { RiskFlag } from '../risk/flag.ts';
import type { EarlierApproval, Preview, RecentCall } from './context.ts';

export type Vote = 'approve' | 'deny';

export interface Opened {
  readonly type: 'opened';
  readonly at: number;
  readonly id: string;
  readonly agent: string;
  readonly owner: string;
  /** Human ids that may never vote: the owner and whoever the agent acts for. */
  readonly requesters: readonly string[];
  /** What policy read about the agent, so that the claim can ask the current policy the same question. */
  readonly labels: Readonly<Record<string, string>>;
  /** The agent's address. */
  readonly source: string;
  /** Id of the access key of this gate that signed the call, where one did: nothing runs for it once it is revoked. */
  readonly accessKey?: string;
  readonly upstream: string;
  readonly method: string;
  readonly url: string;
  readonly actions: readonly Action[];
  readonly summary: string;
  /** sha256 of the canonical call: what voters vote on, what a retry is recognised by. */
  readonly digest: string;
  /** sha256 over every byte that will be sent; checked again at dispatch. */
  readonly contentDigest: string;
  readonly bodySize: number;
  /** Why the body could not be inspected, if so; shown to approvers. */
  readonly uninspected?: string;
  readonly decisionId: string;
  readonly policyDigest: string;
  readonly rules: readonly string[];
  readonly reason: DecisionReason;
  readonly detail: string;
  readonly terms: HoldTerms;
  readonly risk: Risk;
  /** The agent's own words, unverified; undefined if it gave none. */
  readonly justification?: string;
  /** What to look at twice, worst first; absent where there is nothing. Votes cover it. */
  readonly flags?: readonly RiskFlag[];
  /** Epoch ms; no vote, claim or send at or after it. */
  readonly expiresAt: number;
}

/** What was found out about the call after it was held: for people only, nothing is decided by it. */
export interface Informed {
  readonly type: 'informed';
  readonly at: number;
  readonly flags: readonly RiskFlag[];
  readonly recent: readonly RecentCall[];
  readonly earlier: readonly EarlierApproval[];
  /** Approvals of this agent that were open, this one included. */
  readonly openApprovals: number;
  readonly preview: Preview;
}

export interface Voted {
  readonly type: 'voted';
  readonly at: number;
  /** Human id (lower-case e-mail), never a channel's own id. */
  readonly by: string;
  readonly vote: Vote;
  readonly reason?: string;
  /** The call digest that the voter looked at. */
  readonly digest: string;
  /** The voter's groups at the time of the vote. */
  readonly groups: readonly string[];
  readonly channel: string;
  /** How long calls like this one are not to be asked again, ms from the deciding vote; absent: this call alone. */
  readonly grant?: number;
  /** The gate's JWS over this vote (see core/approval/vote-statement.ts), made where the voter was authenticated. */
  readonly proof: string;
}

/** Approved by what people had granted with an earlier approval; nobody was asked. Carries that approval and its votes: all that
 *  the grant rests on. */
export interface Granted {
  readonly type: 'granted';
  readonly at: number;
  /** `grt_…` */
  readonly grant: string;
  /** The call that the votes are on, as it was opened. */
  readonly source: Opened;
  /** Those that approve; each carries a grant. */
  readonly votes: readonly Voted[];
  /** Epoch ms; no claim or send at or after it. */
  readonly until: number;
  /** From 1; no two uses of a grant have the same. */
  readonly use: number;
}

/** A gate takes the approval for execution. Carries what was checked again at that moment. */
export interface Claimed {
  readonly type: 'claimed';
  readonly at: number;
  readonly replica: string;
  /** Fencing token; the intent must carry the same. */
  readonly token: string;
  /** Call digest recomputed from the stored bytes. */
  readonly digest: string;
  readonly contentDigest: string;
  /** The current policy's answer to the same call. */
  readonly policyDigest: string;
  readonly effectNow: 'allow' | 'hold' | 'deny';
  /** Quorums of the current policy (empty for allow); have to be met as well. */
  readonly quorumsNow: HoldTerms['quorums'];
  /** Approvers whose vote still counts (signature valid, still known), with their groups now. */
  readonly eligible: readonly { readonly by: string; readonly groups: readonly string[] }[];
  /** Exactly where the approval rests on a grant: whether that stands, and what the current policy offers for this call. */
  readonly grantNow?: { readonly stands: boolean; readonly offer?: GrantOffer };
  /** Exactly where an access key signed the call: whether that key is still good. */
  readonly accessKeyStands?: boolean;
}

export interface Intent {
  readonly type: 'intent';
  readonly at: number;
  readonly token: string;
  readonly digest: string;
}

/** What became of the one send. `succeeded`: complete response below 400; `upstream_error`: complete response from 400 up. */
export interface Resulted {
  readonly type: 'result';
  readonly at: number;
  readonly token: string;
  readonly outcome: 'succeeded' | 'upstream_error' | 'indeterminate';
  readonly httpStatus?: number;
  readonly responseDigest?: string;
  readonly responseBytes?: number;
  readonly detail?: string;
}

/** Nobody had decided in time: from now on those may vote too whom the quorums of these rules name for it. */
export interface Escalated {
  readonly type: 'escalated';
  readonly at: number;
  /** As in the quorums; never empty. */
  readonly rules: readonly string[];
}

export type ApprovalEvent =
  | Opened
  | Voted
  | Granted
  | Claimed
  | Intent
  | Resulted
  | Informed
  | { readonly type: 'notified'; readonly at: number; readonly channel: string }
  | Escalated
  /** Those who may vote were reminded. */
  | { readonly type: 'nudged'; readonly at: number }
  | { readonly type: 'seen'; readonly at: number; readonly by: string }
  | { readonly type: 'expired'; readonly at: number }
  | { readonly type: 'cancelled'; readonly at: number; readonly why: string }
  /** Certain that no byte was written. */
  | { readonly type: 'not_sent'; readonly at: number; readonly token: string; readonly why: string }
  | { readonly type: 'void'; readonly at: number; readonly why: string }
  /** The agent has the whole response; the same call later is a new call. */
  | { readonly type: 'delivered'; readonly at: number; readonly replayed: boolean }
  /** A human says what an indeterminate send did. */
  | {
      readonly type: 'annotated';
      readonly at: number;
      readonly by: string;
      readonly outcome: 'done' | 'not_done';
      readonly note: string;
    };
