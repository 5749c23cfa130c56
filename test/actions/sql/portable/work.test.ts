// How often the readers look at a token: at most so many times as a constant, however long the text. Counted, not timed.
import { describe, expect, it } from 'vitest';
import { SQL_DIALECTS, type SqlDialect } from '../../../../src/actions/sql/dialect.ts';
import { Findings } from '../../../../src/actions/sql/finding.ts';
import { LEX_RULES } from '../../../../src/actions/sql/lex/lex-rules.ts';
import { scan } from '../../../../src/actions/sql/lex/scan.ts';
import type { Token } from '../../../../src/actions/sql/lex/token.ts';
import { readTokens } from '../../../../src/actions/sql/portable/read-portable.ts';

/** Reads per token; beyond it a reader starts over for something that occurs more often in a longer text. */
const MOST = 60;
const LIMITS = { tokens: 24_000, depth: 4000 };

/** Texts of about `n` pieces. */
const SHAPES: readonly (readonly [name: string, text: (n: number) => string])[] = [
  ['a list of tables to drop', (n) => `DROP TABLE ${'a,'.repeat(n)}b`],
  ['a list of functions to drop', (n) => `DROP FUNCTION ${'a(),'.repeat(n)}b()`],
  ['a list of tables', (n) => `SELECT 1 FROM ${'a,'.repeat(n)}b`],
  ['a list of values', (n) => `SELECT ${'(1),'.repeat(n)}1`],
  ['calls', (n) => `SELECT ${'f(),'.repeat(n)}1`],
  ['dots', (n) => `SELECT a${'.a'.repeat(n)}`],
  ['brackets', (n) => `SELECT ${'('.repeat(n)}1${')'.repeat(n)}`],
  ['brackets of a definition', (n) => `CREATE TABLE t ${'('.repeat(n)}${')'.repeat(n)}`],
  ['columns', (n) => `CREATE TABLE t (${'a int,'.repeat(n)}b int)`],
  ['conditions', (n) => `DELETE FROM t WHERE ${'a = 1 OR '.repeat(n)}b = 2`],
  ['conditions in brackets', (n) => `DELETE FROM t WHERE ${'(a = 1) AND '.repeat(n)}b = 2`],
  ['rights', (n) => `GRANT ${'a,'.repeat(n)}b ON t TO c`],
  ['grantees', (n) => `GRANT a ON t TO ${'b,'.repeat(n)}c`],
  ['settings', (n) => `SET ${'a = 1,'.repeat(n)}b = 2`],
  ['settings of a query', (n) => `SELECT 1 FROM t SETTINGS ${'a = 1,'.repeat(n)}b = 2`],
  ['names', (n) => `RENAME TABLE ${'a TO b,'.repeat(n)}c TO d`],
  ['targets', (n) => `INSERT ALL ${'INTO a '.repeat(n)}SELECT 1`],
  ['rows', (n) => `INSERT INTO t VALUES ${'(1),'.repeat(n)}(2)`],
  ['branches', (n) => `MERGE INTO t USING s ON a ${'WHEN MATCHED THEN DELETE '.repeat(n)}`],
  ['explanations', (n) => `${'EXPLAIN '.repeat(n)}SELECT 1`],
  ['analyses', (n) => `${'EXPLAIN ANALYZE '.repeat(n)}SELECT 1`],
  ['preparations', (n) => `${'PREPARE a FROM '.repeat(n)}SELECT 1`],
  ...[
    'SELECT 1 FROM a WHERE b',
    'WITH a AS (SELECT 1) DELETE FROM b',
    'SET a = 1',
    'GRANT a TO b',
    'GRANT a ON b TO c',
    'PUT a @b',
    'DELETE FROM a',
    'UPDATE a SET b = 1',
    'INSERT INTO a VALUES (1)',
    'CREATE TABLE a (b int)',
    'ALTER TABLE a DROP b',
    'DROP TABLE a',
    'COPY INTO a FROM b',
    'MERGE INTO a USING b ON c WHEN MATCHED THEN DELETE',
    'EXECUTE a',
    'SHOW a',
    'PRAGMA a = 1',
    'BEGIN',
  ].map((statement) => [`statements: ${statement}`, (n: number) => `${statement};`.repeat(n)] as const),
];

/** How often the reader looked at a token, and how many there are. */
function work(text: string, dialect: SqlDialect): { readonly looks: number; readonly tokens: number } {
  const rules = LEX_RULES[dialect];
  const result = scan(text, { rules, limits: LIMITS, tokens: true, executables: 'run', escapes: 'all' });
  if (!result.ok) throw new Error(`the text is beyond the bounds: ${result.why}`);
  let looks = 0;
  const tokens: readonly Token[] = new Proxy([...result.tokens], {
    get(target, key, receiver): unknown {
      if (typeof key === 'string' && /^\d+$/.test(key)) looks++;
      return Reflect.get(target, key, receiver);
    },
  });
  readTokens(tokens, new Findings(), { dialect, schema: undefined });
  return { looks, tokens: result.tokens.length };
}

describe.each(SHAPES)('%s', (_name, text) => {
  it.each(SQL_DIALECTS)('cost no more for each token in a long text of %s than in a short one', (dialect) => {
    const short = work(text(20), dialect);
    const long = work(text(250), dialect);
    expect(long.looks).toBeGreaterThan(0);
    expect(long.looks / long.tokens).toBeLessThan(MOST);
    expect(long.looks / long.tokens).toBeLessThan((short.looks / short.tokens) * 1.5 + 5);
  });
});
