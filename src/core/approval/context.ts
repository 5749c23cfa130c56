// What an approver is told beside the call itself. INVARIANT: it is information, never authority: no vote, claim or send rests on it, and
// every text in it that we did not write ourselves is bounded.

/** A call that this agent made lately, as the gate that held the new one remembers it. */
export interface RecentCall {
  /** Epoch ms. */
  readonly at: number;
  /** `POST api.example.com/v1/refunds`. */
  readonly call: string;
  readonly effect: 'allow' | 'hold' | 'deny' | 'refused';
  /** HTTP status that the agent got; 0 if it had hung up. */
  readonly status: number;
}

/** An earlier approval of the same agent. */
export interface EarlierApproval {
  readonly id: string;
  readonly at: number;
  readonly summary: string;
  /** As of then; one of `STATUSES` (state.ts). */
  readonly status: string;
}

/** One place in which the resource would change; values as JSON text, absent where there is none on that side. */
export interface Change {
  /** JSON pointer (RFC 6901), or the name of what is compared. */
  readonly path: string;
  readonly before?: string;
  readonly after?: string;
}

/** What the upstream itself said about the effect, asked by Holdgate with read-only credentials. */
export interface Preview {
  /** `shown`: there is something to see; `failed`: it was asked and did not answer usefully; `none`: it was not asked. */
  readonly outcome: 'shown' | 'failed' | 'none';
  /** One sentence of ours: how it was found out, or why not. */
  readonly note: string;
  readonly changes: readonly Change[];
  /** Named figures: `objects`, `bytes`, `dry run` … */
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  /** True where more would change than is listed. */
  readonly cut: boolean;
  /** The calls that Holdgate made for it: method and URL. */
  readonly requests: readonly string[];
}

export const MAX_RECENT = 10;
export const MAX_EARLIER = 10;
