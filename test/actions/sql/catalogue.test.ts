// The catalogue names every verb that the readers find, with every tag that its actions can have.
import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { sqlCatalogue } from '../../../src/actions/sql/catalogue.ts';
import { classifySql } from '../../../src/actions/sql/classify-sql.ts';
import { loadSqlParser } from '../../../src/actions/sql/load-sql-parser.ts';
import type { Action } from '../../../src/core/action.ts';
import { casesOf, FILES } from './statements.ts';

beforeAll(async () => {
  await loadSqlParser();
});

const entries = new Map([...sqlCatalogue().entries()].map((entry) => [entry.name, entry]));

it('has every verb and tag of the statements', () => {
  const missing = new Set<string>();
  const found: Action[] = FILES.flatMap(([name, dialects]) =>
    casesOf(name).flatMap(({ text }) => [...classifySql(text, dialects)]),
  );
  for (const { name, operation, tags } of found) {
    const entry = entries.get(name === 'sql:unknown' ? name : `sql:${operation}:*`);
    if (!entry) missing.add(operation);
    for (const tag of tags) if (entry && !entry.tags.includes(tag)) missing.add(`${operation} ${tag}`);
  }
  expect(found.length).toBeGreaterThan(900);
  expect([...missing].toSorted()).toEqual([]);
});

it('has every verb that the sources write', () => {
  const folder = new URL('../../../src/actions/sql/', import.meta.url);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const verbs = files.flatMap((file) => [
    ...readFileSync(new URL(file, folder), 'utf8').matchAll(/\bverb: '([a-z]+)'|on(?:Session|Tables?)\('([a-z]+)'/g),
  ]);
  const names = new Set(verbs.map(([, field, argument]) => field ?? argument ?? ''));
  expect(names.size).toBeGreaterThan(40);
  expect([...names].filter((verb) => !entries.has(`sql:${verb}:*`))).toEqual([]);
});

it('is open: the objects are the statement’s own', () => {
  expect(sqlCatalogue().complete).toBe(false);
});
