// Percent-decoding (RFC 3986 §2.1), strict for bodies and lenient for finding every reading of a path or query.

const fatal = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function hex(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

function octet(text: string, at: number): number {
  const high = hex(text.charCodeAt(at));
  const low = hex(text.charCodeAt(at + 1));
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/** Decoded text, or undefined for a broken escape or bytes that are not UTF-8. `plus`: `+` is a space (forms). */
export function decodeStrict(text: string, plus: boolean): string | undefined {
  const spaced = plus && text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  for (let i = spaced.indexOf('%'); i >= 0; i = spaced.indexOf('%', i + 1))
    if (octet(spaced, i + 1) < 0) return undefined;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return undefined;
  }
}

/** What a forgiving parser makes of it: broken escapes stay, `%uXXXX` counts, overlong and invalid UTF-8 still decodes. */
export function decodeLenient(text: string, plus = false): string {
  const spaced = plus && text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  let out = '';
  let bytes: number[] = [];
  for (let i = 0; i < spaced.length; ) {
    const value = spaced.charCodeAt(i) === 37 ? octet(spaced, i + 1) : -1;
    if (value >= 0) {
      bytes.push(value);
      i += 3;
      continue;
    }
    if (bytes.length > 0) out += decodeBytes(bytes);
    bytes = [];
    const wide = /^%u[0-9a-f]{4}/i.exec(spaced.slice(i, i + 6));
    out += wide ? String.fromCharCode(Number.parseInt(spaced.slice(i + 2, i + 6), 16)) : spaced.charAt(i);
    i += wide ? 6 : 1;
  }
  return bytes.length > 0 ? out + decodeBytes(bytes) : out;
}

function decodeBytes(bytes: readonly number[]): string {
  try {
    return fatal.decode(Uint8Array.from(bytes));
  } catch {
    return decodeLoose(bytes);
  }
}

// Overlong forms (`c0 af` for "/") are what old decoders accept; bytes that fit nowhere are taken as Latin-1.
function decodeLoose(bytes: readonly number[]): string {
  let out = '';
  for (let i = 0; i < bytes.length; i++) {
    const first = bytes[i] ?? 0;
    const length = first >= 0xf0 && first < 0xf8 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
    const rest = bytes.slice(i + 1, i + 1 + length);
    const sound = first < 0xf8 && rest.length === length && rest.every((byte) => (byte & 0xc0) === 0x80);
    const code = rest.reduce((sum, byte) => sum * 64 + (byte & 63), first & (0x3f >> length));
    if (length > 0 && sound && code <= 0x10ffff) {
      out += String.fromCodePoint(code);
      i += length;
    } else out += String.fromCharCode(first);
  }
  return out;
}
