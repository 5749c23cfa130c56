// JSON Patch (RFC 6902) as partial objects: what an operation puts at a path, standing there alone. Good for asking what a patch
// brings into an object, not for applying it.
import type { JsonObject, JsonValue } from '../../core/body/json.ts';

const MAX_OPERATIONS = 1000;
const MAX_DEPTH = 64;
const MEMBERS: ReadonlySet<string> = new Set(['op', 'path', 'value', 'from']);

export interface JsonPatch {
  readonly objects: readonly JsonObject[];
  /** Pointers to all that is put, replaced or removed. */
  readonly pointers: readonly string[];
}

/** Undefined where it is no patch, or moves values about that are not in it. */
export function readJsonPatch(value: JsonValue): JsonPatch | undefined {
  if (!Array.isArray(value) || value.length > MAX_OPERATIONS) return undefined;
  const objects: JsonObject[] = [];
  const pointers: string[] = [];
  for (const each of value as readonly JsonValue[]) {
    if (!(each instanceof Map)) return undefined;
    const operation = each as JsonObject;
    const [op, path, put] = [operation.get('op'), operation.get('path'), operation.get('value')];
    if (typeof path !== 'string' || [...operation.keys()].some((name) => !MEMBERS.has(name))) return undefined;
    if (op === 'test') continue;
    pointers.push(path);
    if (op === 'remove') continue;
    const object = (op === 'add' || op === 'replace') && put !== undefined ? standing(path, put) : undefined;
    if (!object) return undefined;
    objects.push(object);
  }
  return { objects, pointers };
}

function standing(pointer: string, put: JsonValue): JsonObject | undefined {
  if (pointer !== '' && !pointer.startsWith('/')) return undefined;
  const names = pointer === '' ? [] : pointer.slice(1).split('/');
  if (names.length > MAX_DEPTH || names.some((name) => /~(?![01])/.test(name))) return undefined;
  let value = put;
  for (const [i, raw] of [...names.entries()].toReversed()) {
    const name = raw.replaceAll('~1', '/').replaceAll('~0', '~');
    // At the top stands an object, whatever the name looks like.
    value = i > 0 && /^(?:-|0|[1-9]\d*)$/.test(name) ? [value] : new Map([[name, value]]);
  }
  return value instanceof Map ? (value as JsonObject) : undefined;
}
