// Operations of AWS that carry SQL: beside their own action, the call is what its statements do. INVARIANT: a statement that is not there to
// be read, or that is not where the API takes it, is unknown SQL, never none.
import type { Action } from '../../core/action.ts';
import type { JsonObject, JsonValue } from '../../core/body/json.ts';
import { classifySql } from '../sql/classify-sql.ts';
import type { SqlDialect } from '../sql/dialect.ts';
import { onlyReads } from '../sql/only-reads.ts';
import { unknownSql } from '../sql/to-actions.ts';
import { partiqlActions } from './partiql.ts';
import type { Reading } from './reading.ts';

interface Carrier {
  readonly dialects: readonly SqlDialect[] | 'partiql';
  /** Undefined where the API would not take it. */
  readonly texts: (tree: JsonObject) => readonly string[] | undefined;
  /** False where the call does more than its statements say, even if those only read. */
  readonly bare?: (tree: JsonObject) => boolean;
  /** Parameters that say which database it is for. */
  readonly database?: readonly string[];
  /** The list of named values that the service puts in for `:name`, and what they are called there. */
  readonly values?: (tree: JsonObject) => readonly JsonValue[];
}

const text =
  (name: string): Carrier['texts'] =>
  (tree) => {
    const value = tree.get(name);
    return typeof value === 'string' ? [value] : undefined;
  };
const list = (value: JsonValue | undefined): readonly JsonValue[] =>
  Array.isArray(value) ? (value as readonly JsonValue[]) : [];
const member = (value: JsonValue | undefined, name: string): JsonValue | undefined =>
  value instanceof Map ? (value as JsonObject).get(name) : undefined;
const texts = (values: readonly (JsonValue | undefined)[]): readonly string[] | undefined =>
  values.length > 0 && values.every((each) => typeof each === 'string') ? values : undefined;
const statements =
  (name: string): Carrier['texts'] =>
  (tree) =>
    texts(list(tree.get(name)).map((each) => member(each, 'Statement')));

/** Aurora is either of them, and the call does not say which. */
const AURORA: readonly SqlDialect[] = ['postgresql', 'mysql'];
const aurora = (name: string): Carrier => ({
  dialects: AURORA,
  texts: text(name),
  database: ['schema', 'database'],
  values: (tree) => [...list(tree.get('parameters')), ...list(tree.get('parameterSets')).flatMap(list)],
});

const ATHENA: ReadonlySet<string> = new Set([
  'ClientRequestToken',
  'ExecutionParameters',
  'QueryExecutionContext',
  'QueryString',
  'ResultReuseConfiguration',
  'WorkGroup',
]);

/** A text, a number, a moment or a word for nothing; any other expression may ask for more than the statement says. */
const LITERAL =
  /^\s*(?:(?:date|time|timestamp)?\s*'(?:[^']|'')*'|[+-]?\d+(?:\.\d*)?(?:e[+-]?\d+)?|true|false|null)\s*$/i;

function isBareAthena(tree: JsonObject): boolean {
  // Any other parameter may say where the rows are written to; the workgroup says it where none does.
  if (![...tree.keys()].every((name) => ATHENA.has(name))) return false;
  const asked = [tree.get('QueryString'), member(tree.get('QueryExecutionContext'), 'Catalog')];
  // A catalog of this name is a function that is run with the query ("Use federated queries", Athena User Guide).
  if (asked.some((each) => typeof each === 'string' && /lambda\s*:/i.test(each))) return false;
  const values = tree.get('ExecutionParameters');
  if (values === undefined || values === null) return true;
  return list(values).length > 0 && list(values).every((each) => typeof each === 'string' && LITERAL.test(each));
}

const CARRIERS: Readonly<Record<string, Carrier>> = {
  'rds-data ExecuteStatement': aurora('sql'),
  'rds-data BatchExecuteStatement': aurora('sql'),
  'rds-data ExecuteSql': aurora('sqlStatements'),
  'redshift-data ExecuteStatement': {
    dialects: ['redshift'],
    texts: text('Sql'),
    values: (tree) => list(tree.get('Parameters')),
  },
  'redshift-data BatchExecuteStatement': {
    dialects: ['redshift'],
    texts: (tree) => texts(list(tree.get('Sqls'))),
    values: (tree) => list(tree.get('Parameters')),
  },
  'athena StartQueryExecution': {
    dialects: ['trino'],
    texts: text('QueryString'),
    database: ['QueryExecutionContext'],
    bare: isBareAthena,
  },
  'timestream-query Query': { dialects: ['trino'], texts: text('QueryString') },
  'timestream-query CreateScheduledQuery': { dialects: ['trino'], texts: text('QueryString'), bare: () => false },
  'dynamodb ExecuteStatement': { dialects: 'partiql', texts: text('Statement') },
  'dynamodb BatchExecuteStatement': { dialects: 'partiql', texts: statements('Statements') },
  'dynamodb ExecuteTransaction': { dialects: 'partiql', texts: statements('TransactStatements') },
};

/** More statements than anybody would look at. */
const MAX_STATEMENTS = 100;

/** What the SQL of a call does; nothing for operations that carry none. `sure`: whether the call is surely this operation. */
export function sqlActions({ operation, parameters }: Reading, confidence: Action['confidence']): readonly Action[] {
  if (!operation) return [];
  const key = `${operation.service.id} ${operation.name}`;
  const carrier = Object.hasOwn(CARRIERS, key) ? CARRIERS[key] : undefined;
  if (!carrier) return [];
  const context = { carrier: `aws:${operation.service.id}:${operation.name}` };
  if (parameters.state !== 'whole') return [unknownSql('not-read', context)];
  const found = carrier.texts(parameters.tree);
  if (!found) return [unknownSql('no-statement', context)];
  if (found.length > MAX_STATEMENTS) return [unknownSql('too-many-statements', context)];
  const actions = found.flatMap((each) => read(each, carrier, parameters.tree, context));
  return confidence === 'exact' ? actions : actions.map((action) => ({ ...action, confidence: doubted(action) }));
}

/** Is `action`, in the words of IAM, one that loses `sql-execution` where its statements only read? */
export function mayOnlyRead(action: string): boolean {
  return action === 'dynamodb:PartiQLSelect' || action === 'timestream:Select' || CARRIED.has(action);
}

const CARRIED: ReadonlySet<string> = new Set(Object.keys(CARRIERS).map((key) => key.replace(' ', ':')));

/** Do the statements of the call (`sql`, as sqlActions found them) only read, and does nothing else happen? */
export function sqlIsRead({ operation, parameters }: Reading, sql: readonly Action[]): boolean {
  const key = operation ? `${operation.service.id} ${operation.name}` : '';
  const carrier = Object.hasOwn(CARRIERS, key) ? CARRIERS[key] : undefined;
  // Athena keeps what is prepared in the workgroup, for whoever executes it next ("Use prepared statements", Athena User Guide).
  if (key.startsWith('athena ') && sql.some(({ operation: verb }) => verb === 'prepare')) return false;
  return carrier !== undefined && onlyReads(sql) && (carrier.bare?.(parameters.tree) ?? true);
}

const doubted = ({ confidence }: Action): Action['confidence'] => (confidence === 'exact' ? 'ambiguous' : confidence);

function read(
  statement: string,
  { dialects, database = [], values }: Carrier,
  tree: JsonObject,
  context: Readonly<Record<string, unknown>>,
): readonly Action[] {
  if (dialects === 'partiql') return partiqlActions(statement, context);
  const schema = database.flatMap((name) => namesIn(tree.get(name)));
  const names = new Set((values?.(tree) ?? []).map((each) => member(each, 'name')));
  const options = { context, ...(schema.length === 0 ? {} : { schema: [schema[0] ?? ''] }) };
  return classifySql(withPlaces(statement, names), dialects, options);
}

function namesIn(value: JsonValue | undefined): readonly string[] {
  const name = value instanceof Map ? (value as JsonObject).get('Database') : value;
  return typeof name === 'string' && name !== '' ? [name] : [];
}

/** The service puts a value in for each `:name` that the call gives one for; to a parser it is a number. */
function withPlaces(statement: string, names: ReadonlySet<JsonValue | undefined>): string {
  if (names.size === 0) return statement;
  return statement.replaceAll(/(?<![:\w$]):([A-Za-z_]\w*)/g, (whole, name: string) => (names.has(name) ? '0' : whole));
}
