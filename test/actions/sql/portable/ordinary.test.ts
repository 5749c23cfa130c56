// Statements that people and programs send all day: each is understood, or the gate would hold them for nothing.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { classifySql } from '../../../../src/actions/sql/classify-sql.ts';
import { sqlDialect } from '../../../../src/actions/sql/dialect.ts';

const LINES = readFileSync(new URL('./ordinary.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n');

it.each(LINES.map((line) => line.split(/\|(.*)/s)))('%s: %s', (name, text = '') => {
  const dialect = sqlDialect(name ?? '');
  if (dialect === undefined) throw new Error(`no dialect ${name}`);
  const odd = classifySql(text, dialect).filter(
    ({ confidence, params }) =>
      confidence !== 'exact' || (Array.isArray(params['flags']) && params['flags'].includes('unknown-function')),
  );
  expect(odd).toEqual([]);
});
