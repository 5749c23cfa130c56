// The body of a call to the API server, in whichever of its notations: JSON, YAML, CBOR, protobuf, or a patch. INVARIANT: where the
// server or a hop before it might read another object, the reading is not `sure`; what cannot be read at all is `opaque`.
import { contentType, isInspectableCharset } from '../../core/body/content-type.ts';
import { type JsonObject, type JsonValue, parseJson } from '../../core/body/json.ts';
import { decodeUtf8 } from '../../core/body/utf8.ts';
import type { Call } from '../../core/call.ts';
import { parseCbor } from '../cbor.ts';
import { textOfCbor } from './cbor-text.ts';
import { readJsonPatch } from './json-patch.ts';
import { readProtobufObject } from './protobuf-object.ts';
import { hasDisputedBreak, parseYamlObject } from './yaml-object.ts';

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

export type KubernetesBody =
  | { readonly state: 'none' }
  /** Anything may be in it. */
  | { readonly state: 'opaque' }
  | {
      readonly state: 'read';
      /** One object; for a JSON patch what each operation puts, standing alone. */
      readonly objects: readonly JsonObject[];
      /** Of a JSON patch: where it changes something. */
      readonly pointers: readonly string[];
      readonly sure: boolean;
      /** False where nothing says what it is written in. */
      readonly typed: boolean;
    };

type Notation = 'json' | 'yaml' | 'cbor' | 'protobuf';

const NOTATIONS: ReadonlyMap<string, Notation> = new Map([
  ['application/json', 'json'],
  ['application/yaml', 'yaml'],
  ['application/cbor', 'cbor'],
  ['application/vnd.kubernetes.protobuf', 'protobuf'],
  ['application/json-patch+json', 'json'],
  ['application/merge-patch+json', 'json'],
  ['application/strategic-merge-patch+json', 'json'],
  ['application/apply-patch+yaml', 'yaml'],
  ['application/apply-patch+cbor', 'cbor'],
]);

const PATCH_TYPES: ReadonlyMap<string, PatchType> = new Map([
  ['application/json-patch+json', 'json'],
  ['application/merge-patch+json', 'merge'],
  ['application/strategic-merge-patch+json', 'strategic'],
  ['application/apply-patch+yaml', 'apply'],
  ['application/apply-patch+cbor', 'apply'],
]);

/** What a PATCH says it is; undefined where it says nothing that the API server takes. */
export function patchType(call: Call): PatchType | undefined {
  const type = contentType(call.headers);
  return type.state === 'known' ? PATCH_TYPES.get(type.type) : undefined;
}

const OPAQUE: KubernetesBody = { state: 'opaque' };

/** `expected`: apiVersion and kind that the server assumes where a protobuf envelope names none. */
export function readKubernetesBody(
  call: Call,
  expected: { readonly apiVersion: string; readonly kind: string },
): KubernetesBody {
  const { body } = call;
  if (body.state === 'none') return { state: 'none' };
  if (body.state !== 'whole') return OPAQUE;
  if (body.decoded.length === 0 && body.bytes.length === 0) return { state: 'none' };
  const type = contentType(call.headers);
  // The server takes a body without a type for JSON (k8s.io/apiserver, negotiation.NegotiateInputSerializer), but for patches, which it
  // refuses. kubectl and the Python client send such bodies.
  const name = type.state === 'known' ? type.type : type.state === 'missing' ? 'application/json' : '';
  const notation = NOTATIONS.get(name);
  if (!notation || (type.state === 'known' && !isInspectableCharset(type.charset))) return OPAQUE;
  // The API server undoes no Content-Encoding.
  const plain = (type.state === 'known' || call.method !== 'PATCH') && body.bytes === body.decoded;
  const typed = type.state === 'known';
  if (notation === 'protobuf') {
    const read = readProtobufObject(body.decoded, expected);
    return read ? { state: 'read', objects: [read.object], pointers: [], sure: plain && read.whole, typed } : OPAQUE;
  }
  const value = parse(body.decoded, notation);
  if (PATCH_TYPES.get(name) === 'json') {
    const patch = value === undefined ? undefined : readJsonPatch(value);
    return patch ? { state: 'read', ...patch, sure: plain, typed } : OPAQUE;
  }
  if (!(value instanceof Map)) return OPAQUE;
  return { state: 'read', objects: [value as JsonObject], pointers: [], sure: plain, typed };
}

function parse(bytes: Uint8Array, notation: 'json' | 'yaml' | 'cbor'): JsonValue | undefined {
  if (notation === 'cbor') {
    const read = parseCbor(bytes, { byteKeys: true });
    return read.ok ? textOfCbor(read.value) : undefined;
  }
  const json = parseJson(bytes);
  if (notation === 'json') return json.ok ? json.value : undefined;
  const decoded = decodeUtf8(bytes);
  if (!decoded.ok || hasDisputedBreak(decoded.text)) return undefined;
  // Clients send JSON as YAML, of which it is a part.
  if (json.ok) return json.value;
  return json.why === 'syntax' ? parseYamlObject(decoded.text) : undefined;
}
