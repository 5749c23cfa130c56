// A way to reach approvers. A channel carries: what to say, to whom and when is decided behind this port, and who may vote by the core.
import type { Shown } from '../core/similar/shown.ts';

/** `posted`: for the first time; `updated`: it says something else now; `nudged`, `escalated`: people are told that time runs; `ended`: it is all
 *  over, once. */
export type NoticeReason = 'posted' | 'updated' | 'nudged' | 'escalated' | 'ended';

export interface NoticeMessage {
  readonly reason: NoticeReason;
  readonly shown: Shown;
  /** Grows with every change of what is shown; the same for two messages that say the same. */
  readonly version: number;
  /** The same for every attempt to post to this place. At most 200 characters of A–Z, a–z, 0–9, `_`, `.`, `-`. */
  readonly key: string;
}

export type Delivery =
  /** `ref` names the message for its next change; at most 500 characters, the channel's own business. */
  | { readonly outcome: 'delivered'; readonly ref: string }
  /** Not now; `after` (ms) where the other side says when, and then it has taken nothing. Why, for the log: no secrets. */
  | { readonly outcome: 'later'; readonly after?: number; readonly why: string }
  /** Never: the place does not exist, or does not want us. */
  | { readonly outcome: 'refused'; readonly why: string };

export interface Channel {
  /** First word of its places: `webhook` of `webhook:ops`. */
  readonly name: string;
  /** Posts, changes or adds to what stands at `target`; `ref` is what the last delivery gave, undefined before the first. Never
   *  rejects; settles within 15 s. */
  deliver(target: string, message: NoticeMessage, ref: string | undefined): Promise<Delivery>;
  /** The ref of a message that an earlier attempt with this key may have left; undefined where there is none. Rejects where
   *  nobody can say. Absent where a second message does no harm. */
  find?(target: string, key: string): Promise<string | undefined>;
}
