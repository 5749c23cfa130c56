// Runs a compiled glob over a text in O(text × pattern), whatever either contains: no backtracking that could blow up.
// The fast walk keeps one star to come back to; patterns for which one is not enough run as a set of states.

/** Operations: a code unit ≥ 0 stands for itself; the rest are negative. */
export const ONE = -1;
/** Any run without the separator. */
export const STAR = -2;
/** Any run. */
export const GLOBSTAR = -3;
/** Any run, and it may swallow the `/` that follows: a whole segment `**`, which also stands for no segment at all. */
export const GLOBSTAR_SKIP = -4;

/** `separator`: the code unit that `?` and `*` stop at, or -1. */
export interface GlobProgram {
  readonly ops: Int32Array;
  readonly separator: number;
}

function isPair(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0xd800 && code <= 0xdbff && at + 1 < text.length;
}

/** True where one remembered star is enough: no inner segment `**` and no `*` behind a `**`. */
export function isSimple(ops: Int32Array): boolean {
  let seen = false;
  for (const op of ops) {
    if (op === GLOBSTAR_SKIP || (op === STAR && seen)) return false;
    if (op === GLOBSTAR) seen = true;
  }
  return true;
}

/** For programs that are {@link isSimple}. The last star takes as little as it can and is extended on a mismatch. */
export function walk({ ops, separator }: GlobProgram, text: string): boolean {
  let i = 0;
  let p = 0;
  let star = -1;
  let from = 0;
  while (i < text.length) {
    const op = p < ops.length ? (ops[p] as number) : -9;
    const code = text.charCodeAt(i);
    if (op === code) {
      i++;
      p++;
    } else if (op === ONE && code !== separator) {
      i += isPair(text, i) ? 2 : 1;
      p++;
    } else if (op === STAR || op === GLOBSTAR) {
      star = p++;
      from = i;
    } else if (star >= 0 && (ops[star] === GLOBSTAR || text.charCodeAt(from) !== separator)) {
      i = ++from;
      p = star + 1;
    } else return false;
  }
  while (p < ops.length && (ops[p] === STAR || ops[p] === GLOBSTAR)) p++;
  return p === ops.length;
}

/** For every program: all states at once, one step per code unit. */
export function simulate({ ops, separator }: GlobProgram, text: string): boolean {
  // `later`: `?` on a surrogate pair hands its state over to the unit after next.
  let now = new Uint8Array(ops.length + 1);
  let next = new Uint8Array(ops.length + 1);
  let later = new Uint8Array(ops.length + 1);
  reach(ops, now, 0);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    for (let p = 0; p < ops.length; p++) {
      if (now[p] === 0) continue;
      const op = ops[p] as number;
      if (op === code) reach(ops, next, p + 1);
      else if (op === ONE && code !== separator) reach(ops, isPair(text, i) ? later : next, p + 1);
      else if ((op === STAR && code !== separator) || op === GLOBSTAR) reach(ops, next, p);
      else if (op === GLOBSTAR_SKIP) {
        // Only an empty run may swallow the slash: once it took a character, the slash has to come.
        next[p] = 1;
        reach(ops, next, p + 1);
      }
    }
    now.fill(0);
    [now, next, later] = [next, later, now];
  }
  return now[ops.length] === 1;
}

function reach(ops: Int32Array, states: Uint8Array, at: number): void {
  for (let p = at; ; p++) {
    states[p] = 1;
    const op = ops[p];
    if (op === GLOBSTAR_SKIP) reach(ops, states, p + 2);
    else if (op !== STAR && op !== GLOBSTAR) return;
  }
}
