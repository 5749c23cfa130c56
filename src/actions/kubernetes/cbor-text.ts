// CBOR as the API server reads it: byte strings stand for texts too (its own clients write every string so).
import type { JsonValue } from '../../core/body/json.ts';
import { decodeUtf8 } from '../../core/body/utf8.ts';
import type { CborMap, CborValue } from '../cbor.ts';

/** Bytes that are no UTF-8 are data of the object, as Latin-1. Depth is that of the parser. */
export function textOfCbor(value: CborValue): JsonValue {
  if (value instanceof Uint8Array) {
    const decoded = decodeUtf8(value);
    return decoded.ok ? decoded.text : Buffer.from(value).toString('latin1');
  }
  if (Array.isArray(value)) return (value as readonly CborValue[]).map(textOfCbor);
  if (value instanceof Map) return new Map([...(value as CborMap)].map(([name, item]) => [name, textOfCbor(item)]));
  return value as JsonValue;
}
