// Settings of ClickHouse that say how an answer comes, or how much work it may be (clickhouse.com/docs, "Session settings"). Every client sends some
// with each query. INVARIANT: none of them opens a file, a place or a right; what is not listed here is a change of the session.
import type { Findings } from './finding.ts';
import { setParameter } from './parameter.ts';

const HARMLESS: ReadonlySet<string> = new Set(
  (
    'add_http_cors_header enable_http_compression http_zlib_compression_level http_response_buffer_size http_headers_progress_interval_ms send_progress_in_http_headers ' +
    'cancel_http_readonly_queries_on_client_close extremes join_use_nulls date_time_input_format date_time_output_format session_timezone max_threads ' +
    'max_block_size max_execution_time timeout_before_checking_execution_speed timeout_overflow_mode max_result_rows max_result_bytes ' +
    'result_overflow_mode max_rows_to_read max_bytes_to_read read_overflow_mode max_rows_to_group_by group_by_overflow_mode max_memory_usage ' +
    'max_query_size connect_timeout receive_timeout send_timeout'
  ).split(' '),
);
const FORMATS = /^output_format_(?:json|pretty|csv|tsv|decimal|write_statistics)[a-z0-9_]*$/;

/** True for what makes a query stricter than it is without. */
export const restricts = (name: string, value: string | undefined): boolean =>
  name === 'readonly' && (value === '1' || value === '2');

/** One setting of a query; `value` undefined where it is not looked at. */
export function addSetting(findings: Findings, name: string, value: string | undefined): void {
  if (restricts(name, value) || HARMLESS.has(name) || FORMATS.test(name))
    findings.add({ verb: 'set', effect: 'session', level: 'read', type: 'parameter', name: [name] });
  else setParameter(findings, { name: name.toLowerCase(), value: undefined, verb: 'set' });
}
