// Where values stand in a JSON text, so that one can be replaced and every other byte stays as it was.
import { scanString } from './json-string.ts';

export interface Span {
  readonly from: number;
  /** Index behind the value. */
  readonly to: number;
}

/** Members of the object that begins at `at`, by their decoded names; undefined where no sound object does. Of a member that
 *  is there twice, nothing is told. Nothing inside the values is checked but where they end. */
export function memberSpans(text: string, at = 0): ReadonlyMap<string, Span> | undefined {
  const spans = new Map<string, Span>();
  let i = skip(text, at);
  if (text[i] !== '{') return undefined;
  i = skip(text, i + 1);
  if (text[i] === '}') return spans;
  for (;;) {
    if (text[i] !== '"') return undefined;
    const key = scanString(text, i);
    if (!key.ok || spans.has(key.value)) return undefined;
    i = skip(text, key.end);
    if (text[i] !== ':') return undefined;
    const from = skip(text, i + 1);
    const to = endOfValue(text, from);
    if (to === undefined) return undefined;
    spans.set(key.value, { from, to });
    i = skip(text, to);
    if (text[i] === '}') return spans;
    if (text[i] !== ',') return undefined;
    i = skip(text, i + 1);
  }
}

/** The text with the values at these spans, which must not overlap, replaced. */
export function replaceSpans(text: string, spans: readonly Span[], value: string): string {
  let out = '';
  let from = 0;
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    out += text.slice(from, span.from) + value;
    from = span.to;
  }
  return out + text.slice(from);
}

function endOfValue(text: string, at: number): number | undefined {
  let depth = 0;
  for (let i = at; i < text.length; ) {
    const char = text[i];
    if (char === '"') {
      const string = scanString(text, i);
      if (!string.ok) return undefined;
      i = string.end;
    } else if (char === '{' || char === '[') {
      depth++;
      i++;
    } else if (char === '}' || char === ']') {
      if (--depth < 0) return undefined;
      i++;
    } else if (depth === 0) {
      const end = endOfScalar(text, i);
      return end > i ? end : undefined;
    } else {
      i++;
      continue;
    }
    if (depth === 0) return i;
  }
  return undefined;
}

function endOfScalar(text: string, at: number): number {
  let i = at;
  while (i < text.length && /[A-Za-z0-9+.-]/.test(text.charAt(i))) i++;
  return i;
}

function skip(text: string, at: number): number {
  let i = at;
  while (i < text.length && ' \n\r\t'.includes(text.charAt(i))) i++;
  return i;
}
