// The JSON-RPC messages in the body of a POST (MCP, Streamable HTTP; batches as of 2025-03-26). INVARIANT: whatever another parser may
// read otherwise is a doubt, and a message in doubt is never called exact.
import { contentType, isInspectableCharset } from '../../core/body/content-type.ts';
import { type JsonObject, type JsonValue, parseJson } from '../../core/body/json.ts';
import { type Call, headerValues } from '../../core/call.ts';
import { misspelling, twinKey } from '../folded-keys.ts';

export type McpMessage =
  /** A notification where `id` is undefined. */
  | {
      readonly kind: 'request';
      readonly id: string | number | undefined;
      readonly method: string;
      readonly params: JsonObject;
    }
  /** The client's answer to a request of the server: undefined where it is an error. */
  | { readonly kind: 'response'; readonly result: JsonValue | undefined };

export interface McpReading {
  readonly messages: readonly McpMessage[];
  readonly batch: boolean;
  /** Why somebody else may read something else. */
  readonly doubts: readonly string[];
}

const NOTHING: JsonObject = new Map();
const MAX_BATCH = 100;
const OVERRIDES = ['x-http-method', 'x-http-method-override', 'x-method-override'];
const misspeltMember = misspelling(['jsonrpc', 'id', 'method', 'params', 'result', 'error']);
const misspeltParam = misspelling(['name', 'arguments', 'uri', 'ref', 'argument', 'taskId', 'level', 'inputResponses']);

const readings = new WeakMap<Call, McpReading>();

/** Reads a call once, however often it is asked for. Never throws; a body that is no message gives doubts alone. */
export function readMessages(call: Call): McpReading {
  let reading = readings.get(call);
  if (!reading) {
    reading = read(call);
    readings.set(call, reading);
  }
  return reading;
}

function read({ body, headers }: Call): McpReading {
  const doubts: string[] = [];
  const none = (why: string): McpReading => ({ messages: [], batch: false, doubts: [why] });
  if (body.state === 'none') return none('it has no body');
  if (body.state !== 'whole') return none(`its body was not read (${body.state === 'unread' ? 'unread' : body.why})`);
  const json = parseJson(body.decoded);
  if (!json.ok) return none(`its body is not strict JSON (${json.why})`);
  const type = contentType(headers);
  if (type.state !== 'known' || type.type !== 'application/json' || !isInspectableCharset(type.charset)) {
    doubts.push('its Content-Type is not application/json in UTF-8');
  }
  if (body.bytes !== body.decoded) doubts.push('its body is compressed');
  if (OVERRIDES.some((name) => headerValues(headers, name).length > 0)) doubts.push('a header overrides its method');
  const { value } = json;
  const batch = Array.isArray(value);
  const items = batch ? (value as readonly JsonValue[]) : [value];
  if (items.length === 0) return none('its batch is empty');
  if (items.length > MAX_BATCH) return none(`its batch has more than ${MAX_BATCH} messages`);
  const twin = twinKey(value);
  if (twin !== undefined) doubts.push('two members differ only in case');
  const messages: McpMessage[] = [];
  for (const item of items) {
    if (item instanceof Map) messages.push(...readMessage(item as JsonObject, doubts));
    else doubts.push('something in it is no JSON-RPC message');
  }
  return { messages, batch, doubts };
}

/** Both readings of what is a request and a response at once. */
function readMessage(object: JsonObject, doubts: string[]): McpMessage[] {
  if (object.get('jsonrpc') !== '2.0') doubts.push('it does not say that it is JSON-RPC 2.0');
  if (misspeltMember(object) !== undefined) doubts.push('a member of its envelope is spelt in another case');
  const messages: McpMessage[] = [];
  const method = object.get('method');
  if (typeof method === 'string' && method !== '') {
    const params = object.get('params');
    if (params !== undefined && !(params instanceof Map)) doubts.push('its params are no object');
    const named = params instanceof Map ? (params as JsonObject) : NOTHING;
    if (misspeltParam(named) !== undefined) doubts.push('a parameter is spelt in another case');
    messages.push({ kind: 'request', id: readId(object, doubts), method, params: named });
  } else if (method !== undefined) doubts.push('its method is no text');
  if (object.has('result') || object.has('error')) {
    if (object.has('result') && object.has('error')) doubts.push('it is a result and an error');
    messages.push({ kind: 'response', result: object.get('result') });
    if (method !== undefined) doubts.push('it is a request and a response');
  }
  if (messages.length === 0) doubts.push('something in it is no JSON-RPC message');
  return messages;
}

function readId(object: JsonObject, doubts: string[]): string | number | undefined {
  const id = object.get('id');
  if (id === undefined || typeof id === 'string' || typeof id === 'number') return id;
  doubts.push('its id is neither text nor a number');
  return undefined;
}
