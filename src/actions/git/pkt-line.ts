// Reads pkt-lines (gitprotocol-common(5)): four hexadecimal digits of length, then the bytes. INVARIANT: never reads beyond the bytes it is
// given, and never more lines than asked for.

export type PktLine =
  | { readonly kind: 'line'; readonly bytes: Uint8Array }
  /** `0000`, `0001`, `0002`. */
  | { readonly kind: 'flush' }
  | { readonly kind: 'delim' }
  | { readonly kind: 'end' };

export interface PktReader {
  /** The next line; undefined where the bytes end or are no pkt-line. */
  next(): PktLine | undefined;
  /** Where the next line starts. */
  at(): number;
}

const SPECIAL: readonly PktLine[] = [{ kind: 'flush' }, { kind: 'delim' }, { kind: 'end' }];

export function readPktLines(bytes: Uint8Array): PktReader {
  let at = 0;
  return {
    at: () => at,
    next() {
      const length = lengthAt(bytes, at);
      if (length === undefined || length === 3) return undefined;
      const special = SPECIAL[length];
      if (special) {
        at += 4;
        return special;
      }
      if (at + length > bytes.length) return undefined;
      const line = bytes.subarray(at + 4, at + length);
      at += length;
      return { kind: 'line', bytes: line };
    },
  };
}

function lengthAt(bytes: Uint8Array, at: number): number | undefined {
  if (at + 4 > bytes.length) return undefined;
  let length = 0;
  for (let i = at; i < at + 4; i++) {
    const code = bytes[i] ?? 0;
    const lower = code | 32;
    const digit = code >= 48 && code <= 57 ? code - 48 : lower >= 97 && lower <= 102 ? lower - 87 : -1;
    if (digit < 0) return undefined;
    length = length * 16 + digit;
  }
  return length;
}

/** One pkt-line with this text. Throws where it is longer than a pkt-line can be (65,516 bytes). */
export function pktLine(text: string): string {
  const length = Buffer.byteLength(text) + 4;
  if (length > 65_520) throw new Error('a pkt-line holds at most 65,516 bytes');
  return `${length.toString(16).padStart(4, '0')}${text}`;
}
