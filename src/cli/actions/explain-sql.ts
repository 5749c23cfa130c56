// `holdgate actions explain --sql`: what statements do, one a line. A line is the statement itself; one that begins with `{` is
// `{"sql": …, "dialect": …}` and one in double quotes a JSON string, for statements of several lines.
import { z } from 'zod';
import { classifySql } from '../../actions/sql/classify-sql.ts';
import { SQL_DIALECTS, type SqlDialect, sqlDialect } from '../../actions/sql/dialect.ts';
import { loadSqlParser } from '../../actions/sql/load-sql-parser.ts';
import { unknownName } from '../../core/policy/schema-leaves.ts';
import { answerLines, jsonLine, type LineAnswer } from '../answer-lines.ts';
import { exitCode } from '../exit-codes.ts';
import type { CommandIo } from '../policy/command-io.ts';
import { actionsJson } from './action-json.ts';

const statementSchema = z.object({ sql: z.string(), dialect: z.string().nullish() });

/** Answers every line of the input; `dialect` is that of lines which name none. The exit code is that of `explain --batch`. */
export async function runActionsExplainSql(dialect: string, io: CommandIo): Promise<number> {
  const known = sqlDialect(dialect);
  if (known === undefined) {
    io.err(`${unknownName('dialect', dialect, SQL_DIALECTS)}\n`);
    return exitCode('usage');
  }
  await loadSqlParser();
  return exitCode((await answerLines((line) => answerStatement(line, known), io)) ? 'ok' : 'usage');
}

function answerStatement(line: string, dialect: SqlDialect): LineAnswer {
  const read = readStatement(line, dialect);
  return read.ok ? { ok: true, json: actionsJson(classifySql(read.sql, read.dialect)) } : read;
}

type Statement =
  | { readonly ok: true; readonly sql: string; readonly dialect: SqlDialect }
  | { readonly ok: false; readonly message: string };

function readStatement(line: string, dialect: SqlDialect): Statement {
  const text = line.trim();
  if (text === '') return { ok: false, message: 'an empty line' };
  if (!text.startsWith('{') && !/^".*"$/s.test(text)) return { ok: true, sql: line, dialect };
  const json = jsonLine(text);
  if (!json.ok) return json;
  const { value } = json;
  if (typeof value === 'string') return { ok: true, sql: value, dialect };
  const parsed = statementSchema.safeParse(value);
  if (!parsed.success)
    return { ok: false, message: 'expected {"sql": "…", "dialect": "…"}; the dialect may be left out' };
  const { sql, dialect: named } = parsed.data;
  if (named === undefined || named === null) return { ok: true, sql, dialect };
  const known = sqlDialect(named);
  return known
    ? { ok: true, sql, dialect: known }
    : { ok: false, message: unknownName('dialect', named, SQL_DIALECTS) };
}
