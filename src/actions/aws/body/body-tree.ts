// The body of a call as one tree, in whichever notation its protocol writes it.
import { contentType, isFormType, isInspectableCharset, isJsonType } from '../../../core/body/content-type.ts';
import { parseForm } from '../../../core/body/form.ts';
import { type BigNumber, type JsonValue, parseJson } from '../../../core/body/json.ts';
import type { Call } from '../../../core/call.ts';
import { type CborValue, parseCbor } from '../../cbor.ts';
import { parseXml } from './xml.ts';

export type BodyTree =
  | { readonly state: 'none' }
  | { readonly state: 'tree'; readonly tree: JsonValue }
  /** Nobody has read it, or it could not be read whole. */
  | { readonly state: 'closed' }
  /** Read, but not as what it should be: parsers could differ about it. */
  | { readonly state: 'broken' };

const NONE: BodyTree = { state: 'none' };
const CLOSED: BodyTree = { state: 'closed' };
const BROKEN: BodyTree = { state: 'broken' };

/** Bytes of the body where they were all received and understood. */
function wholeBody(call: Call): Uint8Array | BodyTree {
  const { body } = call;
  if (body.state === 'none') return NONE;
  if (body.state !== 'whole') return CLOSED;
  return body.decoded.length === 0 ? NONE : body.decoded;
}

/** `type`: the exact media type, or true for any JSON. */
export function jsonBody(call: Call): BodyTree {
  const bytes = wholeBody(call);
  if (!(bytes instanceof Uint8Array)) return bytes;
  const type = contentType(call.headers);
  if (type.state !== 'known' || !isJsonType(type.type) || !isInspectableCharset(type.charset)) return BROKEN;
  const json = parseJson(bytes);
  return json.ok ? { state: 'tree', tree: json.value } : BROKEN;
}

export function cborBody(call: Call): BodyTree {
  const bytes = wholeBody(call);
  if (!(bytes instanceof Uint8Array)) return bytes;
  const type = contentType(call.headers);
  const cbor = type.state === 'known' && type.type === 'application/cbor' ? parseCbor(bytes) : undefined;
  return cbor?.ok ? { state: 'tree', tree: fromCbor(cbor.value) } : BROKEN;
}

/** Byte strings are only said to be there. */
function fromCbor(value: CborValue): JsonValue {
  if (typeof value === 'number') return Number.isFinite(value) ? value : { text: String(value) };
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Uint8Array) return `[${value.length} bytes]`;
  if (Array.isArray(value)) return (value as readonly CborValue[]).map(fromCbor);
  if (!(value instanceof Map)) return value as BigNumber;
  return new Map([...(value as ReadonlyMap<string, CborValue>)].map(([name, member]) => [name, fromCbor(member)]));
}

/** The body of a REST call: clients of REST services do not always say its type, but what it begins with has to agree with it. `also`: a
 *  form, or JSON as plain text, where the operation takes one. */
export function restBody(call: Call, also?: 'form' | 'text'): BodyTree {
  const bytes = wholeBody(call);
  if (!(bytes instanceof Uint8Array)) return bytes;
  const type = contentType(call.headers);
  if (type.state === 'contradictory') return BROKEN;
  if (type.state === 'known' && !isInspectableCharset(type.charset)) return BROKEN;
  const first = bytes.find((byte) => byte !== 32 && byte !== 9 && byte !== 10 && byte !== 13);
  const said = type.state === 'missing' ? '' : type.type;
  if (first === 0x3c) {
    const xml = said === '' || /xml$|^application\/octet-stream$|^binary\//.test(said) ? parseXml(bytes) : undefined;
    return xml ? { state: 'tree', tree: xml.value } : BROKEN;
  }
  if (also === 'form' && isFormType(said)) {
    const form = parseForm(bytes);
    if (!form.ok || new Set(form.fields.map(({ name }) => name)).size < form.fields.length) return BROKEN;
    return { state: 'tree', tree: new Map(form.fields.map(({ name, value }) => [name, value])) };
  }
  const isJson =
    said === '' ||
    isJsonType(said) ||
    said === 'application/octet-stream' ||
    (also === 'text' && said === 'text/plain');
  const json = isJson ? parseJson(bytes) : undefined;
  return json?.ok ? { state: 'tree', tree: json.value } : BROKEN;
}
