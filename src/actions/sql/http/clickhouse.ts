// ClickHouse's HTTP interface (clickhouse.com/docs, "HTTP Interface"): the parameter `query`, a line break, and the body are one text;
// every other parameter is a setting.
import { addSetting, restricts } from '../clickhouse-settings.ts';
import { setParameter } from '../parameter.ts';
import { Findings } from '../finding.ts';
import type { HttpRequest } from './http-request.ts';
import { plainEndpoint, type ServiceReader } from './service-reader.ts';
import type { SqlRequest } from './sql-request.ts';

/** Parameters that are no settings of the server's, or say no more than how long a query may take and how its answer is written. */
const OWN =
  /^(?:query|query_id|database|default_format|user|password|quota_key|session_id|session_check|session_timeout|role|compress|decompress|wait_end_of_query|buffer_size|enable_http_compression|http_zlib_compression_level|send_progress_in_http_headers|http_headers_progress_interval_ms|max_execution_time|max_result_rows|max_result_bytes|result_overflow_mode|max_block_size|output_format_json_\w+|client_protocol_version|http_write_exception_in_output_format|param_.*|.*_(?:format|types|structure))$/;

/** A statement whose data follow in a notation that is not SQL: what comes behind the name of the format is not looked at. */
const INSERT_DATA =
  /^\s*insert\s+into\s+(?:table\s+)?(?!function\b)[\w.`"]+\s*(?:\([\w\s,`"]*\)\s*)?format\s+(?!values\b)[a-z]\w*(?=[\s;{]|$)/i;

export const CLICKHOUSE: ServiceReader = {
  dialects: ['clickhouse'],
  needsBody: (method) => method !== 'GET' && method !== 'HEAD',
  read(request, into) {
    const { method, path } = request;
    if ((method === 'GET' || method === 'HEAD') && (path === '/ping' || path === '/replicas_status')) {
      return plainEndpoint(into, 'show');
    }
    if (!['GET', 'HEAD', 'POST', 'PUT'].includes(method)) return false;
    const text = statementOf(request);
    if (text !== undefined) into.statement(text, schemaFrom(request));
    into.say('database', request.parameter('database') ?? request.header('x-clickhouse-database'));
    into.say('user', request.parameter('user') ?? request.header('x-clickhouse-user'));
    readParameters(request, into);
    // Handlers of other paths are the operator's own.
    if (path !== '/') into.doubt('own-endpoint');
    return true;
  },
};

function schemaFrom(request: HttpRequest): readonly string[] | undefined {
  const database = request.parameter('database') ?? request.header('x-clickhouse-database');
  return database === undefined || database === '' ? undefined : [database.toLowerCase()];
}

function statementOf(request: HttpRequest): string | undefined {
  const query = request.parameter('query') ?? '';
  const head = `${query}\n`;
  const bytes = request.bytes();
  if (bytes === undefined) return undefined;
  // The data may be in any notation and are no text then; what stands before them is.
  const start = INSERT_DATA.exec(
    `${query === '' ? '' : head}${Buffer.from(bytes.subarray(0, 4096)).toString('latin1')}`,
  );
  if (start !== null && isAscii(start[0])) return start[0];
  const body = request.text();
  if (body === undefined) return undefined;
  return query === '' ? body : body === '' ? query : head + body;
}

// oxlint-disable-next-line no-control-regex -- what is the same in every charset
const isAscii = (text: string): boolean => /^[\u0000-\u007f]*$/.test(text);

function readParameters(request: HttpRequest, into: SqlRequest): void {
  const settings = new Findings();
  const given = request.parameters();
  for (const [name, value] of given) {
    // Of a setting that is there twice nobody knows which one counts.
    const once = given.filter(([other]) => other === name).length === 1;
    if (!OWN.test(name) && !(once && restricts(name, value))) addSetting(settings, name, once ? value : undefined);
  }
  for (const finding of settings.all) into.add(finding);
  if (request.parameter('role') !== undefined) {
    const roles = new Findings();
    setParameter(roles, { name: 'role', value: request.parameter('role'), verb: 'set' });
    for (const finding of roles.all) into.add(finding);
  }
  // The body is then in ClickHouse's own compressed blocks.
  if (!['', '0', 'false', undefined].includes(request.parameter('decompress'))) into.doubt('body-compressed');
}
