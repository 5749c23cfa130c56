// Where quoted things and comments end. All functions are linear and take the index of the opening mark; -1 means: never.

const WORD = new Uint8Array(128);
for (let code = 48; code < 128; code++) {
  if (/[0-9A-Za-z_]/.test(String.fromCharCode(code))) WORD[code] = 1;
}
WORD[36] = 1;

/** Letters, digits, `_`, `$` and everything beyond ASCII. False for NaN, which charCodeAt gives behind the end. */
export function isWordPart(code: number): boolean {
  return code < 128 ? WORD[code] === 1 : code >= 128;
}

export function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 9 || code === 13;
}

/** Characters beyond ASCII that one lexer takes for white space or for nothing, and another for a letter. */
export function hasBlankLookAlike(text: string): boolean {
  return /[\u0080-\u00a0\u00ad\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ufff0-\uffff]/.test(text);
}

const TCL = /[$@:#][\w$\u0080-\uffff]*(?:\(|::)/y;

/** True for a variable at this index that takes in what stands behind it, quotes included. */
export function isTclVariable(text: string, at: number): boolean {
  TCL.lastIndex = at;
  return TCL.test(text);
}

/** Quotes beyond ASCII, which ClickHouse takes for quotes and others for letters. */
export function hasTypographicQuote(word: string): boolean {
  return /[\u2018-\u201f]/.test(word);
}

interface Quoting {
  readonly escapes: boolean;
  readonly triple: boolean;
}

/** Index behind the closing quote; a doubled quote inside is content. */
export function endOfQuoted(text: string, start: number, mark: number, { escapes, triple }: Quoting): number {
  if (mark === 93) return text.indexOf(']', start) + 1 || -1;
  if (triple && text.charCodeAt(start + 1) === mark && text.charCodeAt(start + 2) === mark) {
    return endOfTriple(text, start + 3, mark, escapes);
  }
  for (let i = start + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === mark) {
      if (text.charCodeAt(i + 1) !== mark) return i + 1;
      i++;
    } else if (code === 92 && escapes) i++;
  }
  return -1;
}

function endOfTriple(text: string, from: number, mark: number, escapes: boolean): number {
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 92 && escapes) i++;
    else if (code === mark && text.charCodeAt(i + 1) === mark && text.charCodeAt(i + 2) === mark) return i + 3;
  }
  return -1;
}

/** Index of the line break that ends a comment, or the end of the text. */
export function endOfLine(text: string, start: number, returnEnds: boolean): number {
  const feed = text.indexOf('\n', start);
  const end = feed < 0 ? text.length : feed;
  if (!returnEnds) return end;
  const back = text.slice(start, end).indexOf('\r');
  return back < 0 ? end : start + back;
}

export interface CommentSpan {
  readonly end: number;
  /** A second start was inside. */
  readonly nested: boolean;
}

const MARKS = /\/\*|\*\//g;

/** The block comment at `start`; with `nests` every start inside needs its own end. */
export function endOfComment(text: string, start: number, nests: boolean): CommentSpan {
  let depth = 0;
  let nested = false;
  MARKS.lastIndex = start;
  for (let match = MARKS.exec(text); match !== null; match = MARKS.exec(text)) {
    if (match[0] === '/*') {
      depth++;
      if (depth > 1) nested = true;
      if (depth > 1 && !nests) depth = 1;
    } else if (--depth === 0) return { end: match.index + 2, nested };
  }
  return { end: -1, nested };
}

const TAG = /\$(?:[A-Za-z_\u0080-\uffff][0-9A-Za-z_\u0080-\uffff]*)?\$/y;

/** `$$` or `$tag$` at this index; undefined where the dollar is something else. */
export function dollarTag(text: string, at: number): string | undefined {
  TAG.lastIndex = at;
  return TAG.exec(text)?.[0];
}

/** Index of the quote that goes on with the string that ended at `end` (PostgreSQL: after a line break), or -1. */
export function continuation(text: string, end: number): number {
  let broken = false;
  let at = end;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code === 39) return broken ? at : -1;
    if (isSpace(code)) {
      broken ||= code === 10 || code === 13;
      at++;
    } else if (code === 45 && text.charCodeAt(at + 1) === 45) at = endOfLine(text, at, true);
    else return -1;
  }
}
