// One segment of a route's template: literal text, or text around parameters.

/** A literal, or the texts around the parameters of a segment: `['', '']` for a parameter that is the whole segment. */
export type Segment = string | readonly string[];

/** Reads `a{b}c`; the names of its parameters are added to `names`. */
export function parseSegment(text: string, names: string[]): Segment {
  if (!text.includes('{')) return text;
  const pieces = text.split(/\{([^}]*)\}/);
  names.push(...pieces.filter((_piece, i) => i % 2 === 1).map((name) => name.replace(/\+$/, '')));
  return pieces.filter((_piece, i) => i % 2 === 0);
}

export const isParameter = (pieces: readonly string[]): boolean =>
  pieces.length === 2 && pieces[0] === '' && pieces[1] === '';

/** The texts between the pieces, each at least one character and as short as it can be but for the last; undefined for no match. */
export function textsBetween(text: string, pieces: readonly string[]): string[] | undefined {
  const last = pieces.at(-1) ?? '';
  const first = pieces[0] ?? '';
  if (!text.startsWith(first)) return undefined;
  const found: string[] = [];
  let from = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const to = text.indexOf(piece, from + 1);
    if (to < 0) return undefined;
    found.push(text.slice(from, to));
    from = to + piece.length;
  }
  if (!text.endsWith(last) || text.length - last.length <= from) return undefined;
  found.push(text.slice(from, text.length - last.length));
  return found;
}

/** What the parameters of `tail` stand for, from segment `from` on; undefined for no match. */
export function matchTail(segments: readonly string[], from: number, tail: readonly Segment[]): string[] | undefined {
  const found: string[] = [];
  for (const [i, segment] of tail.entries()) {
    const text = segments[from + i] ?? '';
    const texts = typeof segment === 'string' ? (segment === text ? [] : undefined) : textsBetween(text, segment);
    if (!texts) return undefined;
    found.push(...texts);
  }
  return found;
}
