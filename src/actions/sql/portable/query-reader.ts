// Everything that a query reads, calls and locks, token by token. INVARIANT: a table that is not written out, and a word that has no
// place in a query, is a doubt; no token is passed over unseen.
import { isMark, isWord, type Token } from '../lex/token.ts';
import { isSecretTable } from '../special-tables.ts';
import { canBeQuery } from './adjacency.ts';
import { findCall } from './call.ts';
import { located, type PortableReader } from './portable-reader.ts';
import { readSettings } from './settings.ts';
import { readName, TokenCursor } from './token-cursor.ts';
import { BEFORE_VALUES, EFFECT_WORDS, ENDS_FROM, FROM_INSIDE, NOT_FUNCTIONS, SELDOM_GRAMMAR } from './words.ts';

interface Frame {
  /** Inside the list of a FROM clause. */
  inFrom: boolean;
  /** The next thing is a table. */
  expects: boolean;
  /** FROM is part of a function's notation here. */
  readonly callsWithFrom: boolean;
  /** CTEs that may be named from here on. */
  readonly ctes: string[];
  /** The CTE whose query this is, to be named once it ends. */
  readonly defines: string | undefined;
}

export interface QueryOptions {
  /** What is done to the tables: `select`, or the verb of a change whose list of tables this is. */
  readonly onTable: (name: readonly string[], reader: PortableReader) => void;
  /** Words of `EFFECT_WORDS` that belong to the statement around. */
  readonly expected: ReadonlySet<string>;
  /** Starts inside a list of tables. */
  readonly tables: boolean;
  /** False for words that are not all a query's own. */
  readonly strict: boolean;
}

const NOTHING: ReadonlySet<string> = new Set();
/** Spark reads files as tables: FROM csv.`/path`. */
const FILES: ReadonlySet<string> = new Set([
  'csv',
  'json',
  'parquet',
  'orc',
  'avro',
  'text',
  'binaryfile',
  'delta',
  'xml',
]);
export const AS_QUERY: QueryOptions = { onTable: readTable, expected: NOTHING, tables: false, strict: true };
/** Of a statement whose words are not known in full: what it reads, calls and does. */
export const AS_WORDS: QueryOptions = { ...AS_QUERY, strict: false };

/** Adds the reading of a table. */
export function readTable(name: readonly string[], reader: PortableReader): void {
  const whole = located(name, reader);
  const tags = isSecretTable(whole) ? ['secret-read'] : [];
  reader.findings.add({ verb: 'select', effect: 'read', type: 'table', name: whole, tags });
}

/** Reads the tokens from the cursor to `end`. */
export function readQuery(reader: PortableReader, end: number, options: QueryOptions = AS_QUERY): void {
  new QueryReader(reader, end, options).run();
}

class QueryReader {
  readonly #reader: PortableReader;
  readonly #cursor: TokenCursor;
  readonly #options: QueryOptions;
  readonly #frames: Frame[] = [];
  /** Opening brackets of CTEs: index → frame that may name it, and its name. */
  readonly #bodies = new Map<number, { readonly owner: Frame; readonly name: string }>();

  constructor(reader: PortableReader, end: number, options: QueryOptions) {
    this.#reader = reader;
    this.#cursor = new TokenCursor(reader.cursor.tokens, reader.cursor.at, end);
    this.#options = options;
    this.#frames.push(newFrame(options.tables, undefined, false));
  }

  run(): void {
    const { cursor: outer } = this.#reader;
    const { tokens, at, end } = this.#cursor;
    if (this.#options.strict && !canBeQuery(tokens, at, end)) this.#doubt('not-parsed');
    while (!this.#cursor.done) this.#step();
    if (this.#frame.expects && at < end) this.#doubt('not-parsed');
    outer.at = this.#cursor.at;
  }

  get #frame(): Frame {
    return this.#frames.at(-1) ?? newFrame(false, undefined, false);
  }

  #step(): void {
    const cursor = this.#cursor;
    const token = cursor.peek();
    if (token === undefined) return;
    if (this.#frame.expects) this.#table(token);
    else if (token.kind === 'mark') this.#mark(token);
    else if (token.kind === 'word' || token.kind === 'name') this.#name(token);
    else cursor.at++;
  }

  #doubt(why: string): void {
    this.#reader.findings.doubt(why);
  }

  #open(tables: boolean, callsWithFrom: boolean): void {
    const body = this.#bodies.get(this.#cursor.at);
    this.#frames.push(newFrame(tables, body?.name, callsWithFrom));
    this.#cursor.at++;
  }

  #mark(token: Token): void {
    const cursor = this.#cursor;
    if (token.text === '(') this.#open(false, false);
    else if (token.text === ')') this.#close();
    else {
      if (token.text === ',' && this.#frame.inFrom) this.#frame.expects = true;
      // BigQuery: ('x').(dataset.f)(); ClickHouse: {f:Identifier}(1).
      const called = isMark(cursor.peek(1), '(');
      if (called && (token.text === '}' || (token.text === '.' && this.#reader.dialect === 'bigquery')))
        this.#doubt('computed-name');
      cursor.at++;
    }
  }

  #close(): void {
    const closed = this.#frames.length > 1 ? this.#frames.pop() : undefined;
    this.#cursor.at++;
    if (closed?.defines === undefined) return;
    this.#frame.ctes.push(closed.defines);
    if (this.#cursor.isMark(',')) {
      this.#cursor.at++;
      this.#cte(false);
    }
  }

  /** `name [(columns)] AS [[NOT] MATERIALIZED] (`: remembers the body. */
  #cte(recursive: boolean): void {
    const cursor = this.#cursor;
    const ahead = new TokenCursor(cursor.tokens, cursor.at, cursor.end);
    const name = ahead.peek();
    if (name === undefined || (name.kind !== 'word' && name.kind !== 'name')) return;
    ahead.at++;
    if (ahead.isMark('(')) ahead.at = ahead.closing(ahead.at) + 1;
    if (!ahead.word('as')) return;
    ahead.word('not');
    ahead.word('materialized');
    if (!ahead.isMark('(')) return;
    const folded = (name.text ?? '').toLowerCase();
    this.#bodies.set(ahead.at, { owner: this.#frame, name: folded });
    if (recursive) this.#frame.ctes.push(folded);
    cursor.at = ahead.at;
  }

  /** A word or a quoted name in an expression or as part of the grammar. */
  #name(token: Token): void {
    const cursor = this.#cursor;
    const start = cursor.at;
    if (token.kind === 'word' && this.#keyword(token.text ?? '')) return;
    const name = readName(cursor, this.#reader);
    if (name === undefined) {
      cursor.at = Math.max(cursor.at, start + 1);
      // IDENTIFIER('f')(1): the function is named by a text.
      if (cursor.isMark('(') && isMark(cursor.tokens[cursor.closing(cursor.at) + 1], '(')) this.#doubt('computed-name');
      return;
    }
    if (cursor.isMark('(')) this.#call(name, token, start);
    // MariaDB: NEXT VALUE FOR s.
    else if (name[0] === 'next' && cursor.isWord('value') && isWord(cursor.peek(1), 'for'))
      findCall(['nextval'], this.#reader);
    // Snowflake writes the call as a column of the sequence.
    else if (this.#reader.dialect === 'snowflake' && name.length > 1 && name.at(-1)?.toLowerCase() === 'nextval')
      findCall(name, this.#reader);
  }

  #call(name: readonly string[], token: Token, start: number): void {
    const only = name.length === 1 && token.kind === 'word' ? (name[0] ?? '') : '';
    const before = this.#cursor.tokens[start - 1];
    const isCast = isMark(before, ':') && isMark(this.#cursor.tokens[start - 2], ':');
    const isType = isCast || isWord(before, 'as');
    const isClause =
      (only === 'conflict' && isWord(before, 'on')) || ((only === 'at' || only === 'before') && this.#frame.inFrom);
    const isGrammar = NOT_FUNCTIONS.has(only) && !(SELDOM_GRAMMAR.has(only) && this.#isValue(before, only));
    if (!isType && !isClause && !isGrammar) findCall(name, this.#reader, this.#isOwn());
    this.#open(false, FROM_INSIDE.has(only));
  }

  /** Is the word where only a value can be? `* APPLY(f)` is none. */
  #isValue(before: Token | undefined, word: string): boolean {
    if (!this.#options.strict || before === undefined || (word === 'apply' && isMark(before, '*'))) return false;
    return before.kind === 'mark' ? !/^[)\]}]$/.test(before.text ?? '') : isWord(before, ...BEFORE_VALUES);
  }

  /** Is the name just read one that no built-in function of Snowflake has, whose names are in capitals? */
  #isOwn(): boolean {
    const token = this.#cursor.tokens[this.#cursor.at - 1];
    const text = token?.text ?? '';
    return this.#reader.dialect === 'snowflake' && token?.kind === 'name' && text !== text.toUpperCase();
  }

  /** ClickHouse: `* APPLY(f)` and `* APPLY f` call it for each column; a lambda's calls are written out. */
  #applied(): void {
    const cursor = new TokenCursor(this.#cursor.tokens, this.#cursor.at + 1, this.#cursor.end);
    cursor.mark('(');
    const name = readName(cursor, this.#reader);
    if (name !== undefined && !cursor.isMark('-') && !cursor.isMark('->') && !cursor.isMark('('))
      findCall(name, this.#reader);
  }

  /** True if the word was part of the grammar and is consumed. */
  #keyword(word: string): boolean {
    const cursor = this.#cursor;
    const before = cursor.tokens[cursor.at - 1];
    if (isMark(before, '.')) return false;
    const frame = this.#frame;
    if (ENDS_FROM.has(word)) frame.inFrom = false;
    if (word === 'from' && !frame.callsWithFrom && !isWord(before, 'distinct')) frame.expects = true;
    else if (word === 'join' || word === 'straight_join' || (word === 'table' && this.#isTableQuery(before))) {
      frame.expects = true;
    } else if (word === 'with') {
      cursor.at++;
      // BigQuery's expression of this name, whose `AS` stands before a value.
      if (this.#reader.dialect === 'bigquery' && cursor.isMark('(')) this.#doubt('not-parsed');
      // Trino's settings of one query.
      const isSetting = cursor.isWord('session') && !isWord(cursor.peek(1), 'as') && !isMark(cursor.peek(1), '(');
      if (this.#reader.dialect === 'trino' && isSetting) this.#doubt('not-parsed');
      this.#cte(cursor.word('recursive'));
      return true;
    } else if (word === 'apply' && this.#reader.dialect === 'clickhouse') {
      this.#applied();
      return false;
    } else if (word === 'settings' && this.#reader.dialect === 'clickhouse') {
      cursor.at++;
      readSettings(cursor, this.#reader.findings);
      return true;
    } else if (word === 'using' && this.#reader.dialect === 'databricks' && cursor.peek(1)?.kind === 'string') {
      // SELECT TRANSFORM (…) USING 'a program'.
      const flags = ['program'];
      this.#reader.findings.add({ verb: 'call', effect: 'code', type: 'program', tags: ['code-execution'], flags });
    } else if (this.#effect(word, before)) return true;
    else return false;
    cursor.at++;
    return true;
  }

  /** `TABLE t` as a query of its own, or as the argument of a function. */
  #isTableQuery(before: Token | undefined): boolean {
    if (isMark(this.#cursor.peek(1), '(')) return false;
    const starts = before === undefined || isMark(before, '(') || isMark(before, ',') || isMark(before, ';');
    return starts || isWord(before, 'union', 'all', 'distinct', 'except', 'intersect', 'minus', 'as');
  }

  /** Locks and exports, and words that have no place in a query. */
  #effect(word: string, before: Token | undefined): boolean {
    const cursor = this.#cursor;
    const isCall = isMark(cursor.peek(1), '(');
    const locks = (word === 'update' || word === 'share') && isWord(before, 'for');
    // Spanner's hint does what FOR UPDATE does.
    const hinted = word === 'lock_scanned_ranges' && isMark(cursor.peek(1), '=');
    if (locks || hinted || (word === 'lock' && isWord(cursor.peek(1), 'in'))) {
      this.#reader.findings.add({ verb: 'lock', effect: 'write', flags: ['locking'] });
    } else if (!EFFECT_WORDS.has(word)) return false;
    else if (this.#options.expected.has(word)) {
      // Part of the statement around: `WHEN MATCHED THEN UPDATE`, `ON DUPLICATE KEY UPDATE`.
    } else if (isCall && word !== 'into') return false;
    else if (word === 'into' && isWord(cursor.peek(1), 'outfile', 'dumpfile')) {
      const flags = ['server-file'];
      this.#reader.findings.add({ verb: 'export', effect: 'export', tags: ['data-export'], flags });
      cursor.at++;
    } else this.#doubt('unexpected-word');
    cursor.at++;
    return true;
  }

  /** What stands where a table is expected. */
  #table(token: Token): void {
    const cursor = this.#cursor;
    const frame = this.#frame;
    frame.inFrom = true;
    frame.expects = false;
    if (isWord(token, 'lateral', 'only', 'table', 'final', 'any', 'all') && !isMark(cursor.peek(1), '.')) {
      cursor.at++;
      if (token.text === 'table' && cursor.isMark('(')) this.#tableArgument();
      else frame.expects = !isWord(token, 'lateral') || !cursor.isWord('view');
    } else if (isMark(token, '(')) {
      const inner = cursor.peek(1);
      const named = inner?.kind === 'word' || inner?.kind === 'name' || isMark(inner, '(') || isMark(inner, '@');
      this.#open(named && !isWord(inner, 'select', 'with', 'values', 'from', 'show', 'describe'), false);
    } else if (isMark(token, '@') && this.#reader.dialect === 'snowflake') this.#stage();
    else if (isWord(token, 'unnest', 'values') && isMark(cursor.peek(1), '(')) {
      cursor.at++;
      this.#open(false, false);
    } else if (isWord(token, 'select', 'values')) frame.inFrom = false;
    else this.#namedTable();
  }

  #namedTable(): void {
    const cursor = this.#cursor;
    const start = cursor.at;
    const first = cursor.peek();
    if (first?.kind === 'word' && EFFECT_WORDS.has(first.text ?? '')) this.#doubt('unexpected-word');
    const name = readName(cursor, this.#reader);
    if (name === undefined) {
      this.#doubt('computed-name');
      cursor.at = Math.max(cursor.at, start + 1);
    } else if (cursor.isMark('(')) {
      findCall(name, this.#reader, this.#isOwn());
      this.#open(false, false);
    } else if (name.length > 1 || !this.#isCte(name[0] ?? '')) {
      const isFile = this.#reader.dialect === 'databricks' && name.length === 2 && FILES.has(name[0] ?? '');
      if (isFile)
        this.#reader.findings.add({ verb: 'select', effect: 'read', type: 'file', name, flags: ['server-file'] });
      else this.#options.onTable(name, this.#reader);
    }
  }

  #isCte(name: string): boolean {
    return this.#frames.some(({ ctes }) => ctes.includes(name.toLowerCase()));
  }

  /** Snowflake's and Trino's `TABLE(…)`: a function's result, or a table named by text or by a variable. */
  #tableArgument(): void {
    const inner = this.#cursor.peek(1);
    const named = (inner?.kind === 'word' && inner.text?.startsWith('$') !== true) || inner?.kind === 'name';
    if (!named) this.#doubt('computed-name');
    this.#open(named, false);
  }

  /** `@stage/path`: files. */
  #stage(): void {
    const cursor = this.#cursor;
    cursor.at++;
    const name = readName(cursor, this.#reader) ?? ['~'];
    const stage = [...name.slice(0, -1), `@${name.at(-1) ?? ''}`];
    const flags = ['server-file'];
    this.#reader.findings.add({ verb: 'select', effect: 'read', type: 'stage', name: stage, flags });
    while (isMark(cursor.peek(), '/')) {
      cursor.at++;
      while (/^(?:word|number)$/.test(cursor.peek()?.kind ?? '') || isMark(cursor.peek(), '.')) {
        const joined = isMark(cursor.peek(), '.') || isMark(cursor.peek(1), '.') || isMark(cursor.peek(1), '/');
        cursor.at++;
        if (!joined) break;
      }
    }
    // Options: how the files are read.
    if (cursor.isMark('(')) this.#open(false, false);
  }
}

function newFrame(tables: boolean, defines: string | undefined, callsWithFrom: boolean): Frame {
  return { inFrom: tables, expects: tables, callsWithFrom, ctes: [], defines };
}
