// A held call at rest: one length-prefixed JSON head and the raw body. What comes back is the same canonical call.
import { bodyBytes, type Call, type CallBody, isBodyToCome, type UnreadableBody } from './call.ts';

interface Head extends Omit<Call, 'body'> {
  readonly body: 'none' | 'whole' | 'unreadable';
  readonly why?: UnreadableBody;
}

/** Serialises a call whose body was read (or is absent). Throws on `unread` and on an unreadable body without bytes. */
export function encodeCall(call: Call): Uint8Array {
  const { body, ...rest } = call;
  if (body.state === 'unread' || isBodyToCome(call)) throw new Error('a held call needs its whole body');
  const head: Head = { ...rest, body: body.state, ...(body.state === 'unreadable' && { why: body.why }) };
  const json = Buffer.from(JSON.stringify(head), 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(json.length);
  return Buffer.concat([length, json, bodyBytes(call) ?? new Uint8Array(0)]);
}

/** Reads back what {@link encodeCall} wrote. `decode` undoes Content-Encoding for inspection. Throws on anything else. */
export function decodeCall(
  bytes: Uint8Array,
  decode: (headers: readonly string[], body: Uint8Array) => CallBody,
): Call {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = 4 + buffer.readUInt32BE(0);
  const { body, why, ...head } = JSON.parse(buffer.toString('utf8', 4, end)) as Head;
  const rest = { ...head, query: head.query }; // JSON left an absent query out
  const raw = buffer.subarray(end);
  if (body === 'none') return { ...rest, body: { state: 'none' } };
  if (body === 'unreadable' && why) return { ...rest, body: { state: 'unreadable', why, bytes: raw } };
  return { ...rest, body: decode(rest.headers, raw) };
}
