// ALTER …, RENAME, COMMENT: what is changed; who owns or sees what is a matter of rights.
import type { Finding } from '../finding.ts';
import { isAuditTable } from '../special-tables.ts';
import { as, fields, list, type Node, strings, text } from './node.ts';
import { objectParts, objectType, options, roleName } from './object-types.ts';
import type { StatementReaders } from './reader.ts';
import { qualified, relationName } from './relation.ts';

type Rest = Omit<Finding, 'verb' | 'effect'>;

function altered(rest: Rest): Finding {
  return { verb: 'alter', effect: 'ddl', ...rest };
}

const RIGHTS = { level: 'permissions-management', tags: ['privilege-escalation'] } as const;

const DESTROYS: ReadonlySet<string> = new Set([
  'AT_DropColumn',
  'AT_DropConstraint',
  'AT_DropExpression',
  'AT_DropIdentity',
  'AT_DetachPartition',
  'AT_AlterColumnType',
]);
const CHANGES_RIGHTS: ReadonlySet<string> = new Set([
  'AT_ChangeOwner',
  'AT_EnableRowSecurity',
  'AT_DisableRowSecurity',
  'AT_ForceRowSecurity',
  'AT_NoForceRowSecurity',
]);
const CHANGES_TRIGGERS = /^AT_(?:Enable|Disable)[A-Za-z]*(?:Trig|Rule)/;

function alterTable(node: Node): Finding {
  const commands = list(node['cmds']).map((each) => text(as(each, 'AlterTableCmd')?.['subtype']) ?? '');
  const [schema, table] = relationName(fields(node['relation']));
  const rights = commands.some((command) => CHANGES_RIGHTS.has(command));
  const tags = [
    ...(commands.some((command) => DESTROYS.has(command)) ? ['destructive'] : []),
    ...(rights ? ['privilege-escalation'] : []),
    ...(commands.some((command) => CHANGES_TRIGGERS.test(command)) || isAuditTable(table) ? ['audit-tamper'] : []),
  ];
  return altered({
    type: objectType(node['objtype']),
    name: [schema, table],
    ...(rights ? { level: 'permissions-management' } : {}),
    tags,
    params: { changes: [...new Set(commands)].slice(0, 20).map((command) => command.replace(/^AT_/, '')) },
  });
}

/** The object of a statement that names it by `relation` or by `object`. */
function target(node: Node, type: string): Pick<Finding, 'type' | 'name'> {
  const relation = fields(node['relation']);
  const name = 'relname' in relation ? relationName(relation) : objectParts(node['object'], type);
  return { type, ...(name === undefined ? {} : { name }) };
}

/** Statements that only name what they change: kind → type and where the name is. */
const SIMPLE: readonly (readonly [kind: string, type: string, key: string, how: 'text' | 'names' | 'relation'])[] = [
  ['AlterSeqStmt', 'sequence', 'sequence', 'relation'],
  ['AlterDomainStmt', 'domain', 'typeName', 'names'],
  ['AlterEnumStmt', 'type', 'typeName', 'names'],
  ['AlterTypeStmt', 'type', 'typeName', 'names'],
  ['AlterCollationStmt', 'collation', 'collname', 'names'],
  ['AlterStatsStmt', 'statistics', 'defnames', 'names'],
  ['AlterOpFamilyStmt', 'opfamily', 'opfamilyname', 'names'],
  ['AlterTSDictionaryStmt', 'tsdictionary', 'dictname', 'names'],
  ['AlterTSConfigurationStmt', 'tsconfiguration', 'cfgname', 'names'],
  ['AlterDatabaseStmt', 'database', 'dbname', 'text'],
  ['AlterDatabaseRefreshCollStmt', 'database', 'dbname', 'text'],
  ['AlterTableSpaceOptionsStmt', 'tablespace', 'tablespacename', 'text'],
  ['AlterTableMoveAllStmt', 'tablespace', 'orig_tablespacename', 'text'],
];
const TAGGED: readonly (readonly [kind: string, type: string, key: string, tag: string])[] = [
  ['AlterFdwStmt', 'fdw', 'fdwname', 'network-exposure'],
  ['AlterForeignServerStmt', 'foreign server', 'servername', 'network-exposure'],
  ['AlterUserMappingStmt', 'user mapping', 'servername', 'network-exposure'],
  ['AlterPublicationStmt', 'publication', 'pubname', 'external-sharing'],
  ['AlterSubscriptionStmt', 'subscription', 'subname', 'network-exposure'],
  ['AlterExtensionStmt', 'extension', 'extname', 'code-execution'],
  ['AlterExtensionContentsStmt', 'extension', 'extname', 'code-execution'],
  ['AlterEventTrigStmt', 'event trigger', 'trigname', 'audit-tamper'],
];

function nameBy(node: Node, key: string, how: 'text' | 'names' | 'relation'): readonly string[] {
  if (how === 'relation') return relationName(fields(node[key]));
  return how === 'names' ? qualified(strings(node[key])) : [text(node[key]) ?? '?'];
}

export const ALTERATIONS: StatementReaders = {
  ...Object.fromEntries(
    SIMPLE.map(([kind, type, key, how]): [string, StatementReaders[string]] => [
      kind,
      (node, { findings }) => {
        findings.add(altered({ type, name: nameBy(node, key, how) }));
      },
    ]),
  ),
  ...Object.fromEntries(
    TAGGED.map(([kind, type, key, tag]): [string, StatementReaders[string]] => [
      kind,
      (node, { findings }) => {
        findings.add(altered({ type, name: nameBy(node, key, 'text'), tags: [tag] }));
      },
    ]),
  ),
  AlterTableStmt: (node, { findings, walk }) => {
    findings.add(alterTable(node));
    // Defaults, checks and USING run over the rows that are there.
    walk.walk(node['cmds']);
  },
  AlterFunctionStmt: (node, { findings }) => {
    const given = options(node['actions']);
    const rights = given.has('security') || given.has('set') ? RIGHTS : {};
    const name = qualified(strings(fields(node['func'])['objname']));
    findings.add(altered({ type: objectType(node['objtype']), name, ...rights }));
  },
  AlterOwnerStmt: (node, { findings }) => {
    const params = { owner: roleName(node['newowner']) };
    findings.add(altered({ ...target(node, objectType(node['objectType'])), ...RIGHTS, params }));
  },
  AlterObjectSchemaStmt: (node, { findings }) => {
    const params = { schema: text(node['newschema']) };
    findings.add(altered({ ...target(node, objectType(node['objectType'])), params }));
  },
  AlterObjectDependsStmt: (node, { findings }) => {
    findings.add(altered(target(node, objectType(node['objectType']))));
  },
  AlterOperatorStmt: (node, { findings }) => {
    const name = strings(fields(node['opername'])['objname']);
    findings.add(altered({ type: 'operator', name: qualified(name) }));
  },
  RenameStmt: (node, { findings }) => {
    const inside = node['renameType'] === 'OBJECT_COLUMN' || node['renameType'] === 'OBJECT_TABCONSTRAINT';
    const type = objectType(inside ? node['relationType'] : node['renameType']);
    const rights = type === 'role' ? RIGHTS : {};
    const old = text(node['subname']);
    const named = target(node, type);
    const name = named.name ?? (old === undefined ? undefined : [old]);
    const params = { renamed_to: text(node['newname']) };
    findings.add(altered({ type, ...(name === undefined ? {} : { name }), ...rights, params }));
  },
  CommentStmt: (node, { findings }) => {
    const type = objectType(node['objtype']);
    findings.add({ verb: 'comment', effect: 'ddl', level: 'tagging', ...target(node, type) });
  },
};
