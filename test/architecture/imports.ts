// Every way in which one module can name another: import, import type, export … from, import(), import('…').Type.
import type { Blanked } from './blank.ts';

export interface Import {
  /** As written; undefined where it is computed and nobody can tell. */
  readonly specifier: string | undefined;
  /** `export … from`. */
  readonly reexport: boolean;
}

// Between the keyword and its quote only names, braces, commas and stars can stand: a `;`, a `(` or another quote ends it.
const DECLARATION = /(?<![\w$.])(import|export)\b([\w\s{},*$]*?)(?<=[\s}*]from\s*|import\s*)['"]/g;
const EXPRESSION = /(?<![\w$.])import\s*\(\s*(['"])?/g;

export function importsOf({ code, textAt }: Blanked): readonly Import[] {
  const found: Import[] = [];
  for (const match of code.matchAll(DECLARATION)) {
    found.push({ specifier: textAt(match.index + match[0].length - 1), reexport: match[1] === 'export' });
  }
  for (const match of code.matchAll(EXPRESSION)) {
    const quote = match.index + match[0].length - 1;
    found.push({ specifier: match[1] === undefined ? undefined : textAt(quote), reexport: false });
  }
  return found;
}
