// Texts that are made to break or stall a parser: each has an action of confidence `unknown`, and none throws. That none takes long is
// held by what a parser gets to see (lex/budget.ts): the bounds are counted here, not timed.
import { beforeAll, describe, expect, it } from 'vitest';
import { classifySql } from '../../../src/actions/sql/classify-sql.ts';
import { SQL_DIALECTS, sqlDialect } from '../../../src/actions/sql/dialect.ts';
import { Budget, rescansTooOften } from '../../../src/actions/sql/lex/budget.ts';
import { LEX_RULES } from '../../../src/actions/sql/lex/lex-rules.ts';
import { scan } from '../../../src/actions/sql/lex/scan.ts';
import { loadSqlParser, withPgParser } from '../../../src/actions/sql/load-sql-parser.ts';
import { lines } from './statements.ts';

beforeAll(async () => {
  await loadSqlParser();
});

const isUnknown = (text: string, dialect: string): boolean =>
  lines(text, dialect).some((each) => each.startsWith('unknown: '));

describe.each(SQL_DIALECTS)('in %s', (dialect) => {
  const N = 60_000;
  const nested: Record<string, string> = {
    brackets: `SELECT ${'('.repeat(N)}1${')'.repeat(N)}`,
    'brackets that never close': `SELECT ${'('.repeat(N)}`,
    operators: `SELECT ${'1+'.repeat(N)}1`,
    negations: `SELECT ${'NOT '.repeat(N)}true`,
    'sub-queries': `SELECT ${'(SELECT '.repeat(20_000)}1${')'.repeat(20_000)}`,
    unions: `SELECT 1 ${'UNION SELECT 1 '.repeat(16_000)}`,
    functions: `SELECT ${'f('.repeat(N)}1${')'.repeat(N)}`,
    cases: `SELECT ${'CASE WHEN 1 THEN '.repeat(6000)}1${' END'.repeat(6000)}`,
    arrays: `SELECT ${'ARRAY['.repeat(30_000)}1${']'.repeat(30_000)}`,
    joins: `SELECT 1 FROM a${' JOIN a ON 1'.repeat(12_000)}`,
    'a list': `SELECT ${'1,'.repeat(100_000)}1`,
    statements: 'SELECT 1;'.repeat(28_000),
    'blocks of a script': `${'BEGIN '.repeat(30_000)}SELECT 1`,
    'too many bytes': `SELECT '${'a'.repeat(256 * 1024)}'`,
    'too many bytes of few characters': `SELECT '${'\u{1F600}'.repeat(66_000)}'`,
  };
  it.each(Object.keys(nested))('%s beyond the bounds are unknown', (name) => {
    expect(isUnknown(nested[name] ?? '', dialect)).toBe(true);
  });

  it.each([
    ['NUL', 'SELECT 1\0; DROP TABLE users'],
    ['NUL in a string', "SELECT 'a\0b'"],
    ['a lone high surrogate', "SELECT '\ud800'"],
    ['a lone low surrogate', 'SELECT 1 \udc00'],
    ['a byte order mark inside', 'SELECT\ufeff1'],
    ['nothing', ''],
    ['white space', ' \r\n\t '],
    ['only a comment', '-- DROP TABLE users'],
    ['a control character', 'SELECT \u0001 1'],
  ])('%s is unknown', (_name, text) => {
    expect(isUnknown(text, dialect)).toBe(true);
  });

  it('finds a statement behind every kind of line end', () => {
    for (const end of ['\n', '\r\n']) {
      expect(lines(`SELECT 1 -- x${end}; DROP TABLE users`, dialect).join()).toMatch(/sql:drop:(public\.)?users/);
    }
    // A carriage return alone ends a comment for some servers only.
    const alone = lines('SELECT 1 -- x\r; DROP TABLE users', dialect).join();
    expect(alone).toMatch(/sql:drop:(public\.)?users|unknown: /);
  });

  it('reads no white space beyond ASCII as such', () => {
    for (const space of ['\u00a0', '\u3000', '\u2003', '\u200b', '\u2028', '\u0085']) {
      const does = lines(`DELETE${space}FROM users`, dialect);
      expect(does.every((each) => !each.includes(' read'))).toBe(true);
    }
  });

  it('says something of every prefix of a statement, and never less than the whole', () => {
    const text = "WITH a AS (SELECT 'x' FROM b) SELECT * FROM a WHERE c = 'd' /* e */ AND f(g) > 1 -- h";
    for (let i = 0; i <= text.length; i++) expect(classifySql(text.slice(0, i), dialect).length).toBeGreaterThan(0);
  });
});

describe('the bounds', () => {
  it('count tokens and an upper bound of the depth, and stop the scan where one is passed', () => {
    const budget = new Budget({ tokens: 10, depth: 5 });
    for (let i = 0; i < 5; i++) budget.token();
    expect(budget.exceeded).toBe(false);
    budget.token();
    expect(budget.exceeded).toBe(true);
    const list = new Budget({ tokens: 10, depth: 5 });
    for (let i = 0; i < 5; i++) {
      list.token();
      list.separator();
    }
    expect(list.exceeded).toBe(false);
    list.token();
    expect(list.exceeded).toBe(true);
  });

  it('give a bracket the depth of what stands before it', () => {
    const budget = new Budget({ tokens: 1000, depth: 20 });
    for (let i = 0; i < 10; i++) budget.open();
    expect(budget.exceeded).toBe(false);
    for (let i = 0; i < 11; i++) budget.open();
    expect(budget.exceeded).toBe(true);
  });

  it('keep runs of operators from a lexer that starts over in them', () => {
    expect(rescansTooOften(`SELECT ${'+'.repeat(1000)}1`)).toBe(false);
    expect(rescansTooOften(`SELECT ${'+'.repeat(100_000)}1`)).toBe(true);
    expect(rescansTooOften(`SELECT ${'*/*'.repeat(30_000)}`)).toBe(true);
    expect(lines(`SELECT ${'+'.repeat(100_000)}1`, 'postgresql')).toEqual(['unknown: too-complex']);
  });

  it('let statements through that people and programs write', () => {
    const insert = `INSERT INTO t VALUES ${Array.from({ length: 1000 }, (_each, i) => `(${i}, 'x', NULL)`).join(', ')}`;
    expect(lines(insert, 'postgresql')).toEqual(['sql:insert:public.t write']);
    expect(lines(insert, 'mysql')).toEqual(['sql:insert:t write']);
    const filter = `SELECT * FROM t WHERE ${Array.from({ length: 100 }, (_each, i) => `a = ${i}`).join(' OR ')}`;
    expect(lines(filter, 'postgresql')).toEqual(['sql:select:public.t read']);
    expect(lines(filter, 'mysql')).toEqual(['sql:select:t read']);
  });

  it('have no more objects in one text than a reader can look at', () => {
    const text = Array.from({ length: 101 }, (_each, i) => `SELECT * FROM t${i}`).join(';');
    expect(lines(text, 'postgresql')).toContain('unknown: too-many-objects');
  });

  it('are the same for every dialect that is read by our lexer', () => {
    for (const dialect of SQL_DIALECTS) {
      const options = { rules: LEX_RULES[dialect], tokens: true, executables: 'run', escapes: 'all' } as const;
      const limits = { tokens: 24_000, depth: 4000 };
      expect(scan(`SELECT ${'1,'.repeat(13_000)}1`, { ...options, limits })).toEqual({ ok: false, why: 'too-complex' });
      expect(scan(`SELECT ${'(1+'.repeat(3000)}`, { ...options, limits })).toEqual({ ok: false, why: 'too-complex' });
    }
  });
});

describe('the parser', () => {
  it('is replaced once it trapped, and everything is unknown in between', async () => {
    expect(withPgParser(() => ({ state: 'trap' }))).toEqual({ state: 'trap' });
    expect(lines('SELECT 1', 'postgresql')).toEqual(['unknown: no-parser']);
    await loadSqlParser();
    expect(lines('SELECT 1', 'postgresql')).toEqual(['sql:select:- read']);
  });
});

describe('a dialect', () => {
  it('is found by the names of products, in any case', () => {
    expect(sqlDialect('PostgreSQL')).toBe('postgresql');
    expect(sqlDialect('postgres')).toBe('postgresql');
    expect(sqlDialect('MariaDB')).toBe('mysql');
    expect(sqlDialect('athena')).toBe('trino');
    expect(sqlDialect('constructor')).toBeUndefined();
    expect(sqlDialect('oracle')).toBeUndefined();
  });
});
