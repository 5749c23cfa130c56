// A list of values of the policy language ("any of these": globs for strings, exact for anything else) against text.
import type { Scalar } from './ast.ts';
import { compileGlob } from './globs.ts';
import { among, type MatchState, NO } from './match-state.ts';
import type { NamedValue } from './pairs.ts';

export interface ScalarMatcher {
  /** A text as queries, forms and headers have it: numbers and words as written, null as nothing. */
  readonly text: (value: string) => boolean;
  /** A JSON string. */
  readonly string: (value: string) => boolean;
  /** A JSON number, boolean or null. */
  readonly exact: (value: number | boolean | null) => boolean;
  /** True where one of the globs is `*` alone: any value whatever, present. */
  readonly anything: boolean;
}

export function scalarMatcher(scalars: readonly Scalar[]): ScalarMatcher {
  const globs = scalars.filter((scalar) => typeof scalar === 'string').map(textGlob);
  const exact = new Set(scalars.filter((scalar) => typeof scalar !== 'string'));
  const written = new Set([...exact].map((scalar) => (scalar === null ? '' : String(scalar))));
  const string = (value: string): boolean => globs.some((test) => test(value));
  return {
    string,
    text: (value) => written.has(value) || string(value),
    exact: (value) => exact.has(value),
    anything: scalars.some((scalar) => typeof scalar === 'string' && /^\*+$/.test(scalar)),
  };
}

/** A test for one `text` glob. Throws on a pattern that the parser would have refused: that is a bug. */
export function textGlob(pattern: string): (value: string) => boolean {
  const compiled = compileGlob('text', pattern);
  if (!compiled.ok) throw new Error(`unchecked glob "${pattern}": ${compiled.message}`);
  return compiled.glob.test;
}

export function matchNamed(value: NamedValue, matcher: ScalarMatcher): MatchState {
  if (value.possible.length === 0) return NO;
  return among(value.possible.some(matcher.text), value.certain?.every(matcher.text) ?? false);
}
