// What every dialect turns into its own form, and what it gives back.
import type { Envelope } from '../../actions/envelope.ts';
import type { ProblemType } from '../../core/problems.ts';

export interface RefusalWords {
  readonly type: ProblemType;
  /** HTTP status of the problem. */
  readonly status: number;
  /** One line, for people: it ends up in a terminal or an exception. */
  readonly message: string;
  /** Whole seconds after which asking again can help; absent where it cannot. */
  readonly retryAfter?: number | undefined;
  /** Of this call; where the API numbers requests, it stands there. */
  readonly decisionId?: string | undefined;
  /** The message that the call was wrapped in, once it was read. */
  readonly envelope?: Envelope | undefined;
}

export interface NativeRefusal {
  /** Where this API's clients retry, or raise their typed error, on another status than the problem's. */
  readonly status?: number;
  readonly contentType: string;
  /** Further header lines, raw: name, value, name, value, … */
  readonly headers?: readonly string[];
  readonly body: string;
  /** `latin1` where each character of `body` is a byte: notations that are no text. */
  readonly encoding?: 'latin1';
}
