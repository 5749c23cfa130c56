// From a table as the parser gives it to its name: the schema that PostgreSQL looks in first is filled in, the database left out
// (it can only be the current one).
import { isCatalogueTable } from './catalogue.ts';
import { type Node, text } from './node.ts';

/** `[schema, table]` of a RangeVar. */
export function relationName(relation: Node): readonly [schema: string, table: string] {
  const table = text(relation['relname']) ?? '?';
  return [text(relation['schemaname']) ?? schemaOf(table, relation), table];
}

function schemaOf(table: string, relation: Node): string {
  if (isCatalogueTable(table)) return 'pg_catalog';
  return relation['relpersistence'] === 't' ? 'pg_temp' : 'public';
}

/** `[schema, object]` of a name in parts, as of functions and types. */
export function qualified(parts: readonly string[]): readonly string[] {
  return parts.length >= 2 ? parts.slice(-2) : ['public', parts[0] ?? '?'];
}
