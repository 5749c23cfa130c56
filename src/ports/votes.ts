// What a channel asks of the gate: the approval, and to take a vote. The core decides whether it counts.
import type { Approval } from '../core/approval/state.ts';
import type { Vote } from '../core/approval/events.ts';
import type { Person } from '../core/principal.ts';
import type { Shown } from '../core/similar/shown.ts';

export interface ChannelVote {
  readonly approvalId: string;
  readonly person: Person;
  readonly vote: Vote;
  readonly reason: string | undefined;
  readonly digest: string;
  readonly channel: string;
  /** See VoteInput of gate/api.ts: ms, or `true` for all that `openOffer` offers. */
  readonly grant?: number | true | undefined;
}

export type ChannelVoteOutcome =
  | { readonly outcome: 'recorded'; readonly approval: Approval }
  /** `detail` is fit for the voter. */
  | { readonly outcome: 'refused'; readonly detail: string }
  | { readonly outcome: 'not-found' }
  | { readonly outcome: 'not-recorded'; readonly detail: string };

export interface Votes {
  /** Never rejects. */
  vote(input: ChannelVote): Promise<ChannelVoteOutcome>;
  /** What the message that is called by this approval shows as of now; undefined where it is not known. Rejects with StoreUnavailable. */
  shown(approvalId: string): Promise<Shown | undefined>;
  list(query: { readonly status: 'pending'; readonly limit: number }): Promise<{ readonly items: readonly Approval[] }>;
  /** Epoch ms of the store. */
  now(): Promise<number>;
}
