// For whoever reads calls to AWS by their operations: where the SQL of each stands in its input, and what it does.
import type { Action } from '../../core/action.ts';
import type { SqlDialect } from './dialect.ts';
import { SqlRequest } from './http/sql-request.ts';

interface AwsSql {
  readonly dialects: readonly SqlDialect[];
  /** Members that are a statement, or a list of them, or a list of structures with a statement (`Statements[].Statement`). */
  readonly members: readonly string[];
  /** Members that say where names without a schema are. */
  readonly schema: readonly string[];
}

/** The cluster's engine is not in the call. */
const AURORA: readonly SqlDialect[] = ['postgresql', 'mysql'];
const ATHENA: readonly string[] = ['QueryExecutionContext.Catalog', 'QueryExecutionContext.Database'];

const OPERATIONS: Readonly<Record<string, AwsSql>> = {
  'rds-data:ExecuteStatement': { dialects: AURORA, members: ['sql'], schema: [] },
  'rds-data:BatchExecuteStatement': { dialects: AURORA, members: ['sql'], schema: [] },
  'rds-data:ExecuteSql': { dialects: AURORA, members: ['sqlStatements'], schema: [] },
  'redshift-data:ExecuteStatement': { dialects: ['redshift'], members: ['Sql'], schema: [] },
  'redshift-data:BatchExecuteStatement': { dialects: ['redshift'], members: ['Sqls'], schema: [] },
  'athena:StartQueryExecution': { dialects: ['trino'], members: ['QueryString'], schema: ATHENA },
  'athena:CreatePreparedStatement': { dialects: ['trino'], members: ['QueryStatement'], schema: [] },
  'athena:UpdatePreparedStatement': { dialects: ['trino'], members: ['QueryStatement'], schema: [] },
  'athena:CreateNamedQuery': { dialects: ['trino'], members: ['QueryString'], schema: [] },
  'dynamodb:ExecuteStatement': { dialects: ['partiql'], members: ['Statement'], schema: [] },
  'dynamodb:BatchExecuteStatement': { dialects: ['partiql'], members: ['Statements[].Statement'], schema: [] },
  'dynamodb:ExecuteTransaction': { dialects: ['partiql'], members: ['TransactStatements[].Statement'], schema: [] },
  'timestream-query:Query': { dialects: ['trino'], members: ['QueryString'], schema: [] },
  'timestream-query:PrepareQuery': { dialects: ['trino'], members: ['QueryString'], schema: [] },
  'timestream-query:CreateScheduledQuery': { dialects: ['trino'], members: ['QueryString'], schema: [] },
};

/** True for an operation, `<service>:<operation>` by botocore's names, whose input holds SQL. */
export function isAwsSql(operation: string): boolean {
  return Object.hasOwn(OPERATIONS, operation);
}

/**
 * What the SQL of an operation does, beside what the operation itself is; none where it holds no SQL. `member` gives the values at a path
 * such as `Statements[].Statement`, in order: none where the member is absent, undefined for one that is no text.
 */
export function sqlOfAws(
  operation: string,
  member: (path: string) => readonly (string | undefined)[],
): readonly Action[] {
  const sql = Object.hasOwn(OPERATIONS, operation) ? OPERATIONS[operation] : undefined;
  if (sql === undefined) return [];
  const into = new SqlRequest(sql.dialects, { service: operation.slice(0, operation.indexOf(':')) });
  const parts = sql.schema.map((path) => member(path)[0]?.toLowerCase());
  const schema =
    parts.length > 0 && parts.every((part) => part !== undefined) ? (parts as readonly string[]) : undefined;
  const texts = sql.members.flatMap(member);
  if (texts.length === 0) into.doubt('no-statement');
  for (const text of texts) {
    if (text === undefined) into.doubt('unclear-member');
    else into.statement(text, schema);
  }
  return into.actions();
}
