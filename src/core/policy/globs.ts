// The glob language of policies, one exact meaning each (docs/globs.md, whose table is a test). Own and tiny on purpose:
// docs/decisions/0002-own-glob-matcher.md. INVARIANT: what a pattern may not contain is refused here, never read as something else.
import { GLOBSTAR, GLOBSTAR_SKIP, isSimple, ONE, STAR, simulate, walk } from './glob-match.ts';

/** `path`: `*` and `?` stop at `/`. `host`: case-insensitive, `?` stops at `.`. `text`: nothing stops. */
export type GlobKind = 'path' | 'host' | 'text';

export interface Glob {
  readonly kind: GlobKind;
  readonly pattern: string;
  readonly ops: readonly number[];
  /** The only text that matches, where the pattern has no wildcard. */
  readonly literal: string | undefined;
  /** What every match starts with. */
  readonly prefix: string;
  /** True if the whole text matches. Linear in the length of the text. */
  readonly test: (text: string) => boolean;
}

export type GlobResult =
  | { readonly ok: true; readonly glob: Glob }
  | { readonly ok: false; readonly message: string; readonly offset: number };

const MAX_LENGTH = 1024;
const SLASH = 47;
const SEPARATOR: Readonly<Record<GlobKind, number>> = { path: SLASH, host: 46, text: -1 };

/** Compiles one pattern; a refusal says how to write what was probably meant. */
export function compileGlob(kind: GlobKind, pattern: string): GlobResult {
  if (pattern.length > MAX_LENGTH) return refuse(`longer than ${MAX_LENGTH} characters`, 0);
  const ops: number[] = [];
  let stars = 0;
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern.charAt(i);
    if (char === '\\') {
      const escaped = pattern.charAt(++i);
      if (escaped === '') return refuse('ends in a lone \\; write \\\\ for a backslash', i - 1);
      if (/[A-Za-z0-9]/.test(escaped)) return refuse(`\\${escaped} means nothing; write \\\\ for a backslash`, i - 1);
      ops.push(escaped.charCodeAt(0));
    } else if (char === '*') {
      const start = i;
      while (pattern[i + 1] === '*') i++;
      const run = i - start + 1;
      if (kind === 'path' && run > 2)
        return refuse('three stars mean nothing; write ** for any number of segments', start);
      ops.push(kind === 'path' && run === 1 ? STAR : GLOBSTAR);
      if (++stars > 32) return refuse('has more than 32 stars', start);
    } else if (char === '?') {
      ops.push(ONE);
    } else {
      const message = foreign(kind, pattern, i);
      if (message !== undefined) return refuse(message, i);
      ops.push(char.charCodeAt(0));
    }
  }
  if (kind === 'path') {
    if (pattern.startsWith('*') && ops[0] === STAR) {
      return refuse('a path starts with "/", which a single * does not match; write /* or **', 0);
    }
    markSegments(ops);
  }
  return { ok: true, glob: globOf(kind, kind === 'host' ? hostOps(ops) : ops, pattern) };
}

function refuse(message: string, offset: number): GlobResult {
  return { ok: false, message, offset };
}

/** What other glob languages would read into the text at `i`. */
function foreign(kind: GlobKind, pattern: string, i: number): string | undefined {
  const char = pattern.charAt(i);
  const before = pattern[i - 1] ?? '';
  if (char === '{' || char === '}') {
    return `braces mean nothing here: write a list of patterns, or \\${char} for the character itself`;
  }
  if (char === '[' || char === ']') {
    return `brackets mean nothing here: write ? for one character, a list of patterns, or \\${char} for the character itself`;
  }
  if (char === '!' && i === 0) return 'there is no negation: use `except`, or \\! for the character itself';
  if (char === '(' && before !== '' && '?*+@!'.includes(before)) {
    return 'there are no extended globs: write a list of patterns, or \\( for the character itself';
  }
  if (char === '|' && (kind === 'path' || pattern.includes('('))) {
    return 'there is no "or": write a list of patterns, or \\| for the character itself';
  }
  return undefined;
}

// A `**` that fills an inner segment also stands for no segment: `/a/**/b` matches `/a/b`.
function markSegments(ops: number[]): void {
  for (let i = 1; i + 1 < ops.length; i++) {
    if (ops[i] === GLOBSTAR && ops[i - 1] === SLASH && ops[i + 1] === SLASH) ops[i] = GLOBSTAR_SKIP;
  }
}

function hostOps(ops: readonly number[]): number[] {
  const folded = ops.map((op) => (op >= 65 && op <= 90 ? op + 32 : op));
  return folded.length > 1 && folded.at(-1) === 46 ? folded.slice(0, -1) : folded;
}

/** The same pattern with its characters rewritten, runs of them at a time; used for the readings of a path. */
export function mapLiterals(glob: Glob, rewrite: (run: string, last: boolean) => string): Glob {
  const ops: number[] = [];
  let run = '';
  for (const [i, op] of [...glob.ops, ONE].entries()) {
    const end = i === glob.ops.length;
    if (op >= 0) {
      run += String.fromCharCode(op);
      continue;
    }
    if (run !== '') for (const char of rewrite(run, end).split('')) ops.push(char.charCodeAt(0));
    run = '';
    if (!end) ops.push(op);
  }
  return globOf(glob.kind, ops, glob.pattern);
}

function globOf(kind: GlobKind, source: readonly number[], pattern: string): Glob {
  // An inner `**` that a rewrite moved to the end is a final one; `/**/**` at the end says no more than `/**`.
  let ops = source.at(-1) === GLOBSTAR_SKIP ? [...source.slice(0, -1), GLOBSTAR] : source;
  while (ops.at(-1) === GLOBSTAR && ops.at(-2) === SLASH && ops.at(-3) === GLOBSTAR_SKIP) {
    ops = [...ops.slice(0, -3), GLOBSTAR];
  }
  const wild = ops.findIndex((op) => op < 0);
  const prefix = String.fromCharCode(...(wild < 0 ? ops : ops.slice(0, wild)));
  const literal = wild < 0 ? prefix : undefined;
  return { kind, pattern, ops, literal, prefix, test: tester(kind, ops, literal, prefix) };
}

function tester(kind: GlobKind, ops: readonly number[], literal: string | undefined, prefix: string): Glob['test'] {
  if (literal !== undefined) return (text) => text === literal;
  const endless = ops.at(-1) === GLOBSTAR;
  // A final segment `**` also stands for nothing: `/a/**` matches `/a`.
  const tail = kind === 'path' && endless && ops.at(-2) === SLASH;
  if (endless && prefix.length === ops.length - 1) {
    const bare = prefix.slice(0, -1);
    return tail ? (text) => text.startsWith(prefix) || text === bare : (text) => text.startsWith(prefix);
  }
  const separator = SEPARATOR[kind];
  const whole = { ops: Int32Array.from(ops), separator };
  const run = isSimple(whole.ops) ? walk : simulate;
  if (!tail) return (text) => text.startsWith(prefix) && run(whole, text);
  const bare = { ops: whole.ops.slice(0, -2), separator };
  return (text) => (text.startsWith(prefix) && run(whole, text)) || run(bare, text);
}
