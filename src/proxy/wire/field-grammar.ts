// The character classes of RFC 9110 §5.5, §5.6.2: as byte tables for the scanner, as expressions for what we send.

function table(expression: RegExp): Uint8Array {
  const bytes = new Uint8Array(256);
  for (let i = 0; i < 256; i++) bytes[i] = expression.test(String.fromCharCode(i)) ? 1 : 0;
  return bytes;
}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const value = /^[\t\x20-\x7e\x80-\xff]*$/;

/** 1 for tchar. */
export const tokenBytes: Uint8Array = table(token);
/** 1 for HTAB, SP, VCHAR and obs-text: what a field value and a reason phrase are made of. */
export const valueBytes: Uint8Array = table(value);

export function isToken(text: string): boolean {
  return token.test(text);
}

/** No CR, LF, NUL or other control; characters above U+00FF are refused too, since they have no byte. */
export function isFieldValue(text: string): boolean {
  return value.test(text);
}
