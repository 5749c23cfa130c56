// The canonical call: policy reads it, the approver sees it, the digest covers it, the dispatcher serialises from it.
// INVARIANT: nothing is ever decided on one representation and sent from another.
import { shownQuery } from './shown-query.ts';

/** Header fields as on the wire: name, value, name, value, … in order, names in their original case (latin1). */
export type RawHeaders = readonly string[];

/** Why a body could not be read whole; each counts as matched for hold/deny and not matched for allow. */
export type UnreadableBody = 'over-limit' | 'unknown-coding' | 'undecodable' | 'unknown-charset';

export type CallBody =
  /** The call has no body (no Content-Length, no Transfer-Encoding, or a length of zero). */
  | { readonly state: 'none' }
  /** A body follows that nobody has read yet; policy answers `needs-body` where a candidate rule asks for it. */
  | { readonly state: 'unread' }
  /** `bytes` is what will be sent; `decoded` the same after Content-Encoding was undone (the same array where there is none). */
  | { readonly state: 'whole'; readonly bytes: Uint8Array; readonly decoded: Uint8Array }
  /** `bytes` is there if the body was received but not understood; absent if it was too long to be read for inspection. */
  | { readonly state: 'unreadable'; readonly why: UnreadableBody; readonly bytes?: Uint8Array };

/** What the agent's signature was made for (the scope of SigV4): where a call may go, and what its upstream's signature is made for. */
export interface SignedFor {
  /** Signing name: `s3`, `iam`. */
  readonly service: string;
  readonly region: string;
}

export interface Call {
  /** Upper-case method token as received. */
  readonly method: string;
  /** Id of the configured upstream. */
  readonly upstream: string;
  readonly scheme: 'http' | 'https';
  /** Lower-case `host` or `host:port` that the upstream will see in `Host`. */
  readonly host: string;
  /** The upstream's raw path: the mount removed, the base's own path added; starts with `/`; never normalised. */
  readonly path: string;
  /** Raw query without `?`; undefined where the target has no `?` at all (`/x` and `/x?` are different targets). */
  readonly query: string | undefined;
  /** End-to-end headers that go upstream: hop-by-hop, the agent's credential and Holdgate's own headers are removed;
   *  no Host, Content-Length or Transfer-Encoding: framing is ours. */
  readonly headers: RawHeaders;
  readonly body: CallBody;
  /** Its client numbers each attempt (the id of a JSON-RPC message, of a query): such a number does not make two calls different. */
  readonly message?: 'json-rpc' | 'clickhouse' | 'snowflake';
  /** Asks to switch to this protocol (RFC 9110 §7.8): what flows afterwards is unseen. */
  readonly upgrade?: 'websocket';
  /** Of an agent that signed with a key of this gate; the signature itself is gone, and made anew when the call is sent. */
  readonly signedFor?: SignedFor;
}

/** The bytes of the body as they will be sent; undefined where there is none, or where they have not all been received. */
export function bodyBytes({ body }: Pick<Call, 'body'>): Uint8Array | undefined {
  return body.state === 'whole' || body.state === 'unreadable' ? body.bytes : undefined;
}

/** True while the agent still has (some of) the body: nobody asked for it, or it was too long to be read for inspection. */
export function isBodyToCome({ body }: Pick<Call, 'body'>): boolean {
  return body.state === 'unread' || (body.state === 'unreadable' && body.bytes === undefined);
}

/** The origin-form target that is sent: path plus query, byte for byte. */
export function target(call: Pick<Call, 'path' | 'query'>): string {
  return call.query === undefined ? call.path : `${call.path}?${call.query}`;
}

/** The absolute URL of the call, for people and logs, with the secrets of its query hidden; never parsed again by the product. */
export function url({ scheme, host, path, query }: Pick<Call, 'scheme' | 'host' | 'path' | 'query'>): string {
  return `${scheme}://${host}${target({ path, query: query === undefined ? undefined : shownQuery(query) })}`;
}

/** Every value of a header, in order; `name` must be lower-case. */
export function headerValues(headers: RawHeaders, name: string): string[] {
  const values: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const key = headers[i] ?? '';
    if (key.length === name.length && key.toLowerCase() === name) values.push(headers[i + 1] ?? '');
  }
  return values;
}
