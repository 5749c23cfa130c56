// Refusals as the services say them that take SQL over HTTP. Each form is the one from which the service's own clients take the message
// of their error; a 429 and a 503 are tried again by those of Snowflake, Databricks, Cloudflare and Trino.
import type { Call } from '../../core/call.ts';
import { gcpRefusal } from './gcp.ts';
import type { NativeRefusal, RefusalWords } from './refusal-words.ts';

/** SQLSTATE: insufficient privilege, and: too many connections, which says that asking again can help. */
const REFUSED = '42501';
const BUSY = '53300';

type Form = (words: RefusalWords, call: Call) => NativeRefusal;

function json(body: unknown, status?: number): NativeRefusal {
  return { ...(status === undefined ? {} : { status }), contentType: 'application/json', body: JSON.stringify(body) };
}

function waits({ status }: RefusalWords): boolean {
  return status === 429 || status === 503;
}

/** By what a path of the service looks like; the first that fits. */
const FORMS: readonly (readonly [path: RegExp, form: Form])[] = [
  [/\/(?:queries|session)\/v1\/|\/session(?:\/|$)/, snowflakeDriver],
  [/\/api\/v2\/statements/, snowflake],
  [/\/d1\/database/, d1],
  [/\/api\/(?:2\.0|1\.2)\//, databricks],
  [/\/v1\/statement/, trino],
  [/\/v[123](?:-protobuf)?\/(?:pipeline|cursor|execute|batch)$/, libsql],
  [/\/sql$/, neon],
  [/\/bigquery\/v2\/|\/v1\/projects\/[^/]+\/instances/, gcpRefusal],
];

export function sqlOverHttpRefusal(words: RefusalWords, call: Call): NativeRefusal {
  const form = FORMS.find(([path]) => path.test(call.path))?.[1];
  if (form) return form(words, call);
  return isClickHouse(call) ? clickHouse(words) : postgrest(words);
}

/** The SQL API: clients of it are the agent's own, which read `message`. */
function snowflake(words: RefusalWords): NativeRefusal {
  return json({ code: waits(words) ? '391902' : '003001', message: words.message, sqlState: REFUSED });
}

/** The drivers raise a ProgrammingError with the message of a 200 alone; on a 429 or 503 they try again. */
function snowflakeDriver(words: RefusalWords): NativeRefusal {
  const body = { data: { sqlState: REFUSED }, code: '003001', message: words.message, success: false };
  return json(body, waits(words) ? undefined : 200);
}

function d1({ message, status }: RefusalWords): NativeRefusal {
  return json({ success: false, errors: [{ code: status * 10, message }], messages: [], result: null });
}

function databricks(words: RefusalWords): NativeRefusal {
  return json({ error_code: waits(words) ? 'RESOURCE_EXHAUSTED' : 'PERMISSION_DENIED', message: words.message });
}

/** Trino says that a query failed in a 200; clients raise a TrinoUserError with its message. */
function trino(words: RefusalWords, { method }: Call): NativeRefusal {
  if (waits(words) || method !== 'POST') return { contentType: 'text/plain; charset=utf-8', body: words.message };
  const error = {
    message: words.message,
    errorCode: 4,
    errorName: 'PERMISSION_DENIED',
    errorType: 'USER_ERROR',
    failureInfo: {
      type: 'io.trino.spi.security.AccessDeniedException',
      message: words.message,
      suppressed: [],
      stack: [],
    },
  };
  const stats = { state: 'FAILED', queued: false, scheduled: false, nodes: 0, totalSplits: 0 };
  return json({ id: 'refused', infoUri: '', error, stats, warnings: [] }, 200);
}

function libsql(words: RefusalWords): NativeRefusal {
  return json({ message: words.message, code: waits(words) ? 'BLOCKED' : 'AUTH_PERMISSION_DENIED' });
}

/** @neondatabase/serverless reads the body of a 400 as PostgreSQL's error, and no other. */
function neon(words: RefusalWords): NativeRefusal {
  const body = { message: words.message, code: waits(words) ? BUSY : REFUSED, severity: 'ERROR' };
  return json(body, waits(words) ? undefined : 400);
}

function postgrest(words: RefusalWords): NativeRefusal {
  return json({ code: waits(words) ? BUSY : REFUSED, message: words.message, details: null, hint: null });
}

function isClickHouse({ path, query = '', host, headers }: Call): boolean {
  if (/\.clickhouse\.cloud(?::\d+)?$/.test(host)) return true;
  if (headers.some((name, i) => i % 2 === 0 && name.toLowerCase().startsWith('x-clickhouse-'))) return true;
  return path === '/' || /(?:^|&)(?:query|query_id|database|default_format|session_id)=/.test(query);
}

/** ClickHouse's clients find code and name in the text. */
function clickHouse(words: RefusalWords): NativeRefusal {
  const [code, name] = waits(words) ? ['202', 'TOO_MANY_SIMULTANEOUS_QUERIES'] : ['497', 'ACCESS_DENIED'];
  return {
    contentType: 'text/plain; charset=UTF-8',
    headers: ['X-ClickHouse-Exception-Code', code],
    body: `Code: ${code}. DB::Exception: ${words.message}. (${name})\n`,
  };
}
