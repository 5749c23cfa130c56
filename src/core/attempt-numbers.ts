// What numbers an attempt where a client numbers each anew: the id of a JSON-RPC message, the ids that drivers of SQL give to queries and
// requests. INVARIANT: only the digest by which a retry is recognised leaves them out; what is sent are the approved bytes.
import { memberSpans, replaceSpans } from './body/json-members.ts';
import { parseJson } from './body/json.ts';
import { decodeUtf8 } from './body/utf8.ts';
import { type Call, target } from './call.ts';
import { withoutId } from './json-rpc.ts';

type Numbering = NonNullable<Call['message']>;

/** Parameters of the query, as they are written out. */
const PARAMETERS: Readonly<Record<Numbering, RegExp | undefined>> = {
  'json-rpc': undefined,
  clickhouse: /^query_id=[\w.%-]*$/,
  // docs.snowflake.com, "SQL API: Submitting requests"; the drivers name a request anew for each retry (request_guid).
  snowflake: /^(?:requestId|request_guid|retryCount|retryReason|clientStartTime)=[\w.%-]*$/,
};
/** Of what Snowflake's drivers ask, beside the statement. */
const MEMBERS: readonly string[] = ['sequenceId', 'querySubmissionTime'];

/** The target of the request without the numbers in its query; other bytes stay as they are. */
export function unnumberedTarget(call: Call): string {
  const numbers = call.message && PARAMETERS[call.message];
  // ClickHouse ends a query of the same id then.
  if (!numbers || call.query === undefined || /replace_running_query/i.test(call.query)) return target(call);
  // Some of them only a retry has.
  const pairs = call.query.split('&').filter((pair) => !numbers.test(pair));
  return target({ path: call.path, query: pairs.join('&') });
}

/** The body without the numbers in it; `body`: its bytes as they are sent. */
export function unnumberedBody(call: Call, body: Uint8Array): Uint8Array | string {
  if (call.message === 'json-rpc') return withoutId(body);
  if (call.message !== 'snowflake' || call.body.state !== 'whole') return body;
  const read = decodeUtf8(call.body.decoded);
  const members = read.ok && parseJson(call.body.decoded).ok ? memberSpans(read.text) : undefined;
  const spans = MEMBERS.flatMap((name) => members?.get(name) ?? []);
  return read.ok && spans.length > 0 ? replaceSpans(read.text, spans, 'null') : body;
}
