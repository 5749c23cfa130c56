// A text of statements in a dialect whose own parser is not at hand: our lexer for its strings, names and comments, and readers that
// go by words. INVARIANT: a text that servers could split into tokens in two ways is unknown, unless every way was read.
import { DIALECTS, type SqlDialect } from '../dialect.ts';
import type { Findings } from '../finding.ts';
import { LEX_RULES } from '../lex/lex-rules.ts';
import { type ScanOptions, scan } from '../lex/scan.ts';
import { isMark, type Token } from '../lex/token.ts';
import { changesWhatFollows, readStatement } from './statements.ts';
import { TokenCursor } from './token-cursor.ts';

const LIMITS = { tokens: 24_000, depth: 4000 };
const MAX_NESTED = 2;

export interface PortableOptions {
  readonly dialect: SqlDialect;
  readonly schema: readonly string[] | undefined;
}

/** Reads every statement of the text. */
export function readPortable(text: string, findings: Findings, options: PortableOptions): void {
  readText(text, findings, options, 0);
}

function readText(text: string, findings: Findings, options: PortableOptions, nested: number): void {
  const rules = LEX_RULES[options.dialect];
  const how: ScanOptions = { rules, limits: LIMITS, tokens: true, executables: 'run', escapes: 'all' };
  const first = scan(text, how);
  if (!first.ok) {
    findings.doubt(first.why);
    return;
  }
  // Nobody writes it for this server: the text is meant for another one.
  if (first.foreign) findings.doubt('executable-comment');
  if (first.escapedQuote && rules.stringEscapes !== 'always' && endsElsewhere(text, how))
    findings.doubt('unclear-string');
  readTokens(first.tokens, findings, options, nested);
  if (!first.executable) return;
  // Servers that do not run the comment read the text without it.
  const without = scan(text, { ...how, executables: 'skip' });
  if (without.ok) readTokens(without.tokens, findings, options, nested);
  else findings.doubt(without.why);
}

/** True if the text could be read with backslashes that escape less. */
function endsElsewhere(text: string, how: ScanOptions): boolean {
  if (how.rules.stringEscapes === 'none') return true;
  return (['single', 'none'] as const).some((escapes) => {
    const other = scan(text, { ...how, escapes });
    // A string that never ends and a backslash outside of strings are errors to every server.
    return other.ok || (other.why !== 'unterminated' && other.why !== 'unknown-mark');
  });
}

/** Reads the statements of a text that is split into tokens; linear in their number (test/actions/sql/portable/work.test.ts). */
export function readTokens(tokens: readonly Token[], findings: Findings, options: PortableOptions, nested = 0): void {
  let start = 0;
  let changed = false;
  // Snowflake's flow operator: the result of one statement goes to the next, which can be any.
  const chains =
    options.dialect === 'snowflake' &&
    tokens.some((token, i) => isMark(token, '-') && isMark(tokens[i + 1], '>') && isMark(tokens[i + 2], '>'));
  if (chains) findings.doubt('chained-statements');
  for (let i = 0; i <= tokens.length; i++) {
    if (i < tokens.length && !isMark(tokens[i], ';')) continue;
    if (i > start) {
      if (changed) findings.doubt('after-change-of-meaning');
      changed ||= changesWhatFollows(tokens[start]);
      readOne(new TokenCursor(tokens, start, i), findings, options, nested);
    }
    start = i + 1;
  }
}

function readOne(cursor: TokenCursor, findings: Findings, options: PortableOptions, nested: number): void {
  const { dialect, schema } = options;
  const reader = { dialect, traits: DIALECTS[dialect], findings, cursor, schema };
  readStatement(reader, {
    nested: (text) => {
      if (nested >= MAX_NESTED) findings.doubt('computed-statement');
      else readText(text, findings, options, nested + 1);
    },
  });
}
