// What statements do, in every dialect: the files of statements/ say for each of some 500 what is found.
import { beforeAll, describe, expect, it } from 'vitest';
import { classifySql } from '../../../src/actions/sql/classify-sql.ts';
import { loadSqlParser } from '../../../src/actions/sql/load-sql-parser.ts';
import { TAGS } from '../../../src/core/policy/schema-words.ts';
import { casesOf, FILES, line, lines } from './statements.ts';

beforeAll(async () => {
  await loadSqlParser();
});

describe.each(FILES)('statements of %s', (name, dialects) => {
  const cases = casesOf(name);

  it.each(cases.map(({ text, does }) => [text, does] as const))('%s', (text, does) => {
    const actions = classifySql(text, dialects);
    expect(actions.map(line)).toEqual(does);
    for (const { tags } of actions) expect(TAGS).toEqual(expect.arrayContaining([...tags]));
  });
});

describe('all files together', () => {
  it('have several hundred statements, each once', () => {
    const all = FILES.flatMap(([name]) => casesOf(name).map(({ text }) => `${name}\n${text}`));
    expect(all.length).toBeGreaterThan(450);
    expect(new Set(all).size).toBe(all.length);
  });

  it('hold what no server of the dialect would parse', () => {
    for (const [name] of FILES.slice(0, -1))
      expect(lines('SELECT * FORM users', name)).toContain('unknown: not-parsed');
  });
});

describe('an action', () => {
  it('has an object in the schema that the server looks in first', () => {
    expect(classifySql('DELETE FROM users WHERE id = 5', 'postgresql')).toEqual([
      {
        provider: 'sql',
        service: '',
        operation: 'delete',
        name: 'sql:delete:public.users',
        level: 'write',
        levelSource: 'rule',
        tags: ['destructive'],
        resource: { type: 'table', id: 'public.users', namespace: 'public' },
        params: { dialect: 'postgresql', effect: 'write' },
        summary: 'Delete from public.users',
        confidence: 'exact',
      },
    ]);
  });

  it('has the schema that the carrier of the statement says', () => {
    const [action] = classifySql('SELECT * FROM users', 'snowflake', { schema: ['prod', 'public'] });
    expect(action).toMatchObject({ name: 'sql:select:prod.public.users', resource: { namespace: 'prod.public' } });
  });

  it('says what the carrier adds', () => {
    const [action] = classifySql('SELECT 1', 'mysql', { context: { cluster: 'c' } });
    expect(action?.params).toMatchObject({ cluster: 'c', dialect: 'mysql' });
  });

  it('has one plain sentence', () => {
    const summary = (text: string): string => classifySql(text, 'postgresql')[0]?.summary ?? '';
    expect(summary('DELETE FROM users')).toBe('Delete from public.users, without a condition: every row');
    expect(summary('GRANT SELECT ON t TO bob')).toBe('Grant rights on public.t to bob (select)');
    expect(summary("COPY t TO PROGRAM 'sh'")).toBe('Copy public.t, with a program on the server');
    expect(summary('SELEC 1')).toBe('Run SQL that could not be understood (not parsed)');
  });

  it('shows no secrets of the statement', () => {
    for (const [name, dialects] of FILES) {
      for (const { text } of casesOf(name))
        expect(JSON.stringify(classifySql(text, dialects))).not.toContain('hunter2');
    }
  });
});
