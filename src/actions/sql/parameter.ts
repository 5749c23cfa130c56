// SET, RESET and set_config: a session's parameters. INVARIANT: a change that gives later statements another meaning or other rights is
// never a mere session setting.
import type { Finding, Findings } from './finding.ts';

interface Change {
  /** In lower case: `role`, `search_path`, `log_statement` … */
  readonly name: string;
  readonly value: string | undefined;
  readonly verb: 'set' | 'reset';
  /** For every session. */
  readonly global?: boolean;
}

const AUDIT = /^(?:log_|pgaudit\.|audit|logging_collector$|track_|general_log|slow_query_log|sql_log_|server_audit)/;
const CODE =
  /^(?:local_preload_libraries|session_preload_libraries|shared_preload_libraries|dynamic_library_path|jit_provider)$/;
const COMMANDS =
  /^(?:archive_command|archive_cleanup_command|restore_command|recovery_end_command|ssl_passphrase_command)$/;
/** Those that decide what a name, a string or a right is for the statements that follow. */
const MEANING: ReadonlySet<string> = new Set([
  'search_path',
  'standard_conforming_strings',
  'backslash_quote',
  'transform_null_equals',
  'row_security',
  'session_replication_role',
  'default_transaction_read_only',
  'transaction_read_only',
  'check_function_bodies',
  'client_encoding',
  'names',
  'sql_mode',
  'character_set_client',
  'character_set_connection',
]);
/** Values that approvers should see and that hold no secrets. */
const SHOWN: ReadonlySet<string> = new Set(['role', 'session_authorization', 'search_path', 'row_security']);

/** Adds the change; `doubt` follows for whoever reads later statements of the same text (see `changesMeaning`). */
export function setParameter(findings: Findings, { name, value, verb, global = false }: Change): void {
  const shown = SHOWN.has(name) && value !== undefined ? { value: value.slice(0, 200) } : {};
  const { tags = [], flags = [], ...rest } = marks(name);
  findings.add({
    verb,
    effect: global ? 'privilege' : 'session',
    type: 'parameter',
    name: [name],
    ...rest,
    tags: global ? [...tags, 'privilege-escalation'] : tags,
    flags: global ? [...flags, 'global'] : flags,
    params: shown,
  });
}

/** True where statements after the change may mean something else than they seem to. */
export function changesMeaning(name: string): boolean {
  return name === 'role' || name === 'session_authorization' || name === 'all' || MEANING.has(name);
}

function marks(name: string): Pick<Finding, 'tags' | 'flags' | 'level'> {
  if (name === 'role' || name === 'session_authorization') {
    return { level: 'permissions-management', tags: ['privilege-escalation'], flags: ['changes-role'] };
  }
  const tags = [
    ...(AUDIT.test(name) ? ['audit-tamper'] : []),
    ...(CODE.test(name) || COMMANDS.test(name) ? ['code-execution'] : []),
    ...(name === 'row_security' || name === 'session_replication_role' ? ['privilege-escalation'] : []),
  ];
  return {
    ...(tags.length === 0 ? {} : { tags }),
    ...(MEANING.has(name) || name === 'all' ? { flags: ['changes-meaning'] } : {}),
  };
}
