// The line before each chunk (RFC 9112 §7.1): `chunk-size [ chunk-ext ]`. Extensions are checked and ignored.

const semicolon = 0x3b;
const tchar = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const quoted = '"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*"';
const extensions = new RegExp(`^(?:;${tchar}(?:=(?:${tchar}|${quoted}))?)+$`);

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/**
 * The size that `buffer[start, end)` (without CRLF) announces; -1 if it is not 1 to 13 hexadecimal digits (52 bits, exact in
 * a double) and well-formed extensions. The optional "bad" whitespace of the grammar is refused: parsers differ on it.
 */
export function readChunkSize(buffer: Buffer, start: number, end: number): number {
  let size = 0;
  let i = start;
  for (; i < end; i++) {
    const digit = hexDigit(buffer[i] as number);
    if (digit === -1) break;
    if (i - start === 13) return -1;
    size = size * 16 + digit;
  }
  if (i === start) return -1;
  if (i === end) return size;
  return buffer[i] === semicolon && extensions.test(buffer.toString('latin1', i, end)) ? size : -1;
}
