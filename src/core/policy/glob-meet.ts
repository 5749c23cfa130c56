// Whether two globs of the text kind have any text in common: what a rule names against what a catalogue leaves open.
import { GLOBSTAR, ONE } from './glob-match.ts';
import type { Glob } from './globs.ts';

/** True if some text matches both. In O(length × length); only for globs of the kind `text`. */
export function globsMeet(a: Glob, b: Glob): boolean {
  if (a.literal !== undefined) return b.test(a.literal);
  if (b.literal !== undefined) return a.test(b.literal);
  if (!a.prefix.startsWith(b.prefix) && !b.prefix.startsWith(a.prefix)) return false;
  const [left, right] = [a.ops, b.ops];
  // Reachable pairs of places, row by row; a star stays, or is left behind.
  let row = new Uint8Array(right.length + 1);
  row[0] = 1;
  for (let i = 0; i <= left.length; i++) {
    const below = new Uint8Array(right.length + 1);
    for (let j = 0; j <= right.length; j++) {
      if (row[j] === 0) continue;
      const [x, y] = [left[i], right[j]];
      if (x === GLOBSTAR) below[j] = 1;
      if (y === GLOBSTAR) row[j + 1] = 1;
      if (x === undefined && y === undefined) return true;
      if (x === undefined || y === undefined) continue;
      // One character that both take, each star taking it and staying.
      if (x === GLOBSTAR && y !== GLOBSTAR) row[j + 1] = 1;
      else if (y === GLOBSTAR && x !== GLOBSTAR) below[j] = 1;
      else if (x !== GLOBSTAR && (x === y || x === ONE || y === ONE)) below[j + 1] = 1;
    }
    row = below;
  }
  return false;
}
