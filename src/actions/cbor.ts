// Strict CBOR (RFC 8949) over bytes. INVARIANT: what it accepts has one meaning for every sane parser: one item and nothing behind
// it, text in UTF-8, no key twice in a map, no length that its bytes do not cover.
import type { BigNumber } from '../core/body/json.ts';
import { decodeUtf8 } from '../core/body/utf8.ts';

/** Integers that a double cannot hold are a BigNumber; tags are left away, what they stand before is the value. */
export type CborValue = null | boolean | number | string | BigNumber | Uint8Array | readonly CborValue[] | CborMap;
export type CborMap = ReadonlyMap<string, CborValue>;

export type CborFault =
  | 'truncated'
  | 'trailing-bytes'
  | 'duplicate-key'
  | 'key-type'
  | 'not-utf-8'
  | 'too-deep'
  | 'syntax';

export type CborResult =
  | { readonly ok: true; readonly value: CborValue }
  | { readonly ok: false; readonly why: CborFault };

export interface CborOptions {
  /** True takes byte strings as keys too, where they are UTF-8. */
  readonly byteKeys?: boolean;
}

const MAX_DEPTH = 64;
const INDEFINITE = -1;

class Fault extends Error {
  readonly why: CborFault;

  constructor(why: CborFault) {
    super(why);
    this.why = why;
  }
}

/** Parses exactly one item. Depth, tags included, is limited to 64. */
export function parseCbor(bytes: Uint8Array, options: CborOptions = {}): CborResult {
  const reader = new Reader(bytes, options.byteKeys === true);
  try {
    const value = reader.item(0);
    return reader.at === bytes.length ? { ok: true, value } : { ok: false, why: 'trailing-bytes' };
  } catch (error) {
    if (error instanceof Fault) return { ok: false, why: error.why };
    throw error;
  }
}

class Reader {
  at = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #byteKeys: boolean;

  constructor(bytes: Uint8Array, byteKeys: boolean) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#byteKeys = byteKeys;
  }

  item(depth: number): CborValue {
    if (depth > MAX_DEPTH) throw new Fault('too-deep');
    const head = this.#take(1)[0] ?? 0;
    const major = head >> 5;
    const info = head & 31;
    if (major === 7) return this.#simple(info);
    const argument = this.#argument(info);
    if (argument === INDEFINITE && (major < 2 || major === 6)) throw new Fault('syntax');
    switch (major) {
      case 0:
        return typeof argument === 'number' ? argument : { text: String(argument) };
      case 1: {
        const value = -1n - BigInt(argument);
        return value >= BigInt(Number.MIN_SAFE_INTEGER) ? Number(value) : { text: String(value) };
      }
      case 2:
      case 3:
        return this.#string(major, this.#length(argument));
      case 4:
        return this.#array(this.#length(argument), depth);
      case 5:
        return this.#map(this.#length(argument), depth);
      default:
        return this.item(depth + 1);
    }
  }

  #take(length: number): Uint8Array {
    const end = this.at + length;
    if (end > this.#bytes.length) throw new Fault('truncated');
    const taken = this.#bytes.subarray(this.at, end);
    this.at = end;
    return taken;
  }

  #argument(info: number): number | bigint {
    if (info < 24) return info;
    if (info === 31) return INDEFINITE;
    if (info > 27) throw new Fault('syntax');
    const start = this.at;
    this.#take(2 ** (info - 24));
    if (info === 24) return this.#view.getUint8(start);
    if (info === 25) return this.#view.getUint16(start);
    if (info === 26) return this.#view.getUint32(start);
    const wide = this.#view.getBigUint64(start);
    return wide <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(wide) : wide;
  }

  /** A count of bytes or items, each of which takes a byte at least. */
  #length(argument: number | bigint): number {
    if (typeof argument !== 'number' || argument > this.#bytes.length - this.at) throw new Fault('truncated');
    return argument;
  }

  #string(major: 2 | 3, length: number): string | Uint8Array {
    if (length !== INDEFINITE) return major === 2 ? this.#take(length) : text(this.#take(length));
    const chunks: Uint8Array[] = [];
    while (!this.#isBreak()) {
      const head = this.#take(1)[0] ?? 0;
      const argument = this.#argument(head & 31);
      if (head >> 5 !== major || argument === INDEFINITE) throw new Fault('syntax');
      const chunk = this.#take(this.#length(argument));
      // RFC 8949 §3.2.3: a character does not go over the end of a chunk.
      if (major === 3) text(chunk);
      chunks.push(chunk);
    }
    const whole = Buffer.concat(chunks);
    return major === 2 ? whole : text(whole);
  }

  #array(length: number, depth: number): readonly CborValue[] {
    const items: CborValue[] = [];
    while (length === INDEFINITE ? !this.#isBreak() : items.length < length) items.push(this.item(depth + 1));
    return items;
  }

  #map(length: number, depth: number): CborMap {
    const map = new Map<string, CborValue>();
    while (length === INDEFINITE ? !this.#isBreak() : map.size < length) {
      const raw = this.item(depth + 1);
      const key = this.#byteKeys && raw instanceof Uint8Array ? text(raw) : raw;
      if (typeof key !== 'string') throw new Fault('key-type');
      if (map.has(key)) throw new Fault('duplicate-key');
      map.set(key, this.item(depth + 1));
    }
    return map;
  }

  #isBreak(): boolean {
    if (this.at >= this.#bytes.length) throw new Fault('truncated');
    if (this.#bytes[this.at] !== 0xff) return false;
    this.at++;
    return true;
  }

  #simple(info: number): CborValue {
    const start = this.at;
    if (info === 20 || info === 21) return info === 21;
    if (info === 22 || info === 23) return null;
    if (info < 25 || info > 27) throw new Fault('syntax');
    this.#take(2 ** (info - 24));
    if (info === 25) return half(this.#view.getUint16(start));
    return info === 26 ? this.#view.getFloat32(start) : this.#view.getFloat64(start);
  }
}

function text(bytes: Uint8Array): string {
  const decoded = decodeUtf8(bytes);
  if (!decoded.ok) throw new Fault('not-utf-8');
  return decoded.text;
}

/** RFC 8949 appendix D. */
function half(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * 2 ** -24 * fraction;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * 2 ** (exponent - 25) * (1024 + fraction);
}
