// One JSON string literal (RFC 8259 §7).

export type StringScan =
  | { readonly ok: true; readonly value: string /** Index behind the closing quote. */; readonly end: number }
  | { readonly ok: false; readonly why: 'syntax' | 'lone-surrogate' };

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);
const SYNTAX: StringScan = { ok: false, why: 'syntax' };

/** Reads the literal whose opening quote is at `at`. A surrogate without its partner is refused. */
export function scanString(text: string, at: number): StringScan {
  let value = '';
  let from = at + 1;
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 32) return SYNTAX;
    if (code === 34) {
      value += text.slice(from, i);
      return value.isWellFormed() ? { ok: true, value, end: i + 1 } : { ok: false, why: 'lone-surrogate' };
    }
    if (code !== 92) continue;
    value += text.slice(from, i);
    const kind = text.charAt(++i);
    const plain = ESCAPES.get(kind);
    if (plain !== undefined) value += plain;
    else {
      const digits = text.slice(i + 1, i + 5);
      if (kind !== 'u' || !/^[0-9a-fA-F]{4}$/.test(digits)) return SYNTAX;
      value += String.fromCharCode(Number.parseInt(digits, 16));
      i += 4;
    }
    from = i + 1;
  }
  return SYNTAX;
}
