// Bytes to text, or a named reason: nothing is replaced, skipped or guessed.

export type TextFault = 'not-utf-8' | 'byte-order-mark';

export type TextResult = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: TextFault };

const fatal = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Decodes UTF-8 (RFC 3629). A byte order mark is refused: some parsers drop it, some take it for text. */
export function decodeUtf8(bytes: Uint8Array): TextResult {
  try {
    const text = fatal.decode(bytes);
    return text.startsWith('\uFEFF') ? { ok: false, why: 'byte-order-mark' } : { ok: true, text };
  } catch {
    return { ok: false, why: 'not-utf-8' };
  }
}
