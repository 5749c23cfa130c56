// Tables that deserve a tag by what they are for, whatever the dialect.

const AUDIT = /^(?:audit|audits|audit_.*|.*_audit|.*_audits|.*_audit_logs?|auditlogs?)$/;

/** True for tables that record who did what: changing them is tampering. `table` is the last part of the name. */
export function isAuditTable(table: string): boolean {
  return AUDIT.test(table.toLowerCase());
}

const SYSTEM: ReadonlySet<string> = new Set(['pg_catalog', 'information_schema', 'mysql', 'sys', 'system']);
const SQLITE = /^sqlite_(?:temp_)?(?:master|schema)$/;

/** What changing rows of a table brings. `adds`: rows are only added. The server's own tables say who may do what, and who did. */
export function changeTags(name: readonly string[], adds = false): readonly string[] {
  const [schema = '', table = ''] = name.length > 1 ? name.slice(-2) : ['', name[0] ?? ''];
  const isSystem = SYSTEM.has(schema.toLowerCase()) || SQLITE.test(table.toLowerCase());
  const isLog = isAuditTable(table) || (isSystem && /_log$/i.test(table));
  return [...(isLog && !adds ? ['audit-tamper'] : []), ...(isSystem ? ['privilege-escalation'] : [])];
}

const SECRETS: ReadonlySet<string> = new Set([
  'pg_catalog.pg_authid',
  'pg_catalog.pg_shadow',
  'pg_catalog.pg_user_mapping',
  'pg_catalog.pg_user_mappings',
  'pg_catalog.pg_subscription',
  'information_schema.user_mapping_options',
  'information_schema._pg_user_mappings',
  'vault.decrypted_secrets',
  'vault.secrets',
  'pgsodium.key',
  'pgsodium.decrypted_key',
  'mysql.user',
  'mysql.password_history',
  'system.named_collections',
  'mysql.global_priv',
  'mysql.servers',
  'mysql.slave_master_info',
]);

/** True for tables that hold passwords, keys or connection strings. */
export function isSecretTable(name: readonly string[]): boolean {
  return SECRETS.has(name.slice(-2).join('.').toLowerCase());
}
