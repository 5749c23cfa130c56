// What happens, for whoever wants to know: metrics, logs, the console's live view. Core and gate know none of them.
import type { Approval } from '../core/approval/state.ts';
import type { Decision, Risk } from '../core/policy/types.ts';
import type { UsageAmount } from '../core/usage/usage-amount.ts';

/** One finished call, whatever became of it. The source of its log line, its metrics and (if routine) its audit entry. */
export interface CallRecord {
  /** Epoch ms when its head had arrived. */
  readonly at: number;
  readonly decisionId: string;
  readonly agent: string | undefined;
  readonly source: string;
  readonly upstream: string | undefined;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly decision: Decision | undefined;
  readonly approvalId: string | undefined;
  /** Status that the agent got; 0 if its connection was gone. */
  readonly status: number;
  /** Problem type for an answer of our own. */
  readonly problem: string | undefined;
  /** ms. */
  readonly duration: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

export interface GateEvents {
  'call:finished': CallRecord;
  'approval:changed': {
    readonly approval: Approval;
    readonly event: string;
    /** Its receipt was stored with it. */
    readonly receipted?: boolean;
  };
  'vote:recorded': {
    readonly approvalId: string;
    readonly by: string;
    readonly vote: string;
    readonly channel: string;
    readonly risk: Risk;
  };
  /** A call was not held, and so refused: its agent has as many approvals open as it may, all have, or it asked too often. */
  'approval:refused': { readonly agent: string; readonly limit: 'agent' | 'total' | 'rate' };
  /** Somebody looked at the whole of an approval. */
  'review:opened': { readonly approvalId: string; readonly channel: string; readonly risk: Risk };
  'vote:refused': {
    readonly approvalId: string;
    readonly by: string;
    readonly reason: string;
    readonly channel: string;
  };
  /** A grant was made, used or ended; or one that is kept for calls like this did not let it through (`reason`). */
  'grant:changed': {
    readonly change: 'made' | 'used' | 'revoked' | 'refused';
    readonly grant: string;
    /** That gave it, or that it is used for. */
    readonly approvalId: string;
    readonly agent?: string;
    readonly by?: string;
    readonly reason?: string;
  };
  /** `warnings`: rules that name actions which do not exist. */
  'policy:loaded': { readonly digest: string; readonly rules: number; readonly warnings?: readonly string[] };
  'policy:rejected': { readonly errors: readonly string[] };
  /** Another set of keys, or another key of the set is used from now on: the ids that sign and seal, and how many verify. */
  'keys:loaded': { readonly signing: string; readonly data: number; readonly known: number };
  /** The key files cannot be taken over; those in use stay. `again`: for the same reason as at the look before. */
  'keys:rejected': { readonly error: string; readonly again: boolean };
  /** The record of one approval was edited, lost or cut: it never runs. Once for each finding. */
  'approval:damaged': { readonly approvalId: string; readonly finding: string };
  'store:failed': { readonly operation: string; readonly error: string };
  /** What this process has counted since it last said so; it is in the store now. */
  'usage:counted': { readonly amounts: readonly UsageAmount[] };
  'upstream:failed': { readonly upstream: string; readonly problem: string };
  /** A response held the credential that the gate had injected; it was blanked out. */
  'upstream:credential-reflected': { readonly upstream: string };
  /** The log could not be written; a bug if it is not a text. */
  'audit:failed': { readonly error: unknown };
  /** A credential that the console did not accept. */
  'person:refused': { readonly source: string; readonly why: string };
  /** A bug on the request path; the call was refused. */
  'proxy:failed': { readonly decisionId: string; readonly error: unknown };
  /** A bug behind the console; the request got a 500. */
  'console:failed': { readonly error: unknown };
  /** The agent sent an upstream credential of its own; it was taken out. */
  'agent:credential-stripped': {
    readonly agent: string;
    readonly upstream: string;
    readonly headers: readonly string[];
  };
  /** Something came in through a channel that is not to be believed, or is nothing. */
  'channel:refused': { readonly channel: string; readonly why: string };
  /** A connection that a channel listens on. */
  'channel:state': { readonly channel: string; readonly state: 'open' | 'away'; readonly why?: string };
  /** An attempt to show an approval somewhere; `why` where it did not come to that. */
  'notice:tried': {
    readonly approvalId: string;
    readonly destination: string;
    readonly reason: string;
    readonly outcome: 'delivered' | 'later' | 'refused';
    readonly why?: string;
  };
  /** An approval is not shown there yet: it is quiet, or its agent has caused as many messages as it may. Once for each reason. */
  'notice:put-off': {
    readonly approvalId: string;
    readonly agent: string;
    readonly risk: Risk;
    readonly destination: string;
    readonly why: 'quiet' | 'limit';
  };
  'agent:refused': { readonly source: string; readonly why: string };
}

export interface EventBus {
  emit<Name extends keyof GateEvents>(name: Name, event: GateEvents[Name]): void;
  on<Name extends keyof GateEvents>(name: Name, listener: (event: GateEvents[Name]) => void): () => void;
}
