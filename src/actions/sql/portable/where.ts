// Conditions that hold for every row, by their tokens: none at all, `WHERE true`, `1 = 1`, `a = a`, `… OR true`.
import { isMark, isWord, type Token } from '../lex/token.ts';
import type { TokenCursor } from './token-cursor.ts';

/** Words that end a condition. */
const ENDS = [
  'limit',
  'order',
  'returning',
  'group',
  'having',
  'settings',
  'qualify',
  'union',
  'when',
  'format',
] as const;
/** Words of conditions that name no column. */
const NEUTRAL: ReadonlySet<string> = new Set([
  'true',
  'false',
  'null',
  'not',
  'is',
  'and',
  'or',
  'like',
  'in',
  'exists',
]);

/** True if the statement from here on has no condition, or one that leaves no row out as far as can be seen. */
export function holdsForAll(cursor: TokenCursor): boolean {
  const where = cursor.find('where');
  if (where < 0) return true;
  const tokens: Token[] = [];
  let depth = 0;
  for (let i = where + 1; i < cursor.end; i++) {
    const token = cursor.tokens[i];
    if (token === undefined || (depth === 0 && isWord(token, ...ENDS))) break;
    if (isMark(token, '(')) depth++;
    else if (isMark(token, ')')) depth--;
    tokens.push(token);
  }
  return split(tokens, 'or').some((arm) => split(arm, 'and').every(isConstant));
}

/** The parts between the word, outside brackets. */
function split(tokens: readonly Token[], word: string): readonly (readonly Token[])[] {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (isMark(token, '(')) depth++;
    else if (isMark(token, ')')) depth--;
    if (depth === 0 && isWord(token, word)) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

function isConstant(tokens: readonly Token[]): boolean {
  const namesColumn = tokens.some(
    (token) => token.kind === 'name' || (token.kind === 'word' && !NEUTRAL.has(token.text ?? '')),
  );
  if (!namesColumn) return true;
  const middle = (tokens.length - 1) / 2;
  const sides = [tokens.slice(0, middle), tokens.slice(middle + 1)].map((side) =>
    side.map(({ kind, text }) => `${kind} ${text ?? ''}`).join(' '),
  );
  return Number.isInteger(middle) && isMark(tokens[middle], '=') && sides[0] === sides[1];
}
