// PostgreSQL's kinds of objects, and how each is named in the syntax tree.
import { as, fields, list, strings, text } from './node.ts';
import { qualified, relationName } from './relation.ts';

/** `OBJECT_FOREIGN_TABLE` → `foreign table`. */
export function objectType(value: unknown): string {
  const word = text(value) ?? 'OBJECT_OBJECT';
  return word
    .replace(/^OBJECT_/, '')
    .toLowerCase()
    .replaceAll('_', ' ')
    .replace(/^matview$/, 'materialized view');
}

/** Objects that live in a schema, so that a bare name is one of the default schema. */
const IN_SCHEMA: ReadonlySet<string> = new Set([
  'aggregate',
  'collation',
  'conversion',
  'domain',
  'foreign table',
  'function',
  'index',
  'materialized view',
  'opclass',
  'operator',
  'opfamily',
  'procedure',
  'routine',
  'sequence',
  'statistic ext',
  'table',
  'tsconfiguration',
  'tsdictionary',
  'tsparser',
  'tstemplate',
  'type',
  'view',
]);
/** Objects whose name ends in that of the table they belong to, and then their own. */
const ON_TABLE: ReadonlySet<string> = new Set(['column', 'policy', 'rule', 'tabconstraint', 'trigger']);

/** The name of an object node of this type; undefined where it has none (a cast). */
export function objectParts(node: unknown, type: string): readonly string[] | undefined {
  const relation = as(node, 'RangeVar');
  if (relation !== undefined) return relationName(relation);
  const parts = namesOf(node);
  if (parts.length === 0) return undefined;
  if (ON_TABLE.has(type)) return parts.length > 2 ? parts.slice(-3) : ['public', ...parts];
  return IN_SCHEMA.has(type) ? qualified(parts) : parts;
}

function namesOf(node: unknown): readonly string[] {
  const single = text(as(node, 'String')?.['sval']);
  if (single !== undefined) return [single];
  const withArgs = as(node, 'ObjectWithArgs');
  if (withArgs !== undefined) return strings(withArgs['objname']);
  const typeName = as(node, 'TypeName');
  if (typeName !== undefined) return strings(typeName['names']);
  const items = list(as(node, 'List')?.['items']);
  const names = strings(items);
  return names.length > 0 ? names : strings(fields(as(items[0], 'TypeName'))['names']);
}

/** The name of a role, or what stands for one: `CURRENT_USER`, `PUBLIC`. */
export function roleName(value: unknown): string {
  const role = fields(as(value, 'RoleSpec') ?? value);
  return text(role['rolename']) ?? (text(role['roletype']) ?? 'role').replace(/^ROLESPEC_/, '').toLowerCase();
}

export function roleNames(value: unknown): readonly string[] {
  return list(value).map(roleName);
}

/** The options of a statement: name in lower case → node. */
export function options(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(
    list(value).flatMap((each) => {
      const element = as(each, 'DefElem');
      return element === undefined ? [] : [[(text(element['defname']) ?? '').toLowerCase(), element['arg']] as const];
    }),
  );
}
