// Roles, GRANT, REVOKE, row-level policies: who may do what. Passwords never leave this file.
import type { Finding } from '../finding.ts';
import { as, constant, fields, list, type Node, strings, text } from './node.ts';
import { objectParts, objectType, options, roleName, roleNames } from './object-types.ts';
import type { Reader, StatementReaders } from './reader.ts';
import { relationName } from './relation.ts';

const ESCALATES = ['privilege-escalation'];

/** `schemas`: those that default privileges are for. */
function grant(node: Node, { findings }: Reader, forDefaults: boolean, schemas: readonly string[] = []): void {
  const isGrant = node['is_grant'] === true;
  const all = node['targtype'] === 'ACL_TARGET_ALL_IN_SCHEMA';
  const type = objectType(node['objtype']);
  const grantees = roleNames(node['grantees']);
  const privileges = list(node['privileges']).map((each) => text(as(each, 'AccessPriv')?.['priv_name']) ?? 'all');
  const common = {
    verb: isGrant ? 'grant' : 'revoke',
    effect: 'privilege',
    tags: isGrant ? ESCALATES : [],
    flags: [
      ...(grantees.includes('public') ? ['to-public'] : []),
      ...(node['grant_option'] === true ? ['with-grant-option'] : []),
      ...(all ? ['all-in-schema'] : []),
      ...(forDefaults ? ['default-privileges'] : []),
      ...(node['behavior'] === 'DROP_CASCADE' ? ['cascade'] : []),
    ],
    params: { privileges: privileges.length === 0 ? ['all'] : privileges, grantees },
  } as const;
  const objects = list(node['objects']);
  for (const name of schemas) findings.add({ ...common, type: 'schema', name: [name] });
  if (objects.length + schemas.length === 0) findings.add({ ...common, type });
  for (const object of objects) {
    const name = all ? strings([object]) : objectParts(object, type);
    findings.add({ ...common, type: all ? 'schema' : type, ...(name === undefined ? {} : { name }) });
  }
}

const POWERS = ['superuser', 'createrole', 'createdb', 'isreplication', 'bypassrls'] as const;

function role(verb: 'create' | 'alter', name: string, node: Node): Finding {
  const given = options(node['options']);
  const powers = POWERS.filter((power) => constant(given.get(power)) === 'true');
  const login = node['stmt_type'] === 'ROLESTMT_USER' || constant(given.get('canlogin')) === 'true';
  const credential = login || given.has('password');
  return {
    verb,
    effect: 'privilege',
    type: 'role',
    name: [name],
    tags: [...ESCALATES, ...(credential ? ['credential-issue'] : [])],
    flags: powers,
    params: given.has('password') ? { password: '[redacted]' } : {},
  };
}

function policy(verb: 'create' | 'alter'): StatementReaders[string] {
  return (node, { findings, walk }) => {
    const name = [...relationName(fields(node['table'])), text(node['policy_name']) ?? '?'];
    findings.add({ verb, effect: 'privilege', type: 'policy', name, tags: ESCALATES });
    walk.walk(node['qual']);
    walk.walk(node['with_check']);
  };
}

export const PRIVILEGES: StatementReaders = {
  GrantStmt: (node, reader) => {
    grant(node, reader, false);
  },
  AlterDefaultPrivilegesStmt: (node, reader) => {
    const schemas = list(as(options(node['options']).get('schemas'), 'List')?.['items']);
    grant(fields(node['action']), reader, true, strings(schemas));
  },
  GrantRoleStmt: (node, { findings }) => {
    const isGrant = node['is_grant'] === true;
    const grantees = roleNames(node['grantee_roles']);
    for (const each of list(node['granted_roles'])) {
      const granted = text(as(each, 'AccessPriv')?.['priv_name']) ?? '?';
      const tags = isGrant ? ESCALATES : [];
      const verb = isGrant ? 'grant' : 'revoke';
      findings.add({ verb, effect: 'privilege', type: 'role', name: [granted], tags, params: { grantees } });
    }
  },
  CreateRoleStmt: (node, { findings }) => {
    findings.add(role('create', text(node['role']) ?? '?', node));
  },
  AlterRoleStmt: (node, { findings }) => {
    findings.add(role('alter', roleName(node['role']), node));
  },
  AlterRoleSetStmt: (node, { findings }) => {
    const parameter = text(fields(node['setstmt'])['name']) ?? 'all';
    const name = [node['role'] === undefined ? 'all' : roleName(node['role'])];
    findings.add({ verb: 'alter', effect: 'privilege', type: 'role', name, tags: ESCALATES, params: { parameter } });
  },
  AlterDatabaseSetStmt: (node, { findings }) => {
    const parameter = text(fields(node['setstmt'])['name']) ?? 'all';
    const name = [text(node['dbname']) ?? '?'];
    findings.add({
      verb: 'alter',
      effect: 'privilege',
      type: 'database',
      name,
      tags: ESCALATES,
      params: { parameter },
    });
  },
  CreatePolicyStmt: policy('create'),
  AlterPolicyStmt: policy('alter'),
  SecLabelStmt: (node, { findings }) => {
    const type = objectType(node['objtype']);
    const name = objectParts(node['object'], type);
    findings.add({
      verb: 'alter',
      effect: 'privilege',
      type,
      ...(name === undefined ? {} : { name }),
      tags: ESCALATES,
    });
  },
};
