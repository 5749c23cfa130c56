// The shape of a held call apart from its values. INVARIANT: what the shape and the values leave out of a call is nothing but what the digest
// leaves out too, and checksums of what they hold: two calls of one shape differ in the values that are named, and in nothing else.
import { contentType, isFormType, isInspectableCharset, isJsonType } from '../body/content-type.ts';
import { parseForm } from '../body/form.ts';
import { type JsonValue, parseJson } from '../body/json.ts';
import { decodeUtf8 } from '../body/utf8.ts';
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
  readonly values: readonly TemplateValue[];
}

interface TemplateValue extends NamedValue {
  /** How it stands in the call, where `value` is easier to read: two ways to write one thing are a difference too. */
  readonly written?: string;
}

/** More of them are no list that anybody reads. */
const MAX_VALUES = 300;
const MAX_BODY = 64 * 1024;
/** Characters of all names of a body: one long name over many values is many times as long as the body. */
const MAX_NAMES = 32 * 1024;
/** Headers that follow from the body (lower-case): they differ wherever it does. That they are there belongs to the shape. */
const CHECKSUM =
  /^(?:content-length|content-md5|digest|content-digest|repr-digest|x-amz-content-sha256|x-amz-checksum-(?:crc32c?|crc64nvme|sha1|sha256)|x-goog-hash)$/;

/** Undefined where a call cannot be taken apart so that everything in it has a name. Never throws. */
export function templateOf(call: Call): Template | undefined {
  const body = bodyValues(call);
  if (!body) return undefined;
  const segments = call.path.split('/').map((value, i) => ({ place: `path/${i}`, value }));
  const { headers, checksums } = headerFields(call);
  const values = [...segments, ...queryValues(call.query), ...headers, ...body.values];
  if (values.length > MAX_VALUES) return undefined;
  const { method, upstream, scheme, host, query, message, upgrade, signedFor } = call;
  const shape = JSON.stringify([
    [method, upstream, scheme, host, query === undefined, message, upgrade, signedFor?.service, signedFor?.region],
    body.kind,
    checksums,
    values.map(({ place }) => place),
  ]);
  return { shape: sha256(shape.toWellFormed()), values };
}

/** The values of `other` that are not those of `one`, which has the same shape, as people may see them: of a secret, that it is another one. */
export function differences(one: Template, other: Template): readonly NamedValue[] {
  return other.values.filter((value, i) => exactly(value) !== exactly(one.values[i])).map(shownValue);
}

function shownValue({ place, value }: NamedValue): NamedValue {
  const [, name] = /^query (.*)=$/s.exec(place) ?? [];
  // Named as in the address, so that it is hidden here exactly where it is hidden there.
  return { place, value: name === undefined ? value : shownQuery(`${name}=${value}`).slice(name.length + 1) };
}

const exactly = (value: TemplateValue | undefined): string | undefined => value?.written ?? value?.value;

/** Raw pairs: how a name is written belongs to the shape. */
function queryValues(query: string | undefined): readonly NamedValue[] {
  if (query === undefined || query === '') return [];
  return query.split('&').map((pair) => {
    const at = pair.indexOf('=');
    return { place: `query ${at < 0 ? pair : pair.slice(0, at)}${at < 0 ? '' : '='}`, value: pair.slice(at + 1) };
  });
}

/** Keys in headers are named as everywhere else: nobody reads them. */
function headerFields({ headers }: Call): {
  readonly headers: readonly TemplateValue[];
  readonly checksums: readonly string[];
} {
  const fields: TemplateValue[] = [];
  const checksums: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = (headers[i] ?? '').toLowerCase();
    const value = headers[i + 1] ?? '';
    if (isVolatileHeader(name, value)) continue;
    if (CHECKSUM.test(name)) checksums.push(name);
    else fields.push({ place: `header ${name}`, value: shownHeaderValue(name, value), written: value });
  }
  // Order between names means nothing, order within one does (RFC 9110 §5.3); sorting keeps the latter.
  const sorted = fields.toSorted((a, b) => (a.place < b.place ? -1 : a.place > b.place ? 1 : 0));
  return { headers: sorted, checksums: checksums.toSorted() };
}

interface BodyValues {
  /** How it is written, or all of it where nothing in it has a name. */
  readonly kind: string;
  readonly values: readonly TemplateValue[];
}

function bodyValues(call: Call): BodyValues | undefined {
  const { body } = call;
  if (body.state === 'none') return { kind: 'none', values: [] };
  if (body.state !== 'whole' || (bodyBytes(call)?.length ?? 0) > MAX_BODY || body.decoded.length > MAX_BODY)
    return undefined;
  const type = contentType(call.headers);
  const known = type.state === 'known' && isInspectableCharset(type.charset) ? type.type : '';
  const read =
    (isJsonType(known) ? jsonValues(body.decoded) : undefined) ??
    (isFormType(known) ? formValues(body.decoded) : undefined);
  return read ?? { kind: `bytes ${sha256(body.bytes)}`, values: [] };
}

/** By the decoded names. The kind has them as they are written, and which of them have a value: not everybody decodes names. */
function formValues(bytes: Uint8Array): BodyValues | undefined {
  const form = parseForm(bytes);
  if (!form.ok) return undefined;
  const pairs = form.text.split('&').filter((pair) => pair !== '');
  const written = pairs.map((pair) => pair.slice(pair.indexOf('=') + 1));
  const names = pairs.map((pair, i) => pair.slice(0, pair.length - (written[i] ?? '').length));
  return {
    kind: `form ${names.join('&')}`,
    values: form.fields.map(({ name, value }, i) => ({
      place: `body ${name}`,
      value,
      ...(written[i] !== value && { written: `${written[i]}` }),
    })),
  };
}

/** Every value by its JSON pointer (RFC 6901); an empty list or object is a value. Pointers do not tell lists from objects: the kind does.
 *  Undefined where it is no JSON, or too much of it. */
function jsonValues(bytes: Uint8Array): BodyValues | undefined {
  const [json, read] = [parseJson(bytes), decodeUtf8(bytes)];
  if (!json.ok || !read.ok) return undefined;
  const numbers = numbersOf(read.text);
  const values: NamedValue[] = [];
  let containers = '';
  let room = MAX_NAMES;
  const walk = (value: JsonValue, pointer: string): boolean => {
    room -= pointer.length;
    if (values.length > MAX_VALUES || room < 0) return false;
    if (Array.isArray(value) && value.length > 0) {
      containers += '[';
      return (value as readonly JsonValue[]).every((item, i) => walk(item, `${pointer}/${i}`));
    }
    if (value instanceof Map && value.size > 0) {
      containers += '{';
      return [...(value as ReadonlyMap<string, JsonValue>)].every(([name, member]) =>
        walk(member, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`),
      );
    }
    values.push({ place: `body ${pointer}`, value: leafText(value, numbers) });
    return true;
  };
  return walk(json.value, '') ? { kind: `json ${containers}`, values } : undefined;
}

/** The numbers of a JSON text as they are written, in their order: a double does not have all digits. */
function numbersOf(text: string): string[] {
  const tokens = text.match(/"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g) ?? [];
  return tokens.filter((token) => !token.startsWith('"')).toReversed();
}

/** Texts keep their quotes, so that "1" and 1 are not the same. `numbers`: those that come, the next one last. */
function leafText(value: JsonValue, numbers: string[]): string {
  if (Array.isArray(value)) return '[]';
  if (value instanceof Map) return '{}';
  if (typeof value === 'number' || (typeof value === 'object' && value !== null)) return numbers.pop() ?? '';
  return JSON.stringify(value);
}
