// What a statement consists of once comments and white space are gone.

export interface Token {
  /** `word`: unquoted, `text` in lower case. `name`: quoted, `text` is the name. `string`: `text` is the content, undefined where it
   *  has escapes. `number`: begins with a digit. `mark`: one character of punctuation. */
  readonly kind: 'word' | 'name' | 'string' | 'number' | 'mark';
  readonly text: string | undefined;
}

export const isMark = (token: Token | undefined, mark: string): boolean =>
  token !== undefined && token.kind === 'mark' && token.text === mark;

export const isWord = (token: Token | undefined, ...words: readonly string[]): boolean =>
  token !== undefined && token.kind === 'word' && words.includes(token.text ?? '');
