// The exact call as it will be sent, in JSON. Credentials that Holdgate adds at dispatch were never part of it.
import { bodyBytes, type Call, type CallBody, url } from '../core/call.ts';
import { shownHeaderValue } from '../core/credential-headers.ts';
import { sha256 } from '../core/sha256.ts';

export interface BytesView {
  /** Bytes in all, whatever is shown. */
  readonly size: number;
  /** `utf8` only if the bytes are valid UTF-8 as a whole; else `base64`. */
  readonly encoding: 'utf8' | 'base64';
  readonly text: string;
  /** True if `text` is only the beginning: nobody should approve on the strength of it. */
  readonly truncated: boolean;
}

export interface BodyView extends BytesView {
  readonly sha256: string;
  /** The same after Content-Encoding was undone; null where there is none or it cannot be undone. */
  readonly decoded: BytesView | null;
}

export interface CallView {
  readonly method: string;
  readonly url: string;
  /** In wire order, names as the agent wrote them; values that are credentials only by length and hash. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: BodyView;
}

/** Bytes that are shown unless the whole body is asked for. */
export const BODY_SHOWN: number = 64 * 1024;

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The longest beginning of valid UTF-8 that ends with a whole character at or before `limit`. */
function cutUtf8(bytes: Uint8Array, limit: number): Uint8Array {
  let end = limit;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end);
}

function bytesView(bytes: Uint8Array, limit: number): BytesView {
  const whole = decodeUtf8(bytes);
  const truncated = bytes.length > limit;
  const size = bytes.length;
  if (whole === undefined) {
    const shown = truncated ? bytes.subarray(0, limit) : bytes;
    return { size, encoding: 'base64', text: Buffer.from(shown).toString('base64'), truncated };
  }
  return { size, encoding: 'utf8', text: truncated ? (decodeUtf8(cutUtf8(bytes, limit)) ?? '') : whole, truncated };
}

function bodyView(body: CallBody, limit: number): BodyView {
  // A stored call has its whole body (core/stored-call.ts).
  const bytes = bodyBytes({ body }) ?? new Uint8Array(0);
  const decoded = body.state === 'whole' && body.decoded !== body.bytes ? bytesView(body.decoded, limit) : null;
  return { ...bytesView(bytes, limit), sha256: sha256(bytes), decoded };
}

/** The call for a reader; `limit` bounds the bytes of the body that are shown, in each form. */
export function callView(call: Call, limit: number): CallView {
  const headers: [string, string][] = [];
  for (let i = 0; i + 1 < call.headers.length; i += 2) {
    const name = call.headers[i] ?? '';
    headers.push([name, shownHeaderValue(name, call.headers[i + 1] ?? '')]);
  }
  return { method: call.method, url: url(call), headers, body: bodyView(call.body, limit) };
}
