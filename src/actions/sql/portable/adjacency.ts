// Things that stand side by side in a query: a value and its alias do, three things in a row are no SQL. INVARIANT: a text that no
// server takes for a query is not read as one, so that what was not understood is not passed over.
import { isMark, isWord, type Token } from '../lex/token.ts';
import { ENDS_FROM, NOT_FUNCTIONS } from './words.ts';

/** Words between values, or parts of what is written in several words; after each a value may follow. */
const BETWEEN: ReadonlySet<string> = new Set([
  ...NOT_FUNCTIONS,
  ...ENDS_FROM,
  ...(
    'against anti apply at before binary both boolean bucket bulk character charset collate columns conflict corresponding ' +
    'current cycle date day default define describe distinctrow div do duplicate empty error escape excluded explode fill ' +
    'first following foreign fragments glob global hash high_priority hour ignore immediate indexed ins interval isnull ' +
    'last leading left level local lock locked low_priority mask matched measures member microsecond minute mod mode ' +
    'month more name names natural next no nothing notnull nowait nulls number offset old only option ordinality out ' +
    'output overflow overriding partitions passing path pattern percent period preceding precision prior procedure ' +
    'public query quick rank readonly recursive remove rename repeatable replace respect right rollup rows sample search second ' +
    'seed semi separator session share signed skip sounds source sql_big_result sql_buffer_result sql_cache ' +
    'sql_calc_found_rows sql_no_cache sql_small_result step straight_join strict struct system_time target ties time ' +
    'timestamp top totals trailing truncate tuple unbounded unsigned update user value version view virtual week ' +
    'without wrapper year zone map int64 float64 bytes numeric row_number rows_between datetime uuid'
  ).split(' '),
]);
/** Words that open a part of a query, and those that cannot follow them at once. */
const OPENERS = ['select', 'from', 'where', 'having', 'by', 'join', 'and', 'or', 'set'] as const;
const CLAUSES = ['from', 'where', 'having', 'group', 'order', 'limit', 'union'] as const;
const MAX_IN_ROW = 2;

/** True if the tokens can be a query, as far as their neighbours say: brackets have their pair, and nothing stands alone. */
export function canBeQuery(tokens: readonly Token[], from: number, to: number): boolean {
  const around: number[] = [];
  let inRow = 0;
  for (let i = from; i < to; i++) {
    const token = tokens[i];
    if (token === undefined) return false;
    const before = i > from ? tokens[i - 1] : undefined;
    const opens = isMark(token, '(') || isMark(token, '[') || isMark(token, '{');
    const closes = isMark(token, ')') || isMark(token, ']') || isMark(token, '}');
    if (opens) {
      // Directly behind a name the brackets are part of it: arguments, an index, the size of a type.
      around.push(inRow > 0 ? inRow - 1 : 0);
      inRow = 0;
    } else if (closes) {
      const outside = around.pop();
      if (outside === undefined) return false;
      inRow = outside + 1;
    } else if (token.kind === 'word' && !isMark(before, '.') && BETWEEN.has(token.text ?? '')) {
      if (clashes(tokens, i, from)) return false;
      inRow = 0;
    } else if (token.kind === 'mark' && token.text !== '?')
      inRow = isEverything(tokens, i) ? MAX_IN_ROW : afterMark(token, inRow);
    else if (!isMark(before, '.')) inRow++;
    if (inRow > MAX_IN_ROW) return false;
  }
  return around.length === 0 && !dangles(tokens[to - 1]);
}

/** True if something has to follow. */
function dangles(last: Token | undefined): boolean {
  return isWord(last, ...OPENERS) || (last?.kind === 'mark' && !/^[*)\]};?]$/.test(last.text ?? ''));
}

/** Two clauses of which the first is empty. */
function clashes(tokens: readonly Token[], i: number, from: number): boolean {
  if (i === from || !isWord(tokens[i], ...CLAUSES) || !isWord(tokens[i - 1], ...OPENERS)) return false;
  // A column of that name.
  if (isMark(tokens[i - 2], '.')) return false;
  return !isMark(tokens[i + 1], '(') && !isMark(tokens[i + 1], '.');
}

/** A `*` that stands for all columns: it has no alias. */
function isEverything(tokens: readonly Token[], i: number): boolean {
  return isMark(tokens[i], '*') && (isWord(tokens[i - 1], 'select', 'distinct', 'all') || isMark(tokens[i - 1], ','));
}

/** A dot goes on with the name before it, every other mark begins anew. */
function afterMark(token: Token, inRow: number): number {
  return token.text === '.' ? inRow : 0;
}
