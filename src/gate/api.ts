// What the gate offers to its front ends (proxy, console, channels). The use cases behind it live beside this file.
import type { Refusal } from '../core/approval/guards.ts';
import type { Vote } from '../core/approval/events.ts';
import type { Approval } from '../core/approval/state.ts';
import type { Call } from '../core/call.ts';
import type { Person } from '../core/principal.ts';
import type { Shown } from '../core/similar/shown.ts';
import type { ListQuery } from '../ports/approval-store.ts';
import type { GrantRecord } from './grants/grant-record.ts';

export interface VoteInput {
  readonly approvalId: string;
  /** The authenticated human; groups as of now. */
  readonly person: Person;
  readonly vote: Vote;
  /** Required to deny. At most 2,000 characters. */
  readonly reason: string | undefined;
  /** The call digest that the voter looked at. */
  readonly digest: string;
  readonly channel: string;
  /** With an approval: for how long (ms, at most what is offered; `true`: all of it) calls like this one are not to be asked again. */
  readonly grant?: number | true | undefined;
}

export type VoteOutcome =
  | { readonly outcome: 'recorded'; readonly approval: Approval }
  /** `detail` is fit for the voter: who decided already, why this person cannot vote, … */
  | {
      readonly outcome: 'refused';
      readonly refusal: Refusal | 'reason-required' | 'already-decided';
      readonly detail: string;
      readonly approval: Approval;
    }
  | { readonly outcome: 'not-found' }
  /** The store or the audit log did not confirm it: look again before you vote again. */
  | { readonly outcome: 'not-recorded'; readonly detail: string };

export interface ApprovalGate {
  vote(input: VoteInput): Promise<VoteOutcome>;
  /** A human says what an indeterminate send did. */
  annotate(input: {
    readonly approvalId: string;
    readonly person: Person;
    readonly outcome: 'done' | 'not_done';
    readonly note: string;
  }): Promise<VoteOutcome>;
  /** The stored call of an approval, while it is kept (until its outcome is final and delivered). */
  call(approvalId: string): Promise<Call | undefined>;
  get(approvalId: string): Promise<Approval | undefined>;
  /** This approval, and the others that wait and are like it; undefined where there is none with this id. */
  similar(approvalId: string): Promise<Shown | undefined>;
  list(query: ListQuery): Promise<{ readonly items: readonly Approval[]; readonly next: string | undefined }>;
  /** Newest first; those that ended lately too. Rejects with StoreUnavailable. */
  grants(): Promise<readonly GrantRecord[]>;
  /** Ends a grant at once; undefined where there is none. Rejects with StoreUnavailable or AuditUnavailable. */
  revokeGrant(input: { readonly id: string; readonly person: Person }): Promise<GrantRecord | undefined>;
  /** The signed receipt (compact JWS), once the approval is terminal. */
  receipt(approvalId: string): Promise<string | undefined>;
  /** Epoch ms of the store. */
  now(): Promise<number>;
  /** Calls back with the id of every approval that changed; with `undefined` where nobody can say which ones did. */
  subscribe(listener: (approvalId: string | undefined) => void): () => void;
}
