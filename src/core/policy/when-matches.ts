// `matches()` in linear time: RE2 instead of the engine's backtracking RegExp, and a budget for text an agent may choose.
import { RE2JS } from 're2js';

const MAX_PATTERN = 500;
const MAX_COMPILED = 1000;
const BUDGET = 256 * 1024;

const compiled = new Map<string, RE2JS>();
let left = BUDGET;

/** Every evaluation starts with the same budget of characters. */
export function resetMatchBudget(): void {
  left = BUDGET;
}

/** What is wrong with a pattern, or undefined. */
export function patternFault(pattern: string): string | undefined {
  if (pattern.length > MAX_PATTERN) return `the pattern of matches() is longer than ${MAX_PATTERN} characters`;
  try {
    compile(pattern);
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return `matches() takes RE2 patterns (no backreferences, no lookaround): ${why}`;
  }
}

/** True if the pattern is found anywhere in the text (CEL `matches`). Throws when the budget is used up. */
export function matchesLinear(text: string, pattern: string): boolean {
  left -= text.length + 1;
  if (left < 0) throw new RangeError(`matches() has to read more than ${BUDGET} characters`);
  return compile(pattern).matcher(text).find();
}

function compile(pattern: string): RE2JS {
  const known = compiled.get(pattern);
  if (known) return known;
  const fresh = RE2JS.compile(pattern);
  // Patterns are literals of the policy; the bound only matters to a process that reloads for months.
  if (compiled.size >= MAX_COMPILED) compiled.clear();
  compiled.set(pattern, fresh);
  return fresh;
}
