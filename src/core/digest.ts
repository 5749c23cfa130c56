// The digest is what a person approves and what a retry is recognised by. It covers everything that can carry meaning:
// all headers count except the short list below, which SDKs change between attempts of one and the same call.
import { unnumberedBody, unnumberedTarget } from './attempt-numbers.ts';
import { bodyBytes, type Call, isBodyToCome, target } from './call.ts';
import { sha256 } from './sha256.ts';

/** Headers that do not make two calls different (lower-case): identity of the sender, dates, traces, attempt counters. */
const VOLATILE: ReadonlySet<string> = new Set([
  'date',
  'x-amz-date',
  'x-amz-security-token',
  'x-ms-date',
  'user-agent',
  'x-amz-user-agent',
  'traceparent',
  'tracestate',
  'baggage',
  'b3',
  'sentry-trace',
  'uber-trace-id',
  'x-amzn-trace-id',
  'x-cloud-trace-context',
  'newrelic',
  'x-request-id',
  'x-correlation-id',
  'x-client-request-id',
  'x-ms-client-request-id',
  'amz-sdk-invocation-id',
  'amz-sdk-request',
  'x-goog-api-client',
  'x-stainless-retry-count',
  'x-retry-count',
  'retry-attempt',
  // A nonce of the handshake (RFC 6455 §4.1); the gate makes the answer to each agent's own.
  'sec-websocket-key',
]);
const VOLATILE_PREFIX = /^(x-b3-|x-datadog-|ot-tracer-)/;

/** A signature says who sent these bytes and when, not what they ask for; it is made anew for every attempt. */
const SIGNATURE = /^(?:AWS4-[A-Z0-9-]+|SharedKey|SharedKeyLite) /;

/** True for a header that the digest leaves out. `name` must be lower-case. */
export function isVolatileHeader(name: string, value: string): boolean {
  return VOLATILE.has(name) || VOLATILE_PREFIX.test(name) || (name === 'authorization' && SIGNATURE.test(value));
}

function wholeBody(call: Call): Uint8Array {
  if (isBodyToCome(call)) throw new Error('a digest needs the whole body');
  return bodyBytes(call) ?? new Uint8Array(0);
}

// Length prefixes make the encoding injective: no value can pretend to be the start of the next field.
function field(value: string): string {
  return `${value.length}:${value}`;
}

interface HeaderField {
  readonly name: string;
  readonly value: string;
}

function headerFields(call: Call): HeaderField[] {
  const fields: HeaderField[] = [];
  for (let i = 0; i + 1 < call.headers.length; i += 2) {
    fields.push({ name: call.headers[i] ?? '', value: call.headers[i + 1] ?? '' });
  }
  return fields;
}

/** Case of names and order between different names carry no meaning (RFC 9110 §5.1, §5.3), order within one name does. */
function meaningfulHeaders(call: Call): HeaderField[] {
  return headerFields(call)
    .map(({ name, value }) => ({ name: name.toLowerCase(), value }))
    .filter(({ name, value }) => !isVolatileHeader(name, value))
    .toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function digestOver(
  version: string,
  call: Call,
  to: string,
  headers: readonly HeaderField[],
  body: Uint8Array | string,
): string {
  const { message, upgrade, signedFor } = call;
  const signed = signedFor && `aws4:${signedFor.service}/${signedFor.region}`;
  const kind = [version, message, upgrade, signed].filter((part) => part !== undefined).join('+');
  const head = [kind, call.method, call.upstream, call.scheme, call.host, to].map(field).join('');
  const pairs = headers.map(({ name, value }) => field(name) + field(value)).join('');
  return sha256(`${head}${field(pairs)}${sha256(body)}`);
}

/** SHA-256 (hex) of what the call means; equal for two attempts of one call. Throws if the body was not read. */
export function callDigest(call: Call): string {
  const body = unnumberedBody(call, wholeBody(call));
  return digestOver('holdgate-call-v1', call, unnumberedTarget(call), meaningfulHeaders(call), body);
}

/** SHA-256 (hex) of everything that will be sent, to the letter: volatile headers, case and order too. Re-checked right
 *  before dispatch. Throws if the body was not read. */
export function contentDigest(call: Call): string {
  return digestOver('holdgate-content-v1', call, target(call), headerFields(call), wholeBody(call));
}
