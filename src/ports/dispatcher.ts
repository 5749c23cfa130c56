// How the gate runs an approved call. Two steps, because everything that can fail before the first byte must fail before
// the intent is recorded.
import type { Duplex } from 'node:stream';
import type { Call } from '../core/call.ts';
import type { Grant } from '../core/grant.ts';

/** Receives the upstream's response. Callbacks are in order: head once, data any number of times. */
export interface ResponseSink {
  /** `headers` raw, hop-by-hop and framing fields already removed. */
  head(status: number, headers: readonly string[]): void;
  /** Resolves when more can be taken. */
  data(chunk: Uint8Array): Promise<void> | void;
  /** Instead of `head`: the upstream switched protocols as the call asked it to, and proved it. `headers` are those of its 101;
   *  `socket` is paused and belongs to the sink from here on; `first` came behind the head. */
  tunnel?(headers: readonly string[], socket: Duplex, first: Uint8Array): void;
}

export type SendOutcome =
  | { readonly outcome: 'complete'; readonly status: number }
  /** Bytes may have reached the upstream and the answer is missing or was cut. */
  | { readonly outcome: 'indeterminate'; readonly detail: string; readonly status?: number };

/** A connected, verified, fully built call; nothing has been written yet. */
export interface Prepared {
  /** Writes the call once. Never rejects: every failure from here on is `indeterminate`. */
  send(sink: ResponseSink): Promise<SendOutcome>;
  /** Gives the connection and the credential back unused. */
  abandon(): void;
}

export type PrepareOutcome =
  | { readonly outcome: 'prepared'; readonly prepared: Prepared }
  /** Certain: no byte was written. */
  | { readonly outcome: 'not-sent'; readonly detail: string };

export interface Dispatcher {
  /** Resolves, connects, verifies, adds the credential, and checks the digests again. Never rejects. */
  prepare(grant: Grant, call: Call): Promise<PrepareOutcome>;
}
