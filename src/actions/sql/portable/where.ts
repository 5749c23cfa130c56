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
  'select',
  'distinct',
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
  return holds(tokens, 0);
}

/** Deeper than that nobody writes a condition: it counts as one that holds. */
const MAX_BRACKETS = 16;

function holds(tokens: readonly Token[], depth: number): boolean {
  return (
    depth > MAX_BRACKETS || split(tokens, 'or').some((arm) => split(arm, 'and').every((part) => always(part, depth)))
  );
}

function always(part: readonly Token[], depth: number): boolean {
  return isConstant(part) || (isBracketed(part) && holds(part.slice(1, -1), depth + 1));
}

/** True if the first bracket closes with the last one. */
function isBracketed(tokens: readonly Token[]): boolean {
  if (!isMark(tokens[0], '(') || !isMark(tokens.at(-1), ')')) return false;
  let depth = 0;
  for (const [i, token] of tokens.entries()) {
    if (isMark(token, '(')) depth++;
    else if (isMark(token, ')') && --depth === 0 && i < tokens.length - 1) return false;
  }
  return depth === 0;
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
