// The statements of statements/<dialect>.txt with what each does: blocks parted by an empty line, one line `=> …` for each action.
import { readFileSync } from 'node:fs';
import { classifySql } from '../../../src/actions/sql/classify-sql.ts';
import { SQL_DIALECTS, type SqlDialect, sqlDialect } from '../../../src/actions/sql/dialect.ts';
import type { Action } from '../../../src/core/action.ts';

export interface Case {
  readonly text: string;
  readonly does: readonly string[];
}

/** Files of statements: their name and the dialects that they are read in. */
export const FILES: readonly (readonly [name: string, dialects: readonly SqlDialect[]])[] = [
  ...SQL_DIALECTS.map((dialect) => [dialect, [dialect]] as const),
  ['postgresql-or-mysql', ['postgresql', 'mysql']],
];

export function casesOf(name: string): readonly Case[] {
  const text = readFileSync(new URL(`./statements/${name}.txt`, import.meta.url), 'utf8').trimEnd();
  return text.split(/\n\n+/).map((block) => {
    const rows = block.split('\n');
    const does = rows.filter((row) => row.startsWith('=> ')).map((row) => row.slice(3));
    return { text: rows.filter((row) => !row.startsWith('=> ')).join('\n'), does };
  });
}

/** `name [(confidence)] level tags +flags`, or why it is unknown. */
export function line({ name, level, tags, params, confidence }: Action): string {
  if (confidence === 'unknown') return `unknown: ${String(params['why'])}`;
  const flags = Array.isArray(params['flags']) ? params['flags'].map((flag) => `+${String(flag)}`) : [];
  return [name, ...(confidence === 'exact' ? [] : [`(${confidence})`]), level, ...tags, ...flags].join(' ');
}

export function lines(text: string, dialect: string): readonly string[] {
  const known = sqlDialect(dialect);
  if (known === undefined) throw new Error(`no dialect ${dialect}`);
  return classifySql(text, known).map(line);
}
