// What cannot be undone, or is refused unless forced: whole tables, protected branches, deletion protection, containers out of their
// sandbox, records that are switched off.
import type { Action } from '../action.ts';
import type { FlagList } from './flag.ts';
import type { Leaf, Material } from './material.ts';

/** Protection that is on as long as the switch is true (or not `Disabled`, `Suspended`). */
const PROTECTIONS = new Set([
  'deletionprotection',
  'deletionprotectionenabled',
  'disableapitermination',
  'disableapistop',
  'terminationprotected',
  'enableterminationprotection',
  'preventdestroy',
  'purgeprotection',
  'enablepurgeprotection',
  'enforceadmins',
  'storageencrypted',
]);
/** Switches that force: true is the risk. */
const FORCES = new Set([
  'force',
  'forcedelete',
  'forcedestroy',
  'forcedeletewithoutrecovery',
  'bypassgovernanceretention',
  'skipfinalsnapshot',
  'deleteautomatedbackups',
  'allowforcepushes',
  'allowdeletions',
  'bypassmode',
]);
const TAKES_PROTECTION =
  /(?:delete|remove|disable)\w*(?:branchprotection|protection|bucketlifecycle|objectlock|lock|versioning|retention)|(?:delete|remove)-(?:\w+-)*protection|(?:locks?|immutabilityPolicies)\/delete$|protection.*delete/i;
const LEADING_BRANCH = /^(?:refs\/)?(?:heads\/)?(?:main|master|trunk|develop|release(?:[/-].*)?|production|prod)$/;
const MANY = 2;

export function flagDamage(material: Material, actions: readonly Action[], flags: FlagList): void {
  if (actions.every(({ level, confidence }) => confidence === 'exact' && (level === 'read' || level === 'list')))
    return;
  for (const leaf of material.leaves) flagSwitch(leaf, flags);
  for (const action of actions) {
    if (action.provider === 'sql') flagSql(action, flags);
    if (action.provider === 'k8s') flagKubernetes(action, flags);
    if (action.provider === 'git' || action.provider === 'github') flagGit(action, flags);
    if (TAKES_PROTECTION.test(action.operation) && action.provider !== 'sql') {
      flags.add('protection-removed', '', action.name);
    }
    if (action.tags.includes('audit-tamper')) flags.add('audit-weakened', '', action.name);
  }
  const deleted = new Set(
    actions
      .filter(({ operation }) => /^delete/i.test(operation))
      .map(({ resource }) => resource.arn ?? `${resource.namespace ?? ''}/${resource.id ?? ''}`),
  );
  if (deleted.size >= MANY)
    flags.add('deletes-many', '', `${deleted.size} things: ${[...deleted].slice(0, 3).join(', ')}`);
}

function flagSwitch({ where, name, value }: Leaf, flags: FlagList): void {
  const on = value === true || value === 'true' || value === 'True' || value === '1';
  const off = value === false || value === 'false' || value === 'False' || value === '0';
  if (FORCES.has(name) && on) flags.add('force', where, String(value));
  if (PROTECTIONS.has(name) && off) flags.add('protection-removed', where, String(value));
  if (name === 'bypassgovernanceretention' || name === 'xamzbypassgovernanceretention') {
    if (on) flags.add('force', where, 'true');
  }
  if (name === 'recoverywindowindays' && Number(value) > 0 && Number(value) <= 7)
    flags.add('force', where, String(value));
  if (name === 'pendingwindowindays' && Number(value) <= 7) flags.add('force', where, String(value));
  if (
    (name === 'status' || name === 'mfadelete') &&
    (value === 'Suspended' || (name === 'mfadelete' && value === 'Disabled'))
  ) {
    flags.add('protection-removed', where, `${name} ${value}`);
  }
}

function flagSql({ name, operation, params, tags }: Action, flags: FlagList): void {
  const { flags: words, effect } = params as { flags?: unknown; effect?: unknown };
  const has = (word: string): boolean => Array.isArray(words) && words.includes(word);
  if (has('no-where')) flags.add('whole-table', 'no WHERE', name);
  else if (/^(?:drop|truncate)$/.test(operation)) flags.add('whole-table', '', name);
  if (has('server-file') || has('program') || effect === 'code' || has('untrusted-language')) {
    flags.add('database-server', '', name);
  }
  if (has('cascade') && tags.includes('destructive')) flags.add('force', 'CASCADE', name);
}

function flagKubernetes({ name, operation, params, resource }: Action, flags: FlagList): void {
  const { privileges, grace_period_seconds: grace, podSecurity } = params;
  if (Array.isArray(privileges)) {
    for (const privilege of privileges) flags.add('privileged-pod', 'params.privileges', String(privilege));
  }
  if (Array.isArray(podSecurity)) {
    for (const label of podSecurity) {
      if (String(label).endsWith('=privileged')) flags.add('protection-removed', 'params.podSecurity', String(label));
    }
  }
  if (grace === 0 && /delete/.test(operation)) flags.add('force', 'params.grace_period_seconds', '0');
  if (name.startsWith('k8s:deletecollection:'))
    flags.add('deletes-many', '', `${name} in ${resource.namespace ?? 'every namespace'}`);
  if (name === 'k8s:delete:namespaces') flags.add('deletes-many', '', `everything in namespace ${resource.id ?? '*'}`);
}

function flagGit({ operation, params, resource, tags }: Action, flags: FlagList): void {
  const given = params;
  const ref = [given['ref'], given['branch'], resource.id].find(
    (each) => typeof each === 'string' && LEADING_BRANCH.test(each),
  );
  const rewrites = given['force'] === true || /delete|force/i.test(operation) || tags.includes('destructive');
  if (typeof ref === 'string' && rewrites) flags.add('protected-branch', '', ref);
  if (/force/i.test(operation)) flags.add('force', '', operation);
}
