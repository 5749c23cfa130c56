// Two readers of one text: what PostgreSQL's own parser finds in statements that every dialect knows, our reader by words has to find, or
// say that it does not know.
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { classifySql } from '../../../../src/actions/sql/classify-sql.ts';
import { DIALECTS, SQL_DIALECTS } from '../../../../src/actions/sql/dialect.ts';
import { loadSqlParser } from '../../../../src/actions/sql/load-sql-parser.ts';
import type { Action } from '../../../../src/core/action.ts';

beforeAll(async () => {
  await loadSqlParser();
});

const STATEMENTS = readFileSync(new URL('./standard.txt', import.meta.url), 'utf8')
  .trim()
  .split(/\n\n+/);
const PORTABLE = SQL_DIALECTS.filter((dialect) => DIALECTS[dialect].parser === 'portable');

/** Verb and last part of the object's name: what is the same whatever the default schema and the case of names. */
function keys(actions: readonly Action[]): readonly string[] {
  return actions
    .filter(({ resource, operation }) => resource.id !== undefined || operation !== 'select')
    .map(({ operation, resource }) => {
      const last = (resource.id ?? '-').split('.').at(-1) ?? '';
      return `${operation} ${last.replaceAll('"', '').toLowerCase()}`;
    });
}

const isWholeTable = ({ params }: Action): boolean => {
  const { flags } = params;
  return Array.isArray(flags) && flags.includes('no-where');
};

describe.each(PORTABLE)('%s', (dialect) => {
  it.each(STATEMENTS)('%s', (text) => {
    const expected = classifySql(text, 'postgresql');
    expect(expected.map(({ confidence }) => confidence)).not.toContain('unknown');
    const found = classifySql(text, dialect);
    if (found.some(({ confidence }) => confidence === 'unknown')) return;
    // MySQL's DELETE … USING deletes from all of the tables.
    const seen = keys(found).flatMap((key) => [key, key.replace(/^delete /, 'select ')]);
    expect(seen).toEqual(expect.arrayContaining([...keys(expected)]));
    const tags = new Set(found.flatMap((action) => action.tags));
    for (const tag of expected.flatMap((action) => action.tags)) expect(tags).toContain(tag);
    if (expected.some(isWholeTable)) expect(found.some(isWholeTable)).toBe(true);
  });
});

it('our reader understands nearly all of them', () => {
  const unread = STATEMENTS.filter((text) =>
    classifySql(text, 'trino').some(({ confidence }) => confidence === 'unknown'),
  );
  expect(STATEMENTS.length).toBeGreaterThan(60);
  expect(unread.length).toBeLessThan(STATEMENTS.length / 10);
});
