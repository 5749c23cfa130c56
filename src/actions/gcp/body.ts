// The parameters that a call of Google's APIs carries in its body and query. INVARIANT: a body that parsers could read in two ways is `broken`,
// and one that is not there is `closed`; neither gives parameters that a condition could take for all of them.
import { contentType, isFormType, isInspectableCharset, isJsonType } from '../../core/body/content-type.ts';
import { parseForm } from '../../core/body/form.ts';
import { type JsonObject, type JsonValue, parseJson } from '../../core/body/json.ts';
import { decodeStrict } from '../../core/body/percent.ts';
import type { CallBody, RawHeaders } from '../../core/call.ts';

export interface GcpBody {
  readonly tree: JsonObject;
  /** `none`: there is no body; `closed`: nobody has read it, or not all; `broken`: it is not what the API takes. */
  readonly state: 'none' | 'whole' | 'closed' | 'broken';
}

const NOTHING: JsonObject = new Map();
const MAX_KEYS = 20_000;

/** `form`: the API takes forms too, as token endpoints do. */
export function readGcpBody(body: CallBody, headers: RawHeaders, form: boolean): GcpBody {
  if (body.state === 'none') return { tree: NOTHING, state: 'none' };
  if (body.state !== 'whole') return { tree: NOTHING, state: 'closed' };
  if (body.decoded.length === 0) return { tree: NOTHING, state: body.bytes.length === 0 ? 'none' : 'broken' };
  const type = contentType(headers);
  const broken: GcpBody = { tree: NOTHING, state: 'broken' };
  if (type.state !== 'known' || !isInspectableCharset(type.charset)) return broken;
  if (form && isFormType(type.type)) {
    const read = parseForm(body.decoded);
    if (!read.ok || new Set(read.fields.map(({ name }) => name)).size < read.fields.length) return broken;
    return { tree: new Map(read.fields.map(({ name, value }) => [name, value])), state: 'whole' };
  }
  if (!isJsonType(type.type)) return broken;
  return fromJson(body.decoded);
}

export function fromJson(bytes: Uint8Array): GcpBody {
  const read = parseJson(bytes);
  if (!read.ok || !(read.value instanceof Map)) return { tree: NOTHING, state: 'broken' };
  const object: JsonObject = read.value;
  if (!hasSnake(object)) return { tree: object, state: 'whole' };
  if (read.nodes > MAX_KEYS) return { tree: NOTHING, state: 'broken' };
  const camel = inCamelCase(object);
  return camel instanceof Map ? { tree: camel, state: 'whole' } : { tree: NOTHING, state: 'broken' };
}

const SNAKE = /[a-z0-9]_[a-z]/;

function hasSnake(value: JsonValue): boolean {
  const open: JsonValue[] = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (Array.isArray(next)) {
      for (const item of next as readonly JsonValue[]) if (typeof item === 'object' && item !== null) open.push(item);
    } else if (next instanceof Map) {
      for (const [key, member] of next as JsonObject) {
        if (SNAKE.test(key)) return true;
        if (typeof member === 'object' && member !== null) open.push(member);
      }
    }
  }
  return false;
}

/**
 * Fields may be written as in JSON or as in protocol buffers (developers.google.com/protocol-buffers/docs/proto3#json): `bindingsDelta`
 * and `bindings_delta` are one. Each gets the name of JSON too; undefined where both stand there.
 */
function inCamelCase(value: JsonValue): JsonValue | undefined {
  if (Array.isArray(value)) {
    const list = (value as readonly JsonValue[]).map(inCamelCase);
    return list.includes(undefined) ? undefined : (list as JsonValue[]);
  }
  if (!(value instanceof Map)) return value;
  const object: JsonObject = value;
  const renamed = new Map<string, JsonValue>();
  for (const [key, member] of object) {
    const inner = inCamelCase(member);
    if (inner === undefined) return undefined;
    renamed.set(key, inner);
    if (!SNAKE.test(key)) continue;
    const camel = key.replaceAll(/_([a-z0-9])/g, (_all, letter: string) => letter.toUpperCase());
    if (object.has(camel)) return undefined;
    renamed.set(camel, inner);
  }
  return renamed;
}

/** Of every API, and none of the method's: keys and tokens, formats, and what names the caller. */
const UNSAID =
  /^\$?(?:access_token|oauth_token|bearer_token|key|callback|prettyPrint|quotaUser|userIp|\.xgafv|upload_id|pp)$/;
const MAX_PAIRS = 1_000;

/** Parameters of the query; several values of one name are a list. `clean` is false where parsers could differ. */
export function queryParameters(query: string | undefined): { readonly tree: JsonObject; readonly clean: boolean } {
  if (query === undefined || query === '') return { tree: NOTHING, clean: true };
  const values = new Map<string, JsonValue>();
  let clean = !query.includes(';');
  for (const [i, pair] of query.split('&', MAX_PAIRS + 1).entries()) {
    if (pair === '') continue;
    const at = pair.indexOf('=');
    const name = decodeStrict(at < 0 ? pair : pair.slice(0, at), true);
    const value = decodeStrict(at < 0 ? '' : pair.slice(at + 1), true);
    if (name === undefined || value === undefined || i >= MAX_PAIRS) clean = false;
    else if (!UNSAID.test(name)) {
      // `$alt` and `alt` are one.
      const bare = name.startsWith('$') ? name.slice(1) : name;
      const before = values.get(bare);
      if (before === undefined) values.set(bare, value);
      else values.set(bare, Array.isArray(before) ? [...(before as readonly JsonValue[]), value] : [before, value]);
    }
  }
  return { tree: values, clean };
}
