// A place in the tokens of one statement, and the small readings that every statement needs.
import type { DialectTraits, SqlDialect } from '../dialect.ts';
import { isMark, isWord, type Token } from '../lex/token.ts';

export interface Spoken {
  readonly dialect: SqlDialect;
  readonly traits: DialectTraits;
}

export class TokenCursor {
  readonly tokens: readonly Token[];
  readonly end: number;
  at: number;

  constructor(tokens: readonly Token[], at = 0, end: number = tokens.length) {
    this.tokens = tokens;
    this.at = at;
    this.end = end;
  }

  get done(): boolean {
    return this.at >= this.end;
  }

  peek(ahead = 0): Token | undefined {
    return this.at + ahead < this.end ? this.tokens[this.at + ahead] : undefined;
  }

  isWord(...words: readonly string[]): boolean {
    return isWord(this.peek(), ...words);
  }

  isMark(mark: string): boolean {
    return isMark(this.peek(), mark);
  }

  /** Consumes one of the words if it is next. */
  word(...words: readonly string[]): boolean {
    const found = this.isWord(...words);
    if (found) this.at++;
    return found;
  }

  mark(mark: string): boolean {
    const found = this.isMark(mark);
    if (found) this.at++;
    return found;
  }

  /** Consumes words as long as they are of the set. */
  skipWords(words: ReadonlySet<string>): void {
    while (this.peek()?.kind === 'word' && words.has(this.peek()?.text ?? '')) this.at++;
  }

  /** Index of the bracket that closes the one at `at`, or the end. */
  closing(at: number): number {
    let depth = 0;
    for (let i = at; i < this.end; i++) {
      const token = this.tokens[i];
      if (token?.kind !== 'mark') continue;
      if (token.text === '(' || token.text === '[' || token.text === '{') depth++;
      else if (token.text === ')' || token.text === ']' || token.text === '}') {
        if (--depth === 0) return i;
      }
    }
    return this.end;
  }

  /** Index of the first of these words outside brackets, from here on; -1 where there is none. */
  find(...words: readonly string[]): number {
    let depth = 0;
    for (let i = this.at; i < this.end; i++) {
      const token = this.tokens[i];
      if (token?.kind === 'mark') {
        if (token.text === '(') depth++;
        else if (token.text === ')') depth--;
      } else if (depth === 0 && isWord(token, ...words) && !isMark(this.tokens[i - 1], '.')) return i;
    }
    return -1;
  }
}

/** Consumes a dotted name; undefined where none is next or a part of it is not written out. */
export function readName(cursor: TokenCursor, { dialect, traits }: Spoken): readonly string[] | undefined {
  const parts: string[] = [];
  for (;;) {
    const part = namePart(cursor, parts.length > 0, dialect);
    if (part === undefined) return undefined;
    parts.push(...part);
    if (!cursor.isMark('.')) break;
    cursor.at++;
  }
  // IDENTIFIER('…') and the like: the name is computed.
  if (parts.length === 1 && parts[0] === 'identifier' && cursor.isMark('(')) return undefined;
  return traits.foldsNames ? parts.map((part) => part.toLowerCase()) : parts;
}

function namePart(cursor: TokenCursor, isLater: boolean, dialect: SqlDialect): readonly string[] | undefined {
  const token = cursor.peek();
  const text = token?.text;
  if (token === undefined || text === undefined) return undefined;
  if (isLater && (token.kind === 'number' || isMark(token, '*'))) {
    cursor.at++;
    return [text];
  }
  if (token.kind === 'name') {
    cursor.at++;
    // BigQuery quotes whole paths.
    return dialect === 'bigquery' ? text.split('.') : [text];
  }
  if (token.kind !== 'word') return undefined;
  cursor.at++;
  let whole = text;
  if (dialect !== 'bigquery') return [whole];
  // Google's project names have dashes and no quotes.
  while (cursor.isMark('-') && (cursor.peek(1)?.kind ?? 'mark') !== 'mark') {
    whole += `-${cursor.peek(1)?.text ?? ''}`;
    cursor.at += 2;
  }
  return [whole];
}
