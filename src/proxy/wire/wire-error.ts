// How an exchange can fail. INVARIANT: `sent` is false only if not one byte of the request was handed to a socket.

export type WireErrorKind =
  /** No connection could be made; `cause` is what connect said. */
  | 'connect'
  /** No socket became free in time, or too many callers wait. */
  | 'no-socket'
  /** The upstream closed or reset the connection before the first byte of a response. */
  | 'no-response'
  /** The connection ended inside a response. */
  | 'truncated'
  /** The response head breaks RFC 9112, or its framing is ambiguous. */
  | 'malformed-head'
  | 'head-too-large'
  /** Chunked framing or a trailer breaks RFC 9112 or its bounds. */
  | 'malformed-body'
  | 'too-many-informational'
  /** 101 that nobody asked for, or for another protocol. */
  | 'unexpected-upgrade'
  | 'head-timeout'
  | 'body-timeout'
  /** The upstream stopped reading the request body. */
  | 'request-timeout'
  /** The streamed request body did not have the length that was announced. */
  | 'request-body-length'
  | 'pool-closed';

export interface WireError {
  readonly kind: WireErrorKind;
  /** For logs: what was wrong and what was expected; never contains header values or bodies. */
  readonly detail: string;
  /** Whether any byte of the request may have reached the upstream, over all attempts. */
  readonly sent: boolean;
  /** Whether `onHead` was called. */
  readonly headSeen: boolean;
  readonly cause?: unknown;
}
