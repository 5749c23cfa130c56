// Tables that deserve a tag by what they are for, whatever the dialect.

const AUDIT = /^(?:audit|audits|audit_.*|.*_audit|.*_audits|.*_audit_logs?|auditlogs?)$/;

/** True for tables that record who did what: changing them is tampering. `table` is the last part of the name. */
export function isAuditTable(table: string): boolean {
  return AUDIT.test(table.toLowerCase());
}

const SECRETS: ReadonlySet<string> = new Set([
  'pg_catalog.pg_authid',
  'pg_catalog.pg_shadow',
  'pg_catalog.pg_user_mapping',
  'pg_catalog.pg_user_mappings',
  'pg_catalog.pg_subscription',
  'vault.decrypted_secrets',
  'vault.secrets',
  'pgsodium.key',
  'pgsodium.decrypted_key',
  'mysql.user',
  'mysql.global_priv',
  'mysql.servers',
  'mysql.slave_master_info',
]);

/** True for tables that hold passwords, keys or connection strings. */
export function isSecretTable(name: readonly string[]): boolean {
  return SECRETS.has(name.slice(-2).join('.').toLowerCase());
}
