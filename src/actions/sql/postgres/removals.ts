// DROP and TRUNCATE.
import type { Finding } from '../finding.ts';
import { changeTags, isAuditTable } from '../special-tables.ts';
import { fields, list, type Node, text } from './node.ts';
import { objectParts, objectType, roleName, roleNames } from './object-types.ts';
import type { Reader, StatementReaders } from './reader.ts';

/** Objects whose removal lets somebody do more, or unseen. */
const GUARDS: Readonly<Record<string, string>> = {
  policy: 'privilege-escalation',
  'event trigger': 'audit-tamper',
  trigger: 'audit-tamper',
  rule: 'audit-tamper',
};

function flags(node: Node): readonly string[] {
  return node['behavior'] === 'DROP_CASCADE' ? ['cascade'] : [];
}

function dropped({ findings }: Reader, type: string, name: readonly string[] | undefined, node: Node): void {
  const last = name?.at(-1) ?? '';
  const guard = Object.hasOwn(GUARDS, type) ? GUARDS[type] : undefined;
  const audit = isAuditTable(last) || (type === 'extension' && last === 'pgaudit');
  const finding: Finding = {
    verb: 'drop',
    effect: 'ddl',
    type,
    ...(name === undefined ? {} : { name }),
    ...(type === 'role' ? { level: 'permissions-management' } : {}),
    tags: ['destructive', ...(guard === undefined ? [] : [guard]), ...(audit ? ['audit-tamper'] : [])],
    flags: flags(node),
  };
  findings.add(finding);
}

function named(type: string, key: string): StatementReaders[string] {
  return (node, reader) => {
    dropped(reader, type, [text(node[key]) ?? '?'], node);
  };
}

export const REMOVALS: StatementReaders = {
  DropStmt: (node, reader) => {
    const type = objectType(node['removeType']);
    for (const object of list(node['objects'])) dropped(reader, type, objectParts(object, type), node);
  },
  DropdbStmt: named('database', 'dbname'),
  DropTableSpaceStmt: named('tablespace', 'tablespacename'),
  DropSubscriptionStmt: named('subscription', 'subname'),
  DropUserMappingStmt: named('user mapping', 'servername'),
  DropRoleStmt: (node, reader) => {
    for (const role of roleNames(node['roles'])) dropped(reader, 'role', [role], node);
  },
  DropOwnedStmt: (node, reader) => {
    for (const role of list(node['roles'])) dropped(reader, 'owned objects', [roleName(role)], node);
  },
  TruncateStmt: (node, { findings }) => {
    for (const relation of list(node['relations'])) {
      const name = objectParts(relation, 'table') ?? ['public', '?'];
      const tags = ['destructive', ...changeTags(name)];
      findings.add({
        verb: 'truncate',
        effect: 'write',
        type: 'table',
        name,
        tags,
        flags: flags(node),
      });
    }
  },
  ReassignOwnedStmt: (node, { findings }) => {
    const to = roleName(fields(node['newrole']));
    for (const role of roleNames(node['roles'])) {
      const params = { owner: to };
      const tags = ['privilege-escalation'];
      findings.add({ verb: 'alter', effect: 'privilege', type: 'owned objects', name: [role], tags, params });
    }
  },
};
