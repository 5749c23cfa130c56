// Lines for a terminal: wrapping, labels, quoting gutters, durations. Pure.
// INVARIANT: what is quoted never stands at the left margin, whatever line breaks or length it has.

const WIDE =
  /[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\uFF01-\uFF60]/u;
const NARROW = /\p{M}/u;
const LABEL = 10;
export const INDENT: number = 2 + LABEL;

function widthOf(char: string): number {
  if (char === '\t') return 4;
  return NARROW.test(char) ? 0 : WIDE.test(char) ? 2 : 1;
}

/** Breaks a text at line feeds and wherever a line would get wider than `width`. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const source of text.split('\n')) {
    let line = '';
    let used = 0;
    for (const char of source) {
      const w = widthOf(char);
      if (used + w > width) {
        lines.push(line);
        line = '';
        used = 0;
      }
      line += char === '\t' ? '    ' : char;
      used += w;
    }
    lines.push(line);
  }
  return lines;
}

/** Breaks a text of ours between words. */
export function wrapWords(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].flatMap((full) => wrap(full, width));
}

/** `  label     first line` and the rest below it. */
export function labelled(label: string, lines: readonly string[]): string[] {
  const first = `  ${label.padEnd(LABEL)}${lines[0] ?? ''}`.trimEnd();
  return [first, ...lines.slice(1).map((line) => `${' '.repeat(INDENT)}${line}`.trimEnd())];
}

/** Foreign text behind a bar, wrapped so that the terminal does not wrap it out of the bar. */
export function barred(text: string, columns: number): string[] {
  return wrap(text, Math.max(20, columns - INDENT - 2)).map((line) => `│ ${line}`);
}

/** `14 min`, `45 s`, `2 h 5 min`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

/** `2026-01-15 03:00:00 UTC` of an RFC 3339 time. */
export function clockTime(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}

export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  /** By risk word. */
  risk(risk: string, text: string): string;
}

const CODES: Readonly<Record<string, string>> = { critical: '1;97;41', high: '1;31', medium: '1;33', low: '1;32' };

export function createStyle(colour: boolean): Style {
  const paint = (code: string, text: string): string => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  return {
    bold: (text) => paint('1', text),
    dim: (text) => paint('2', text),
    risk: (risk, text) => paint(CODES[risk] ?? '1', text),
  };
}
