// One pass over a statement's text by its dialect's rules: what it would cost a parser, and its tokens. INVARIANT: strings, names
// and comments end here where they end for the server; where servers or settings differ the text is doubtful, never guessed.
import { Budget, type Limits, rescansTooOften } from './budget.ts';
import type { LexRules } from './lex-rules.ts';
import {
  continuation,
  dollarTag,
  endOfComment,
  endOfLine,
  endOfQuoted,
  hasBlankLookAlike,
  hasTypographicQuote,
  isSpace,
  isTclVariable,
  isWordPart,
} from './spans.ts';
import type { Token } from './token.ts';

export type ScanFault =
  | 'too-complex'
  | 'control-character'
  | 'foreign-space'
  | 'lone-carriage-return'
  | 'unclear-comment'
  | 'unterminated'
  | 'unknown-mark'
  | 'unknown-prefix'
  | 'unclear-name'
  | 'unclear-string';

export type ScanResult =
  | {
      readonly ok: true;
      /** Empty where only the cost was asked for. */
      readonly tokens: readonly Token[];
      /** A comment held code for some servers. */
      readonly executable: boolean;
      /** A comment held what only another dialect takes for code. */
      readonly foreign: boolean;
      /** A quote behind a backslash: where the string ends depends on a setting. */
      readonly escapedQuote: boolean;
    }
  | { readonly ok: false; readonly why: ScanFault };

export interface ScanOptions {
  readonly rules: LexRules;
  readonly limits: Limits;
  /** False where a parser with the server's own lexer reads the text afterwards: only cost and settings are looked at. */
  readonly tokens: boolean;
  /** Whether the content of executable comments counts. */
  readonly executables: 'run' | 'skip';
  /** In which strings backslashes escape, where the rules let them: a server's setting can say less than its default. */
  readonly escapes: 'all' | 'single' | 'none';
}

/** Words that nest syntax without brackets. */
const STICKY: ReadonlySet<string> = new Set(['union', 'intersect', 'except', 'minus']);
/** Letters that are part of the string they touch in some dialect. */
const PREFIXES: ReadonlySet<string> = new Set(['b', 'br', 'e', 'g', 'l', 'n', 'nq', 'q', 'r', 'rb', 'u', 'uq', 'x']);

/** Scans the whole text; linear in its length. */
export function scan(text: string, options: ScanOptions): ScanResult {
  return new Scanner(text, options).run();
}

class Scanner {
  readonly #text: string;
  readonly #options: ScanOptions;
  readonly #rules: LexRules;
  readonly #budget: Budget;
  readonly #tokens: Token[] = [];
  readonly #hasBackslash: boolean;
  #at = 0;
  #fault: ScanFault | undefined;
  /** True inside an executable comment. */
  #inside = false;
  #executable = false;
  #foreign = false;
  #escapedQuote = false;

  constructor(text: string, options: ScanOptions) {
    this.#text = text;
    this.#options = options;
    this.#rules = options.rules;
    this.#budget = new Budget(options.limits);
    this.#hasBackslash = text.includes('\\');
  }

  run(): ScanResult {
    const text = this.#text;
    if (this.#options.tokens && hasBlankLookAlike(text)) return { ok: false, why: 'foreign-space' };
    if (!this.#options.tokens && rescansTooOften(text)) return { ok: false, why: 'too-complex' };
    while (this.#at < text.length && this.#fault === undefined) {
      this.#step(text.charCodeAt(this.#at));
      if (this.#budget.exceeded) return { ok: false, why: 'too-complex' };
    }
    if (this.#inside) this.#fault ??= 'unterminated';
    if (this.#fault !== undefined) return { ok: false, why: this.#fault };
    return {
      ok: true,
      tokens: this.#tokens,
      executable: this.#executable,
      foreign: this.#foreign,
      escapedQuote: this.#escapedQuote,
    };
  }

  #step(code: number): void {
    if (isWordPart(code)) {
      if (code === 36) this.#dollar();
      else this.#word();
    } else if (isSpace(code)) this.#space(code);
    else if (code === 39 || code === 34) this.#quoted(code, this.#at, this.#escapesIn(code));
    else if (code < 32 || code === 127) this.#fault = 'control-character';
    else if (code === 91 && this.#rules.brackets) this.#quoted(93, this.#at, false);
    else if (code === 96 && this.#rules.backticks) this.#quoted(96, this.#at, false);
    else if (!this.#startsComment(code)) this.#mark(code);
  }

  #escapesIn(quote: number): boolean {
    if (quote === 34 && this.#rules.doubleQuotes === 'name') return false;
    return this.#rules.stringEscapes !== 'none';
  }

  #space(code: number): void {
    const lone = code === 13 && this.#text.charCodeAt(this.#at + 1) !== 10;
    if (lone && !this.#rules.returnEndsLine) this.#fault = 'lone-carriage-return';
    this.#at++;
  }

  #add(kind: Token['kind'], text: string | undefined): void {
    if (this.#options.tokens) this.#tokens.push({ kind, text });
  }

  #mark(code: number): void {
    // A backslash outside strings is nothing in any dialect; the others start a comment or a name in some.
    const odd = code === 92 || code === 35 || code === 96;
    if (this.#options.tokens && (odd || this.#isTcl())) {
      this.#fault = 'unknown-mark';
      return;
    }
    if (code === 40 || code === 91 || code === 123) this.#budget.open();
    else if (code === 41 || code === 93 || code === 125) this.#budget.close();
    else if (code === 44 || code === 59) this.#budget.separator();
    else this.#budget.token();
    if (code === 60) this.#budget.sticky();
    this.#add('mark', this.#text.charAt(this.#at));
    this.#at++;
  }

  #isTcl(): boolean {
    return this.#rules.tclVariables && isTclVariable(this.#text, this.#at);
  }

  #word(): void {
    const start = this.#at;
    let end = start + 1;
    while (isWordPart(this.#text.charCodeAt(end))) end++;
    this.#at = end;
    this.#budget.token();
    const next = this.#text.charCodeAt(end);
    if ((next === 39 || next === 34 || next === 38) && this.#prefixed(start, end)) return;
    const length = end - start;
    const first = this.#text.charCodeAt(start);
    const isNumber = first >= 48 && first <= 57;
    if (this.#options.tokens) {
      const word = this.#text.slice(start, end).toLowerCase();
      if (hasTypographicQuote(word)) this.#fault = 'unknown-mark';
      if (STICKY.has(word)) this.#budget.sticky();
      this.#add(isNumber ? 'number' : 'word', word);
    } else if (length > 4 && length < 10 && STICKY.has(this.#text.slice(start, end).toLowerCase())) {
      this.#budget.sticky();
    }
  }

  /** True if the word touches a quote and is part of the string. */
  #prefixed(start: number, end: number): boolean {
    const word = this.#text.slice(start, end).toLowerCase();
    const known = (prefixes: string): boolean => prefixes.includes(` ${word} `);
    if (this.#text.charCodeAt(end) === 38) {
      const quote = this.#text.charCodeAt(end + 1);
      if (word !== 'u' || (quote !== 39 && quote !== 34)) return false;
      if (this.#rules.unicodePrefix) this.#quoted(quote, end + 1, false, quote === 39 ? 'opaque' : 'unclear');
      else this.#fault = 'unknown-prefix';
      return true;
    }
    const quote = this.#text.charCodeAt(end);
    if (known(this.#rules.escapePrefixes) && quote === 39) this.#escaped(end);
    else if (known(this.#rules.plainPrefixes)) this.#quoted(quote, end, this.#escapesIn(quote), 'opaque');
    else if (known(this.#rules.rawPrefixes)) this.#quoted(quote, end, true, 'raw');
    else if (this.#options.tokens && (PREFIXES.has(word) || word.startsWith('_'))) this.#fault = 'unknown-prefix';
    else return false;
    return true;
  }

  /** PostgreSQL's E'…': what follows it after a line break is part of it, escapes included. */
  #escaped(quote: number): void {
    for (let at = quote; at >= 0 && this.#fault === undefined; at = continuation(this.#text, this.#at)) {
      this.#quoted(39, at, true, 'opaque');
    }
  }

  /** `start` is the opening quote. `opaque`: the content is not what stands there; `raw`: no backslash may touch a quote. */
  #quoted(mark: number, start: number, escapes: boolean, how: 'plain' | 'opaque' | 'raw' | 'unclear' = 'plain'): void {
    const triple = this.#rules.tripleQuotes && mark !== 96 && mark !== 93;
    const end = endOfQuoted(this.#text, start, mark, { escapes: escapes && this.#allows(mark), triple });
    if (end < 0) {
      this.#fault = 'unterminated';
      return;
    }
    this.#budget.token();
    this.#at = end;
    const isString = mark === 39 || (mark === 34 && this.#rules.doubleQuotes === 'string');
    if (isString && this.#hidesQuote(start, end, mark)) {
      if (how === 'raw') this.#fault = 'unclear-string';
      else if (how === 'plain' || this.#rules.escapePrefixes === '') this.#escapedQuote = true;
    }
    if (!this.#options.tokens) return;
    const content = this.#text.slice(start + 1, end - 1);
    const plain = how === 'plain' && !content.includes('\\') && !content.includes(this.#text.charAt(start));
    if (isString) this.#add('string', plain ? content : undefined);
    else if (plain && content !== '') this.#add('name', content);
    else this.#fault = 'unclear-name';
  }

  #allows(quote: number): boolean {
    const { escapes } = this.#options;
    return escapes === 'all' || (escapes === 'single' && quote === 39);
  }

  /** True if a quote of this string stands behind a backslash that is not itself behind one. */
  #hidesQuote(start: number, end: number, mark: number): boolean {
    if (!this.#hasBackslash) return false;
    for (let i = start; i < end - 1; i++) {
      if (this.#text.charCodeAt(i) !== 92) continue;
      if (this.#text.charCodeAt(i + 1) === mark) return true;
      i++;
    }
    return false;
  }

  #dollar(): void {
    const kind = this.#rules.dollarQuotes;
    const tag = kind === 'none' ? undefined : dollarTag(this.#text, this.#at);
    if (tag === undefined) {
      const next = this.#text.charCodeAt(this.#at + 1);
      // `${name}` is replaced before Spark reads the text.
      if (this.#options.tokens && (next === 36 || next === 123 || this.#isTcl())) this.#fault = 'unknown-mark';
      else this.#word();
      return;
    }
    const close = this.#text.indexOf(tag, this.#at + tag.length);
    if (kind === 'plain' && tag !== '$$') this.#fault = 'unknown-mark';
    else if (close < 0) this.#fault = 'unterminated';
    else {
      this.#budget.token();
      this.#add('string', undefined);
      this.#at = close + tag.length;
    }
  }

  /** Skips a comment, or enters or leaves one that is code. */
  #startsComment(code: number): boolean {
    const next = this.#text.charCodeAt(this.#at + 1);
    if (code === 45 && next === 45 && this.#startsDashComment()) this.#line();
    else if (code === 47 && next === 42) this.#block();
    else if (code === 47 && next === 47 && this.#rules.slashComments) this.#line();
    else if (code === 35 && this.#rules.hashComments) this.#line();
    else if (code === 42 && next === 47 && this.#inside) {
      this.#inside = false;
      this.#at += 2;
    } else return false;
    return true;
  }

  #startsDashComment(): boolean {
    if (!this.#rules.dashNeedsSpace) return true;
    const behind = this.#at + 2;
    return behind >= this.#text.length || this.#text.charCodeAt(behind) <= 32;
  }

  #line(): void {
    const end = endOfLine(this.#text, this.#at, this.#rules.returnEndsLine);
    if (this.#options.tokens) {
      const content = this.#text.slice(this.#at, end);
      const back = content.indexOf('\r');
      if (back >= 0 && back < content.length - 1) this.#fault = 'lone-carriage-return';
      // Spark lets a backslash carry a comment over the end of its line.
      if (content.trimEnd().endsWith('\\')) this.#fault = 'unclear-comment';
    }
    this.#at = end;
  }

  #block(): void {
    if (/^M?!/.test(this.#text.slice(this.#at + 2, this.#at + 4))) {
      if (this.#rules.executableComments) this.#executable = true;
      else this.#foreign = true;
      if (this.#executable && this.#options.executables === 'run') {
        this.#enter();
        return;
      }
    }
    const { end, nested } = endOfComment(this.#text, this.#at, this.#rules.nestedComments);
    if (end < 0) this.#fault = 'unterminated';
    else if ((nested && !this.#rules.nestedComments) || this.#inside) this.#fault = 'unclear-comment';
    else this.#at = end;
  }

  #enter(): void {
    const head = /^\/\*M?!(?:\d{5,6}(?=\s)|(?!\d))/.exec(this.#text.slice(this.#at, this.#at + 12))?.[0];
    if (head === undefined || this.#inside) this.#fault = 'unclear-comment';
    else {
      this.#inside = true;
      this.#at += head.length;
    }
  }
}
