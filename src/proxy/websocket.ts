// The handshake of RFC 6455 §4, both sides of it. INVARIANT: a tunnel opens only after a 101 that proves itself, never on anybody's word.
import { createHash } from 'node:crypto';
import { type Call, headerValues, type RawHeaders } from '../core/call.ts';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const KEY = /^[A-Za-z0-9+/]{22}==$/;

/** Sec-WebSocket-Accept for the key of a handshake. */
export function acceptOf(key: string): string {
  return createHash('sha1')
    .update(key + GUID)
    .digest('base64');
}

/** Sec-WebSocket-Key; empty where there is none. */
export function keyOf(headers: RawHeaders): string {
  return headerValues(headers, 'sec-websocket-key')[0] ?? '';
}

/** Whether a 101 with these headers answers this very handshake. */
export function proves(answer: RawHeaders, handshake: Pick<Call, 'headers'>): boolean {
  return headerValues(answer, 'sec-websocket-accept').join() === acceptOf(keyOf(handshake.headers));
}

/** Why this cannot be a handshake; undefined where it is one. `upgrade` is the value of the header of that name. */
export function handshakeFault(
  upgrade: string | undefined,
  { method, body }: Pick<Call, 'method' | 'body'>,
  headers: RawHeaders,
): string | undefined {
  if (upgrade?.toLowerCase() !== 'websocket') return 'Only an upgrade to websocket is supported; h2c never is.';
  if (method !== 'GET' || body.state !== 'none') return 'A WebSocket handshake is a GET without a body.';
  if (headerValues(headers, 'sec-websocket-version').join() !== '13') return 'Only WebSocket version 13 is supported.';
  const [key, ...more] = headerValues(headers, 'sec-websocket-key');
  return more.length > 0 || !KEY.test(key ?? '') ? 'Sec-WebSocket-Key is missing or malformed.' : undefined;
}

/** The 101 for the agent: that of the upstream, with the proof for the agent's own key. */
export function switchingHeaders(answer: RawHeaders, handshake: RawHeaders): string[] {
  const kept = answer.filter((_, at) => answer[at - (at % 2)]?.toLowerCase() !== 'sec-websocket-accept');
  return ['Connection', 'Upgrade', 'Upgrade', 'websocket', 'Sec-WebSocket-Accept', acceptOf(keyOf(handshake)), ...kept];
}
