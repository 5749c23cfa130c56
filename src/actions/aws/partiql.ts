// PartiQL, as DynamoDB takes it: one verb on one table, without sub-queries. What reads as SQL is read as SQL; for the rest the verb and the
// table say all there is. INVARIANT: where those cannot be told for certain, it is unknown SQL.
import type { Action } from '../../core/action.ts';
import { classifySql } from '../sql/classify-sql.ts';
import { unknownSql } from '../sql/to-actions.ts';

export type PartiqlVerb = 'select' | 'insert' | 'update' | 'delete';

export interface PartiqlStatement {
  readonly verb: PartiqlVerb;
  /** Undefined where it cannot be told. */
  readonly table: string | undefined;
}

const VERBS: ReadonlySet<string> = new Set(['select', 'insert', 'update', 'delete']);
/** A condition of a transaction is a reading. */
const EXISTS = /^\s*exists\s*\(([^]*)\)\s*$/i;

/** Undefined for what begins with no verb. */
export function readPartiql(statement: string): PartiqlStatement | undefined {
  const inner = EXISTS.exec(statement)?.[1] ?? statement;
  const verb = /^\s*([A-Za-z]+)\b/.exec(inner)?.[1]?.toLowerCase() ?? '';
  return VERBS.has(verb) ? { verb: verb as PartiqlVerb, table: tableIn(inner) } : undefined;
}

function tableIn(statement: string): string | undefined {
  // Where it is written at all unusually, nothing is guessed.
  if (/--|\/\*/.test(statement)) return undefined;
  const named = [...statement.matchAll(/\b(?:from|into|update)\s+(?:"([^"]+)"|([A-Za-z][A-Za-z0-9_.-]*))/gi)];
  const [only] = named;
  return named.length === 1 ? (only?.[1] ?? only?.[2]?.split('.')[0]) : undefined;
}

const SENTENCES: Readonly<Record<PartiqlVerb, string>> = {
  select: 'Read',
  insert: 'Insert into',
  update: 'Change',
  delete: 'Delete from',
};

export function partiqlActions(statement: string, given: Readonly<Record<string, unknown>>): readonly Action[] {
  const context = { ...given, dialect: 'partiql' };
  const known = readPartiql(statement);
  if (known?.table === undefined) return [unknownSql('not-parsed', context)];
  const { verb, table } = known;
  const inner = EXISTS.exec(statement)?.[1] ?? statement;
  const read = classifySql(inner, 'trino', { context });
  const agrees =
    read.every((action) => action.confidence === 'exact') && read.some(({ operation }) => operation === verb);
  if (agrees) return read.map((action) => ({ ...action, params: { ...action.params, dialect: 'partiql' } }));
  return [
    {
      provider: 'sql',
      service: '',
      operation: verb,
      name: `sql:${verb}:${table}`,
      level: verb === 'select' ? 'read' : 'write',
      levelSource: 'rule',
      tags: verb === 'delete' ? ['destructive'] : [],
      resource: { type: 'table', id: table },
      params: { ...context, effect: verb === 'select' ? 'read' : 'write' },
      summary: `${SENTENCES[verb]} table ${table}`,
      confidence: 'exact',
    },
  ];
}
