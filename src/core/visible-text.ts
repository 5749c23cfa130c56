// Text that an agent or an upstream wrote, made fit for human eyes: whatever a terminal would act on, hide or reorder is
// shown by its code point. INVARIANT: the output holds no control, format or invisible character, and nothing in the input
// can imitate the notation `⟦U+202E⟧` itself (Unicode TR 36 §2, TR 39 §5.4).

/** Characters that act, hide or deceive: controls, formats (bidi, zero-width, tags), surrogates, private and unassigned
 *  code points, line and paragraph separators, look-alike spaces, invisible letters, and our own brackets. */
const DECEPTIVE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}⟦⟧\u2800]|(?! )\p{Zs}/u;
const MARK = /\p{M}/u;
/** More combining marks than this on one letter are not a language but paint over the neighbouring lines. */
const MAX_MARKS = 4;

export interface VisibleOptions {
  /** True keeps line feeds and tabs, for text that is shown as a block. */
  readonly lines?: boolean;
}

function notation(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  return `⟦U+${code.toString(16).toUpperCase().padStart(4, '0')}⟧`;
}

/** The text with every deceptive character written out as `⟦U+XXXX⟧`; plain text comes back unchanged. */
export function visibleText(text: string, options: VisibleOptions = {}): string {
  let out = '';
  // A mark at the start would combine with what the product printed before it.
  let marks = MAX_MARKS;
  for (const char of text) {
    if (options.lines === true && (char === '\n' || char === '\t')) {
      out += char;
      marks = MAX_MARKS;
    } else if (MARK.test(char) && !DECEPTIVE.test(char)) {
      out += marks >= MAX_MARKS ? notation(char) : char;
      marks += 1;
    } else if (DECEPTIVE.test(char)) {
      out += notation(char);
      marks = 0;
    } else {
      out += char;
      marks = char === ' ' ? MAX_MARKS : 0;
    }
  }
  return out;
}

/** The first `max` characters made visible, followed by how many are missing; the marker cannot be forged by the text. */
export function shortenedText(text: string, max: number, options: VisibleOptions = {}): string {
  // A character has at most two code units, so most texts are known to fit without being taken apart.
  if (text.length <= max) return visibleText(text, options);
  const chars = [...text];
  if (chars.length <= max) return visibleText(text, options);
  return `${visibleText(chars.slice(0, max).join(''), options)}…⟦${chars.length - max} more characters⟧`;
}

/** JSON for a terminal: the same data, with deceptive characters as `\uXXXX` escapes. */
export function visibleJson(value: unknown, indent = 2): string {
  const json = JSON.stringify(value, null, indent);
  let out = '';
  for (const char of json) {
    if (char === '\n' || !DECEPTIVE.test(char)) out += char;
    else for (let i = 0; i < char.length; i++) out += `\\u${char.charCodeAt(i).toString(16).padStart(4, '0')}`;
  }
  return out;
}
