// The SQL dialects that statements can be read in, and which parser knows each. INVARIANT: a dialect that no parser here reads
// faithfully is not in the table; its statements are unknown.

export const SQL_DIALECTS = [
  'postgresql',
  'redshift',
  'mysql',
  'sqlite',
  'snowflake',
  'bigquery',
  'databricks',
  'clickhouse',
  'trino',
  'partiql',
] as const;

export type SqlDialect = (typeof SQL_DIALECTS)[number];

export interface DialectTraits {
  /** `postgresql`: the server's own parser; what it refuses, the server refuses. `portable`: our lexer and readers. */
  readonly parser: 'postgresql' | 'portable';
  /** Where a table without a schema is; undefined where the connection decides. */
  readonly schema: string | undefined;
  /** True where unquoted and quoted names are compared without case often enough that rules have to be. */
  readonly foldsNames: boolean;
}

export const DIALECTS: Readonly<Record<SqlDialect, DialectTraits>> = {
  postgresql: { parser: 'postgresql', schema: 'public', foldsNames: false },
  redshift: { parser: 'postgresql', schema: 'public', foldsNames: true },
  mysql: { parser: 'portable', schema: undefined, foldsNames: true },
  sqlite: { parser: 'portable', schema: undefined, foldsNames: true },
  snowflake: { parser: 'portable', schema: undefined, foldsNames: true },
  bigquery: { parser: 'portable', schema: undefined, foldsNames: true },
  databricks: { parser: 'portable', schema: undefined, foldsNames: true },
  clickhouse: { parser: 'portable', schema: undefined, foldsNames: true },
  partiql: { parser: 'portable', schema: undefined, foldsNames: true },
  trino: { parser: 'portable', schema: undefined, foldsNames: true },
};

const ALIASES: Readonly<Record<string, SqlDialect>> = {
  postgres: 'postgresql',
  pg: 'postgresql',
  neon: 'postgresql',
  supabase: 'postgresql',
  mariadb: 'mysql',
  d1: 'sqlite',
  libsql: 'sqlite',
  googlesql: 'bigquery',
  spark: 'databricks',
  athena: 'trino',
  presto: 'trino',
  timestream: 'trino',
  dynamodb: 'partiql',
};

/** The dialect by its name or a product's, in any case; undefined where statements of it cannot be read. */
export function sqlDialect(name: string): SqlDialect | undefined {
  const lower = name.toLowerCase();
  const alias = Object.hasOwn(ALIASES, lower) ? ALIASES[lower] : undefined;
  return alias ?? SQL_DIALECTS.find((dialect) => dialect === lower);
}
