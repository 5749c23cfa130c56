// What a text of SQL does, statement by statement. INVARIANT: never throws; a text that is too long, too deep, not understood, or that
// servers could read in two ways has an action of confidence `unknown` among its own.
import type { Action } from '../../core/action.ts';
import { DIALECTS, type SqlDialect } from './dialect.ts';
import { Findings } from './finding.ts';
import { readPortable } from './portable/read-portable.ts';
import { readPostgres } from './postgres/read-postgres.ts';
import type { Reading } from './reading.ts';
import { agreed } from './several-dialects.ts';
import { type SqlContext, toActions, unknownSql } from './to-actions.ts';

const MAX_BYTES = 256 * 1024;

export interface SqlOptions {
  /** Parameters that every action gets: what carried the statement. */
  readonly context?: SqlContext;
  /** Where names without a schema are (`['db', 'schema']`), if the carrier says it and the dialect has no default of its own. */
  readonly schema?: readonly string[] | undefined;
}

/** The actions of a text of one or more statements; several dialects where the server may speak any of them. */
export function classifySql(
  text: string,
  dialect: SqlDialect | readonly SqlDialect[],
  options: SqlOptions = {},
): readonly Action[] {
  const dialects = typeof dialect === 'string' ? [dialect] : dialect;
  const context = { ...options.context, dialect: dialects.join('|') };
  if (text.length > MAX_BYTES || Buffer.byteLength(text) > MAX_BYTES) return [unknownSql('too-long', context)];
  // PostgreSQL's parser, and some servers, end the text at a NUL.
  if (text.includes('\0') || !text.isWellFormed()) return [unknownSql('not-text', context)];
  try {
    const readings = dialects.map((each) => read(text, each, options));
    const [first] = readings;
    if (first === undefined) return [unknownSql('no-dialect', context)];
    return readings.length === 1 ? toActions(first.findings, context) : agreed(text, readings, context);
  } catch {
    // A tree deeper than the stack: bounded before, so that this is not expected to happen.
    return [unknownSql('not-read', context)];
  }
}

function read(text: string, dialect: SqlDialect, options: SqlOptions): Reading {
  const findings = new Findings();
  const { parser, schema } = DIALECTS[dialect];
  const portable = { dialect, schema: schema === undefined ? options.schema : [schema] };
  if (parser === 'portable') {
    readPortable(text, findings, portable);
    return { dialect, findings, refused: false };
  }
  if (readPostgres(text, findings, dialect)) return { dialect, findings, refused: false };
  if (dialect !== 'redshift') return { dialect, findings, refused: true };
  // Redshift has statements of its own: UNLOAD, COPY from S3, external tables.
  const own = new Findings();
  readPortable(text, own, portable);
  return { dialect, findings: own, refused: false };
}
