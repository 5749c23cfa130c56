// Functions of servers and well-known extensions whose effect has a name. INVARIANT: a function that is not here and not known to be
// harmless is called with unknown effect.
import type { ActionLevel } from '../../core/action.ts';
import type { SqlEffect } from './finding.ts';

export interface SpecialFunction {
  readonly effect: SqlEffect;
  readonly level: ActionLevel;
  readonly tags?: readonly string[];
  readonly flags?: readonly string[];
}

const READS_FILE: SpecialFunction = { effect: 'read', level: 'read', tags: ['secret-read'], flags: ['server-file'] };
const IMPORTS_FILE: SpecialFunction = { ...READS_FILE, effect: 'write', level: 'write' };
const LISTS_FILES: SpecialFunction = { effect: 'read', level: 'list', flags: ['server-file'] };
const WRITES_FILE: SpecialFunction = {
  effect: 'export',
  level: 'write',
  tags: ['data-export'],
  flags: ['server-file'],
};
const DESTROYS_FILE: SpecialFunction = {
  effect: 'write',
  level: 'write',
  tags: ['destructive'],
  flags: ['server-file'],
};
const RUNS_SQL: SpecialFunction = { effect: 'exec', level: 'unknown', tags: ['sql-execution'] };
const RUNS_SQL_ELSEWHERE: SpecialFunction = {
  effect: 'exec',
  level: 'unknown',
  tags: ['sql-execution', 'network-exposure'],
};
const READS_EVERYTHING: SpecialFunction = {
  effect: 'export',
  level: 'unknown',
  tags: ['data-export', 'sql-execution'],
};
const RUNS_CODE: SpecialFunction = { effect: 'code', level: 'unknown', tags: ['code-execution'] };
const CALLS_OUT: SpecialFunction = { effect: 'exec', level: 'unknown', tags: ['network-exposure', 'data-export'] };
const WRITES: SpecialFunction = { effect: 'write', level: 'write' };
const DESTROYS: SpecialFunction = { effect: 'write', level: 'write', tags: ['destructive'] };
const LOCKS: SpecialFunction = { effect: 'session', level: 'write', flags: ['locking'] };
const HIDES: SpecialFunction = { effect: 'write', level: 'write', tags: ['audit-tamper'] };
const EXPORTS: SpecialFunction = { effect: 'export', level: 'write', tags: ['data-export'] };
const SHARES: SpecialFunction = { effect: 'export', level: 'read', tags: ['data-export', 'credential-issue'] };
const WAITS: SpecialFunction = { effect: 'exec', level: 'unknown', flags: ['delay'] };

const BY_KIND: readonly (readonly [SpecialFunction, string])[] = [
  [READS_FILE, 'pg_read_file pg_read_binary_file pg_file_read load_file readfile'],
  [IMPORTS_FILE, 'lo_import'],
  [
    LISTS_FILES,
    'pg_ls_dir pg_ls_logdir pg_ls_waldir pg_ls_tmpdir pg_ls_archive_statusdir pg_stat_file pg_logdir_ls fsdir',
  ],
  [WRITES_FILE, 'lo_export pg_file_write pg_file_sync writefile'],
  [DESTROYS_FILE, 'pg_file_unlink pg_file_rename'],
  [
    RUNS_SQL,
    'query_to_xml query_to_xmlschema query_to_xml_and_xmlschema cursor_to_xml cursor_to_xmlschema table_to_xml ' +
      'table_to_xmlschema table_to_xml_and_xmlschema ts_stat ts_rewrite crosstab crosstab2 crosstab3 crosstab4 crosstabn ' +
      'connectby xpath_table run_command_on_workers run_command_on_shards external_query result_scan',
  ],
  [
    RUNS_SQL_ELSEWHERE,
    'dblink dblink_exec dblink_open dblink_fetch dblink_connect dblink_connect_u dblink_send_query dblink_get_result ' +
      'remote_query system.query',
  ],
  [
    READS_EVERYTHING,
    'schema_to_xml schema_to_xmlschema schema_to_xml_and_xmlschema database_to_xml database_to_xmlschema ' +
      'database_to_xml_and_xmlschema',
  ],
  [
    RUNS_CODE,
    'sys_exec sys_eval load_extension java_method reflect try_reflect schedule schedule_in_database invoke ' +
      'ai_query executable executablepool edit fts3_tokenizer',
  ],
  [
    CALLS_OUT,
    'http http_get http_post http_put http_patch http_delete http_head http_request url urlcluster remote remotesecure s3 ' +
      's3cluster gcs hdfs hdfscluster mysql postgresql odbc jdbc mongodb redis azureblobstorage azureblobstoragecluster ' +
      'deltalake iceberg hudi file filecluster sqlite input',
  ],
  [EXPORTS, 'query_export_to_s3 blob_put pg_export_snapshot'],
  [SHARES, 'get_presigned_url build_scoped_file_url build_stage_file_url'],
  [
    WRITES,
    'nextval setval pg_notify lo_creat lo_create lo_from_bytea lo_put lowrite lo_truncate lo_truncate64 ' +
      'table_import_from_s3 pg_logical_emit_message pg_create_restore_point pg_switch_wal pg_promote pg_reload_conf ' +
      'pg_backup_start pg_backup_stop pg_create_logical_replication_slot pg_create_physical_replication_slot ' +
      'pg_logical_slot_get_changes pg_logical_slot_get_binary_changes pg_replication_slot_advance',
  ],
  [DESTROYS, 'lo_unlink pg_terminate_backend pg_cancel_backend pg_drop_replication_slot unschedule'],
  [
    LOCKS,
    'pg_advisory_lock pg_advisory_lock_shared pg_advisory_xact_lock pg_advisory_xact_lock_shared pg_try_advisory_lock ' +
      'pg_try_advisory_lock_shared pg_try_advisory_xact_lock pg_try_advisory_xact_lock_shared pg_advisory_unlock ' +
      'pg_advisory_unlock_all pg_advisory_unlock_shared get_lock release_lock release_all_locks',
  ],
  [HIDES, 'pg_rotate_logfile pg_stat_reset pg_stat_reset_shared pg_stat_statements_reset'],
  [WAITS, 'pg_sleep pg_sleep_for pg_sleep_until sleep benchmark sleepeachrow'],
];

const SPECIAL: ReadonlyMap<string, SpecialFunction> = new Map(
  BY_KIND.flatMap(([what, names]) => names.split(' ').map((name) => [name, what] as const)),
);

/** What a function does, by its bare name in lower case; undefined where nothing special is known of it. */
export function specialFunction(name: string): SpecialFunction | undefined {
  return SPECIAL.get(name);
}
