// Strict protobuf: a message's known fields become the members of an object, named as in JSON; unknown fields are skipped.
// INVARIANT: undefined for whatever parsers could merge, cut or read in two ways: a field twice, another wire type, spare bits.
import type { JsonObject, JsonValue } from '../../core/body/json.ts';
import { decodeUtf8 } from '../../core/body/utf8.ts';

export type FieldType =
  | 'string'
  | 'int32'
  | 'int64'
  | 'bool'
  | 'bytes'
  | 'strings'
  /** `map<string, string>`. */
  | 'map'
  | { readonly message: Schema }
  | { readonly messages: Schema }
  /** A message whose members stand in the outer object in JSON. */
  | { readonly inline: Schema };

/** Field number → name in JSON and type. */
export type Schema = ReadonlyMap<number, readonly [name: string, type: FieldType]>;

const MAP_ENTRY: Schema = new Map([
  [1, ['key', 'string']],
  [2, ['value', 'string']],
]);
/** Objects have a few thousand fields at most. */
const MAX_FIELDS = 50_000;
const VARINT = 0;
const LENGTH = 2;

interface Field {
  readonly number: number;
  readonly wire: number;
  /** The varint; 0 for the other wire types. */
  readonly value: bigint;
  readonly bytes: Uint8Array;
}

/** The members of `schema` that the message has; a `bytes` field reads as its text in Latin-1. */
export function decodeMessage(
  message: Uint8Array,
  schema: Schema,
  budget: Budget = { fields: MAX_FIELDS },
): JsonObject | undefined {
  const members = new Map<string, JsonValue>();
  return readInto(members, message, schema, budget) ? members : undefined;
}

/** Fields that may still be read, in the whole message. */
interface Budget {
  fields: number;
}

function readInto(members: Map<string, JsonValue>, message: Uint8Array, schema: Schema, budget: Budget): boolean {
  const seen = new Set<number>();
  for (let at = 0; at < message.length; ) {
    const read = readField(message, at);
    if (!read || budget.fields-- <= 0) return false;
    const { field } = read;
    at = read.end;
    const known = schema.get(field.number);
    if (!known) continue;
    const [name, type] = known;
    const repeats = type === 'strings' || type === 'map' || (typeof type === 'object' && 'messages' in type);
    if (seen.has(field.number) && !repeats) return false;
    seen.add(field.number);
    if (typeof type === 'object' && 'inline' in type) {
      if (field.wire !== LENGTH || !readInto(members, field.bytes, type.inline, budget)) return false;
    } else {
      const value = readValue(field, type, members.get(name), budget);
      if (value === undefined) return false;
      members.set(name, value);
    }
  }
  return true;
}

type PlainType = Exclude<FieldType, { readonly inline: Schema }>;

/** `before`: what the elements of a repeated field read so far are; they are added to it. */
function readValue(
  field: Field,
  type: PlainType,
  before: JsonValue | undefined,
  budget: Budget,
): JsonValue | undefined {
  if (type === 'int32' || type === 'int64' || type === 'bool') {
    return field.wire === VARINT ? readNumber(field.value, type) : undefined;
  }
  if (field.wire !== LENGTH) return undefined;
  if (type === 'bytes') return Buffer.from(field.bytes).toString('latin1');
  if (type === 'string') return readText(field.bytes);
  if (type === 'map') return addEntry(field.bytes, before, budget);
  if (typeof type === 'object' && 'message' in type) return decodeMessage(field.bytes, type.message, budget);
  const element = type === 'strings' ? readText(field.bytes) : decodeMessage(field.bytes, type.messages, budget);
  if (element === undefined) return undefined;
  const list = Array.isArray(before) ? (before as JsonValue[]) : [];
  list.push(element);
  return list;
}

function addEntry(bytes: Uint8Array, before: JsonValue | undefined, budget: Budget): JsonValue | undefined {
  const entry = decodeMessage(bytes, MAP_ENTRY, budget);
  const key = entry?.get('key') ?? '';
  const map = before instanceof Map ? (before as Map<string, JsonValue>) : new Map<string, JsonValue>();
  if (!entry || typeof key !== 'string' || map.has(key)) return undefined;
  return map.set(key, entry.get('value') ?? '');
}

function readText(bytes: Uint8Array): string | undefined {
  const decoded = decodeUtf8(bytes);
  return decoded.ok ? decoded.text : undefined;
}

function readNumber(value: bigint, type: 'int32' | 'int64' | 'bool'): JsonValue | undefined {
  if (type === 'bool') return value === 0n || value === 1n ? value === 1n : undefined;
  const wide = BigInt.asIntN(64, value);
  if (type === 'int32' && BigInt.asIntN(32, wide) !== wide) return undefined;
  const number = Number(wide);
  return Number.isSafeInteger(number) ? number : { text: String(wide) };
}

function readField(message: Uint8Array, from: number): { readonly field: Field; readonly end: number } | undefined {
  const key = readVarint(message, from);
  if (!key || key.value >= 1n << 32n) return undefined;
  const number = Number(key.value >> 3n);
  const wire = Number(key.value & 7n);
  if (number === 0) return undefined;
  if (wire === VARINT) {
    const varint = readVarint(message, key.end);
    return varint && { field: { number, wire, value: varint.value, bytes: NOTHING }, end: varint.end };
  }
  const length = wire === LENGTH ? readVarint(message, key.end) : undefined;
  if (wire === LENGTH && !length) return undefined;
  const start = length?.end ?? key.end;
  const size = length ? length.value : wire === 1 ? 8n : wire === 5 ? 4n : undefined;
  // Groups (3, 4) are long gone.
  if (size === undefined || size > BigInt(message.length - start)) return undefined;
  const end = start + Number(size);
  return { field: { number, wire, value: 0n, bytes: message.subarray(start, end) }, end };
}

const NOTHING = new Uint8Array();

/** At most 64 bits, in no more bytes than they take. */
function readVarint(bytes: Uint8Array, from: number): { readonly value: bigint; readonly end: number } | undefined {
  let value = 0n;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[from + i];
    if (byte === undefined) return undefined;
    value |= BigInt(byte & 0x7f) << BigInt(7 * i);
    if (byte >= 0x80) continue;
    return (byte === 0 && i > 0) || value >= 1n << 64n ? undefined : { value, end: from + i + 1 };
  }
  return undefined;
}
