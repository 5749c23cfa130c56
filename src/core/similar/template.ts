// The shape of a held call apart from its values. INVARIANT: what the shape and the values leave out of a call is nothing but what the digest
// leaves out too, and checksums of what they hold: two calls of one shape differ in the values that are named, and in nothing else.
import { contentType, isFormType, isInspectableCharset, isJsonType } from '../body/content-type.ts';
import { parseForm } from '../body/form.ts';
import { type JsonValue, parseJson } from '../body/json.ts';
import { bodyBytes, type Call } from '../call.ts';
import { shownHeaderValue } from '../credential-headers.ts';
import { isVolatileHeader } from '../digest.ts';
import { sha256 } from '../sha256.ts';
import { shownQuery } from '../shown-query.ts';

/** One value of a call, by where it stands: `path/3`, `query Action`, `header if-match`, `body /Tags/0/Key`. */
export interface NamedValue {
  readonly place: string;
  readonly value: string;
}

export interface Template {
  /** sha256 over everything but the values. */
  readonly shape: string;
  /** Always the same number in the same order for one shape. */
  readonly values: readonly NamedValue[];
}

/** More of them are no list that anybody reads. */
const MAX_VALUES = 300;
const MAX_BODY = 64 * 1024;
/** Headers that follow from the body (lower-case): they differ wherever it does. */
const CHECKSUM =
  /^(?:content-length|content-md5|digest|content-digest|repr-digest|x-amz-content-sha256|x-amz-checksum-.*|x-goog-hash|x-amz-sdk-checksum-algorithm)$/;

/** Undefined where a call cannot be taken apart so that everything in it has a name. Never throws. */
export function templateOf(call: Call): Template | undefined {
  const body = bodyValues(call);
  if (!body) return undefined;
  const segments = call.path.split('/').map((value, i) => ({ place: `path/${i}`, value }));
  const headers = headerFields(call);
  const values = [...segments, ...queryValues(call.query), ...headers, ...body.values];
  if (values.length > MAX_VALUES) return undefined;
  const { method, upstream, scheme, host, query, message, upgrade, signedFor } = call;
  const shape = JSON.stringify([
    [method, upstream, scheme, host, query === undefined, message, upgrade, signedFor?.service, signedFor?.region],
    body.kind,
    values.map(({ place }) => place),
  ]);
  return { shape: sha256(shape.toWellFormed()), values };
}

/** The values of `other` that are not those of `one`, which has the same shape, as people may see them: of a secret, that it is another one. */
export function differences(one: Template, other: Template): readonly NamedValue[] {
  return other.values.filter(({ value }, i) => value !== one.values[i]?.value).map(shownValue);
}

function shownValue({ place, value }: NamedValue): NamedValue {
  const [, where, name = ''] = /^(query|header) (.*?)=?$/s.exec(place) ?? [];
  if (where === 'header') return { place, value: shownHeaderValue(name, value) };
  // Named as in the address, so that it is hidden here exactly where it is hidden there.
  return where === 'query' ? { place, value: shownQuery(`${name}=${value}`).slice(name.length + 1) } : { place, value };
}

/** Raw pairs: how a name is written belongs to the shape. */
function queryValues(query: string | undefined): readonly NamedValue[] {
  if (query === undefined || query === '') return [];
  return query.split('&').map((pair) => {
    const at = pair.indexOf('=');
    return { place: `query ${at < 0 ? pair : pair.slice(0, at)}${at < 0 ? '' : '='}`, value: pair.slice(at + 1) };
  });
}

function headerFields({ headers }: Call): readonly NamedValue[] {
  const fields: NamedValue[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = (headers[i] ?? '').toLowerCase();
    const value = headers[i + 1] ?? '';
    if (!isVolatileHeader(name, value) && !CHECKSUM.test(name)) fields.push({ place: `header ${name}`, value });
  }
  // Order between names means nothing, order within one does (RFC 9110 §5.3); sorting keeps the latter.
  return fields.toSorted((a, b) => (a.place < b.place ? -1 : a.place > b.place ? 1 : 0));
}

interface BodyValues {
  /** How it is written, or all of it where nothing in it has a name. */
  readonly kind: string;
  readonly values: readonly NamedValue[];
}

function bodyValues(call: Call): BodyValues | undefined {
  const { body } = call;
  if (body.state === 'none') return { kind: 'none', values: [] };
  if (body.state !== 'whole' || (bodyBytes(call)?.length ?? 0) > MAX_BODY || body.decoded.length > MAX_BODY)
    return undefined;
  const type = contentType(call.headers);
  const known = type.state === 'known' && isInspectableCharset(type.charset) ? type.type : '';
  if (isJsonType(known)) {
    const json = parseJson(body.decoded);
    const values = json.ok ? jsonValues(json.value) : undefined;
    if (values) return { kind: 'json', values };
  }
  if (isFormType(known)) {
    const form = parseForm(body.decoded);
    if (form.ok)
      return { kind: 'form', values: form.fields.map(({ name, value }) => ({ place: `body ${name}`, value })) };
  }
  return { kind: `bytes ${sha256(body.bytes)}`, values: [] };
}

/** Every value by its JSON pointer (RFC 6901); an empty list or object is a value. Undefined where there are too many. */
function jsonValues(root: JsonValue): readonly NamedValue[] | undefined {
  const values: NamedValue[] = [];
  const walk = (value: JsonValue, pointer: string): boolean => {
    if (values.length > MAX_VALUES) return false;
    if (Array.isArray(value) && value.length > 0)
      return (value as readonly JsonValue[]).every((item, i) => walk(item, `${pointer}/${i}`));
    if (value instanceof Map && value.size > 0)
      return [...(value as ReadonlyMap<string, JsonValue>)].every(([name, member]) =>
        walk(member, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`),
      );
    values.push({ place: `body ${pointer}`, value: leafText(value) });
    return true;
  };
  return walk(root, '') ? values : undefined;
}

/** Texts keep their quotes, so that "1" and 1 are not the same. */
function leafText(value: JsonValue): string {
  if (Array.isArray(value)) return '[]';
  if (value instanceof Map) return '{}';
  if (typeof value === 'object' && value !== null) return (value as { readonly text: string }).text;
  return JSON.stringify(value);
}
