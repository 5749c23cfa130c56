// JSON-RPC 2.0 messages and their ids, which only match an answer to its question. A client that asks the same again numbers it anew, so
// ids do not make two calls different; the bytes that are sent are those that were approved all the same.
import { memberSpans, replaceSpans, type Span } from './body/json-members.ts';
import { parseJson } from './body/json.ts';
import { decodeUtf8 } from './body/utf8.ts';

/** Of `_meta` (MCP): what is about the attempt. The agent's own words are for the approver, not for the server. */
const ABOUT_THE_ATTEMPT = ['progressToken', 'traceparent', 'tracestate', 'baggage', 'holdgate/justification'];

/** A single request without its id and whatever else numbers or traces the attempt; any other body as it is. */
export function withoutId(body: Uint8Array): Uint8Array | string {
  const read = decodeUtf8(body);
  if (!read.ok || !parseJson(body).ok) return body;
  const { text } = read;
  const members = memberSpans(text);
  const id = members?.get('id');
  if (!members || !id || !members.has('method')) return body;
  const spans: Span[] = [id];
  const params = members.get('params');
  const meta = params && memberSpans(text, params.from)?.get('_meta');
  const told = meta && memberSpans(text, meta.from);
  for (const name of ABOUT_THE_ATTEMPT) {
    const span = told?.get(name);
    if (span) spans.push(span);
  }
  return replaceSpans(text, spans, 'null');
}

/** A message that answers, with this id in place of its own; any other text as it is. */
export function answerTo(id: string | number, message: string): string {
  const members = memberSpans(message);
  const span = members?.get('id');
  if (!members || !span || members.has('method') || !(members.has('result') || members.has('error'))) return message;
  return replaceSpans(message, [span], JSON.stringify(id));
}
