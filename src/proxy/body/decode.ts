// Undoes Content-Encoding so that policy can read what the upstream will read. INVARIANT: never more output than the
// limit, never a partial result: a body is read whole or named unreadable.
import {
  brotliDecompressSync,
  gunzipSync,
  inflateRawSync,
  inflateSync,
  type ZlibOptions,
  zstdDecompressSync,
} from 'node:zlib';
import { contentType, isFormType, isInspectableCharset, isJsonType } from '../../core/body/content-type.ts';
import { type CallBody, headerValues, type RawHeaders, type UnreadableBody } from '../../core/call.ts';
import { zstdFrameLength } from './zstd-frame.ts';

const MAX_LAYERS = 2;
/** Output bytes for one input byte. Text that people compress stays below 100; bombs are at 1,000. */
const MAX_RATIO = 200;
/** Below this size the ratio says nothing. */
const RATIO_FLOOR = 64 * 1024;

type Undone = { readonly ok: true; readonly bytes: Uint8Array } | { readonly ok: false; readonly why: UnreadableBody };
const UNDECODABLE: Undone = { ok: false, why: 'undecodable' };

/**
 * The whole body of a call as policy sees it. `bytes` are as received, `limit` bounds them and every decoded form.
 * Two layers of gzip, deflate (zlib, RFC 9110 §8.4.1.2), br and zstd are undone; one gzip member or zstd frame, nothing behind it.
 */
export function readWholeBody(headers: RawHeaders, bytes: Uint8Array, limit: number): CallBody {
  if (bytes.length === 0) return { state: 'none' };
  const unreadable = (why: UnreadableBody): CallBody => ({ state: 'unreadable', why, bytes });
  if (bytes.length > limit) return unreadable('over-limit');
  const type = contentType(headers);
  const inspected = type.state === 'known' && (isFormType(type.type) || isJsonType(type.type));
  if (inspected && !isInspectableCharset(type.charset)) return unreadable('unknown-charset');
  const codings = headerValues(headers, 'content-encoding')
    .flatMap((value) => value.split(','))
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity');
  if (codings.length > MAX_LAYERS) return unreadable('unknown-coding');
  let decoded = bytes;
  for (const coding of codings.toReversed()) {
    const undone = undo(coding, decoded, limit);
    if (!undone.ok) return unreadable(undone.why);
    decoded = undone.bytes;
  }
  return { state: 'whole', bytes, decoded };
}

function undo(coding: string, input: Uint8Array, limit: number): Undone {
  const options = { maxOutputLength: Math.min(limit, Math.max(RATIO_FLOOR, input.length * MAX_RATIO)), info: true };
  try {
    switch (coding) {
      case 'gzip':
      case 'x-gzip':
        // The raw deflate stream inside tells where the first member ends; gunzip then checks CRC and length.
        return gzipMember(input, options) === input.length ? whole(gunzipSync(input, options), input) : UNDECODABLE;
      case 'deflate':
        return whole(inflateSync(input, options), input);
      case 'br':
        return whole(brotliDecompressSync(input, options), input);
      case 'zstd':
        return zstdFrameLength(input) === input.length ? whole(zstdDecompressSync(input, options), input) : UNDECODABLE;
      default:
        return { ok: false, why: 'unknown-coding' };
    }
  } catch (error) {
    const large = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    return large ? { ok: false, why: 'over-limit' } : UNDECODABLE;
  }
}

/** What zlib gives with `info`: its types do not say so. */
interface Informed {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}

/** Only if the one stream used every byte of the input: what is behind it would be read by others, not by us. */
function whole(result: unknown, input: Uint8Array): Undone {
  const { buffer, engine } = result as Informed;
  return engine.bytesWritten === input.length ? { ok: true, bytes: buffer } : UNDECODABLE;
}

/** Length of the first gzip member (RFC 1952 §2.3), or -1. */
function gzipMember(input: Uint8Array, options: ZlibOptions): number {
  const flags = input[3] ?? 0;
  if (input[0] !== 0x1f || input[1] !== 0x8b || input[2] !== 8 || (flags & 0xe0) !== 0) return -1;
  let at = 10;
  if (flags & 4) at += 2 + (input[at] ?? 0) + (input[at + 1] ?? 0) * 256;
  for (const text of [8, 16]) {
    if (!(flags & text)) continue;
    const end = input.indexOf(0, at);
    if (end < 0) return -1;
    at = end + 1;
  }
  if (flags & 2) at += 2;
  if (at >= input.length) return -1;
  // `info: true` gives an object (Node's zlib); the types say a Buffer.
  const { engine } = inflateRawSync(input.subarray(at), options) as unknown as Informed;
  return at + engine.bytesWritten + 8;
}
