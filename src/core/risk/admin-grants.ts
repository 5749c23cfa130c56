// Roles and policies that reach (almost) everything, given to somebody: by name, in every cloud. Taking one away is no risk.
import type { Action } from '../action.ts';
import type { FlagList } from './flag.ts';
import type { Leaf, Material } from './material.ts';

/** Managed policies of AWS with which one is, or can make oneself, an administrator. */
const AWS_ADMIN =
  /^arn:aws[a-z-]*:iam::aws:policy\/(?:[\w-]+\/)*(?:AdministratorAccess|IAMFullAccess|AWSOrganizationsFullAccess|AWSSSOMasterAccountAdministrator)$/;
const AWS_BROAD =
  /^arn:aws[a-z-]*:iam::aws:policy\/(?:[\w-]+\/)*(?:PowerUserAccess|SystemAdministrator|SecurityAdmin|DatabaseAdministrator|NetworkAdministrator|AdministratorAccess-[\w-]+|AmazonS3FullAccess|AmazonEC2FullAccess|AWSLambda_FullAccess|AWSKeyManagementServicePowerUser|SecretsManagerReadWrite|AWSCloudFormationFullAccess)$/;

/** The same in clusters of EKS. */
const EKS_ADMIN = /^arn:aws[a-z-]*:eks::aws:cluster-access-policy\/AmazonEKSClusterAdminPolicy$/;
const EKS_BROAD = /^arn:aws[a-z-]*:eks::aws:cluster-access-policy\/AmazonEKSAdminPolicy$/;

/** Built-in roles of Azure, by the id that is the same in every tenant. */
const AZURE_ADMIN: ReadonlyMap<string, string> = new Map([['8e3af657-a8ff-443c-a75c-2fe8c4bcb635', 'Owner']]);
const AZURE_BROAD: ReadonlyMap<string, string> = new Map([
  ['b24988ac-6180-42a0-ab88-20f7382dd24c', 'Contributor'],
  ['18d7d88d-d35e-4fb5-a5c3-7773c20a72d9', 'User Access Administrator'],
  ['f58310d9-a9f6-439a-9e8d-f62e7b41a168', 'Role Based Access Control Administrator'],
]);

const GCP_ADMIN = /^roles\/(?:owner|resourcemanager\.organizationAdmin|iam\.organizationRoleAdmin)$/;
const GCP_BROAD =
  /^roles\/(?:editor|iam\.securityAdmin|iam\.roleAdmin|iam\.serviceAccountAdmin|iam\.serviceAccountTokenCreator|iam\.serviceAccountKeyAdmin|resourcemanager\.projectIamAdmin|resourcemanager\.folderAdmin)$/;

const TAKES = /^(?:detach|delete|remove|revoke|get|list|describe|simulate|generate|unassign|disassociate)/i;

export function flagAdminGrants(material: Material, actions: readonly Action[], flags: FlagList): void {
  if (actions.every(isHarmless)) return;
  for (const leaf of material.leaves) flagLeaf(leaf, actions, flags);
  for (const { provider, params } of actions) if (provider === 'k8s') flagKubernetes(params, flags);
}

/** What only reads, or takes rights away. */
function isHarmless({ level, operation, confidence }: Action): boolean {
  return (
    confidence === 'exact' && (level === 'read' || level === 'list' || TAKES.test(operation.replace(/^.*[./]/, '')))
  );
}

function flagLeaf({ where, name, value }: Leaf, actions: readonly Action[], flags: FlagList): void {
  if (typeof value !== 'string') return;
  if (value.startsWith('arn:')) {
    if (AWS_ADMIN.test(value) || EKS_ADMIN.test(value)) flags.add('wildcard-admin', where, value);
    else if (AWS_BROAD.test(value) || EKS_BROAD.test(value)) flags.add('admin-role', where, value);
    return;
  }
  if (value.startsWith('roles/')) {
    if (GCP_ADMIN.test(value)) flags.add('wildcard-admin', where, value);
    else if (GCP_BROAD.test(value)) flags.add('admin-role', where, value);
    return;
  }
  if (/roledefinition|^roleid$/.test(name)) {
    const id = /([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i.exec(value)?.[1]?.toLowerCase() ?? '';
    if (AZURE_ADMIN.has(id)) flags.add('wildcard-admin', where, `${AZURE_ADMIN.get(id)} (${value})`);
    else if (AZURE_BROAD.has(id)) flags.add('admin-role', where, `${AZURE_BROAD.get(id)} (${value})`);
    return;
  }
  const isGithub = actions.some(({ provider }) => provider === 'github');
  if (
    isGithub &&
    (name === 'permission' || name === 'role' || name === 'defaultrepositorypermission') &&
    /^(?:admin|maintain|owner)$/.test(value)
  ) {
    flags.add('admin-role', where, value);
  }
  const isSql = actions.some(({ provider }) => provider === 'sql');
  if (
    isSql &&
    /^(?:superuser|all(?: privileges)?|pg_(?:read|write)_server_files|pg_execute_server_program|rds_superuser|accountadmin|securityadmin)$/i.test(
      value,
    )
  ) {
    flags.add(/superuser|accountadmin/i.test(value) ? 'wildcard-admin' : 'admin-role', where, value);
  }
}

/** Bindings to the roles that every cluster has, and roles that are like them. */
function flagKubernetes(params: Action['params'], flags: FlagList): void {
  const { roleRef, rules, subjects } = params as { roleRef?: unknown; rules?: unknown; subjects?: unknown };
  const role = isRecord(roleRef) ? nameIn(roleRef) : '';
  if (role === 'cluster-admin' || role === 'system:masters') flags.add('wildcard-admin', 'params.roleRef', role);
  else if (role === 'admin' || role === 'edit' || /^system:(?:controller|node|kube-)/.test(role)) {
    flags.add('admin-role', 'params.roleRef', role);
  }
  for (const [i, subject] of records(subjects).entries()) {
    const name = nameIn(subject);
    if (name === 'system:masters') flags.add('wildcard-admin', `params.subjects/${i}`, name);
    if (/^system:(?:anonymous|unauthenticated|authenticated)$/.test(name)) {
      flags.add('public-access', `params.subjects/${i}`, name);
    }
  }
  for (const [i, rule] of records(rules).entries()) {
    const has = (name: string): boolean => Array.isArray(rule[name]) && rule[name].includes('*');
    const where = `params.rules/${i}`;
    if (has('verbs') && (has('resources') || has('nonResourceURLs')))
      flags.add('wildcard-admin', where, JSON.stringify(rule));
    else if (has('verbs')) flags.add('wildcard-action', where, JSON.stringify(rule));
    else if (has('resources')) flags.add('wildcard-resource', where, JSON.stringify(rule));
    const verbs = Array.isArray(rule['verbs']) ? rule['verbs'] : [];
    const rising = verbs.filter((verb) => verb === 'escalate' || verb === 'bind' || verb === 'impersonate');
    if (rising.length > 0) flags.add('admin-role', where, JSON.stringify(rule));
  }
}

function nameIn({ name }: Readonly<Record<string, unknown>>): string {
  return typeof name === 'string' ? name : '';
}

function records(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
