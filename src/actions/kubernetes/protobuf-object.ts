// A Kubernetes object in its protobuf envelope: `k8s\0`, then runtime.Unknown with apiVersion, kind and the object's bytes.
import type { JsonObject } from '../../core/body/json.ts';
import { decodeMessage, type Schema } from './protobuf.ts';
import { schemaOf } from './protobuf-schemas.ts';

export interface ProtobufObject {
  /** `apiVersion`, `kind` and the fields that are known of this kind. */
  readonly object: JsonObject;
  /** False where nothing of the kind's fields is known. */
  readonly whole: boolean;
}

const MAGIC: readonly number[] = [0x6b, 0x38, 0x73, 0];
const TYPE_META: Schema = new Map([
  [1, ['apiVersion', 'string']],
  [2, ['kind', 'string']],
]);
const UNKNOWN: Schema = new Map([
  [1, ['typeMeta', { message: TYPE_META }]],
  [2, ['raw', 'bytes']],
  [3, ['contentEncoding', 'string']],
  [4, ['contentType', 'string']],
]);

/** `fallback`: apiVersion and kind that the server assumes where the envelope names none. Undefined where it cannot be read. */
export function readProtobufObject(
  bytes: Uint8Array,
  fallback: { readonly apiVersion: string; readonly kind: string },
): ProtobufObject | undefined {
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) return undefined;
  const unknown = decodeMessage(bytes.subarray(MAGIC.length), UNKNOWN);
  const meta = unknown?.get('typeMeta') ?? new Map();
  const raw = unknown?.get('raw');
  if (!unknown || !(meta instanceof Map) || typeof raw !== 'string') return undefined;
  // Something else than protobuf inside, which only some servers would undo.
  if (['contentEncoding', 'contentType'].some((name) => (unknown.get(name) ?? '') !== '')) return undefined;
  const type = meta as JsonObject;
  const apiVersion = nonEmpty(type.get('apiVersion')) ?? fallback.apiVersion;
  const kind = nonEmpty(type.get('kind')) ?? fallback.kind;
  const head = [
    ['apiVersion', apiVersion],
    ['kind', kind],
  ] as const;
  const slash = apiVersion.indexOf('/');
  const schema = schemaOf(slash < 0 ? '' : apiVersion.slice(0, slash), kind);
  if (!schema) return { object: new Map(head), whole: false };
  const fields = decodeMessage(Buffer.from(raw, 'latin1'), schema);
  return fields && { object: new Map([...head, ...fields]), whole: true };
}

function nonEmpty(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
