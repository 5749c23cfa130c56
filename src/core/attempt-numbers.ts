// What numbers an attempt where a client numbers each anew: the id of a JSON-RPC message, the ids that drivers of SQL give to queries and
// requests. INVARIANT: only the digest by which a retry is recognised leaves them out; what is sent are the approved bytes.
import { memberSpans, replaceSpans } from './body/json-members.ts';
import { parseJson } from './body/json.ts';
import { decodeLenient } from './body/percent.ts';
import { decodeUtf8 } from './body/utf8.ts';
import { bodyBytes, type Call, target } from './call.ts';
import { withoutId } from './json-rpc.ts';

type Numbering = NonNullable<Call['message']>;

/** Parameters of the query, as they are written out. */
const PARAMETERS: Readonly<Record<Numbering, RegExp | undefined>> = {
  'json-rpc': undefined,
  clickhouse: /^query_id=[\w.%-]*$/,
  // docs.snowflake.com, "SQL API: Submitting requests"; the drivers name a request anew for each retry (request_guid).
  snowflake: /^(?:requestId|request_guid|retryCount|retryReason|clientStartTime)=[\w.%-]*$/,
};
/** Of what Snowflake's drivers ask there, beside the statement. */
const MEMBERS: readonly string[] = ['sequenceId', 'querySubmissionTime'];
const STATEMENTS = '/queries/v1/query-request';
const NUMBER = /^(?:\d+|"[\w-]*")$/;
/** ClickHouse ends a query of the same id then, or writes the id down; the setting may stand in the statement, and its name be written with escapes. */
const MEANT = /replace_running|query_?id\s*\(/i;
/** Blocks that hide the statement. */
const PACKED = /(?:^|&)decompress=(?!0?(?:&|$))/;

/** The target of the request without the numbers in its query; other bytes stay as they are. */
export function unnumberedTarget(call: Call): string {
  const numbers = call.message && PARAMETERS[call.message];
  if (!numbers || call.query === undefined || (call.message === 'clickhouse' && isIdMeant(call, call.query)))
    return target(call);
  // Some of them only a retry has.
  const pairs = call.query.split('&').filter((pair) => !numbers.test(pair));
  return target({ path: call.path, query: pairs.join('&') });
}

const meansId = (text: string): boolean => MEANT.test(text) || (text.includes('\\') && /settings/i.test(text));

function isIdMeant(call: Call, query: string): boolean {
  const asked = decodeLenient(query, true);
  if (meansId(asked) || PACKED.test(asked)) return true;
  const { body } = call;
  const bytes = body.state === 'whole' ? body.decoded : bodyBytes(call);
  return bytes !== undefined && meansId(Buffer.from(bytes).toString('latin1'));
}

/** The body without the numbers in it; `body`: its bytes as they are sent. */
export function unnumberedBody(call: Call, body: Uint8Array): Uint8Array | string {
  if (call.message === 'json-rpc') return withoutId(body);
  if (call.message !== 'snowflake' || call.path !== STATEMENTS || call.body.state !== 'whole') return body;
  const read = decodeUtf8(call.body.decoded);
  const members = read.ok && parseJson(call.body.decoded).ok ? memberSpans(read.text) : undefined;
  if (!read.ok) return body;
  const spans = MEMBERS.flatMap((name) => members?.get(name) ?? []).filter(({ from, to }) =>
    NUMBER.test(read.text.slice(from, to)),
  );
  return spans.length > 0 ? replaceSpans(read.text, spans, 'null') : body;
}
