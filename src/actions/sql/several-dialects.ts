// One text, several dialects that its server may speak (RDS: PostgreSQL or MySQL). INVARIANT: what any reading finds stays, and so does
// the doubt of a reading, unless the text has the same tokens in all of them and PostgreSQL's own parser understood it.
import type { Action } from '../../core/action.ts';
import { type Finding, Findings } from './finding.ts';
import { LEX_RULES } from './lex/lex-rules.ts';
import { scan } from './lex/scan.ts';
import type { Token } from './lex/token.ts';
import type { Reading } from './reading.ts';
import { type SqlContext, toActions } from './to-actions.ts';

/** The actions of all readings; those that not every reading has are ambiguous. */
export function agreed(text: string, readings: readonly Reading[], context: SqlContext): readonly Action[] {
  const possible = readings.filter(({ refused }) => !refused);
  const [only] = possible;
  if (only === undefined) return toActions(readings[0]?.findings ?? new Findings(), context);
  const certain = possible.find(({ dialect, findings }) => dialect === 'postgresql' && findings.doubts.length === 0);
  const alike = certain !== undefined && possible.every((each) => sameTokens(text, certain, each));
  const together = new Findings();
  for (const { findings } of possible) {
    for (const finding of findings.all) if (!alike || !isForeign(finding, possible)) together.add(finding);
    if (!alike) for (const doubt of findings.doubts) together.doubt(doubt);
  }
  const actions = toActions(together, context);
  return possible.length === 1 ? actions : actions.map((action) => ambiguous(action, possible));
}

/** A function that is unknown to one dialect and known as harmless to another: built-ins are seldom shared. */
function isForeign({ type, flags, name }: Finding, readings: readonly Reading[]): boolean {
  if (type !== 'function' || flags?.includes('unknown-function') !== true) return false;
  const called = name?.at(-1);
  return readings.some(
    ({ findings }) => !findings.all.some((other) => other.type === 'function' && other.name?.at(-1) === called),
  );
}

function ambiguous(action: Action, readings: readonly Reading[]): Action {
  const everywhere = readings.every(({ findings }) =>
    toActions(findings, {}).some(({ name, confidence }) => name === action.name && confidence === 'exact'),
  );
  return everywhere || action.confidence !== 'exact' ? action : { ...action, confidence: 'ambiguous' };
}

const LIMITS = { tokens: 24_000, depth: 4000 };

function sameTokens(text: string, a: Reading, b: Reading): boolean {
  const [left, right] = [a, b].map(({ dialect }) =>
    scan(text, { rules: LEX_RULES[dialect], limits: LIMITS, tokens: true, executables: 'run', escapes: 'all' }),
  );
  if (left?.ok !== true || right?.ok !== true || right.executable || left.escapedQuote || right.escapedQuote)
    return false;
  return left.tokens.length === right.tokens.length && left.tokens.every((token, i) => same(token, right.tokens[i]));
}

/** What one dialect takes for a quoted name is a string to another: where it ends is what matters. */
function same(a: Token, b: Token | undefined): boolean {
  if (b === undefined || a.text !== b.text) return false;
  const quoted = (kind: Token['kind']): boolean => kind === 'name' || kind === 'string';
  return a.kind === b.kind || (quoted(a.kind) && quoted(b.kind));
}
