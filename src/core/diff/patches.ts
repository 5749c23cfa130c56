// What a patch makes of a JSON value, without sending it: JSON Merge Patch (RFC 7396) and JSON Patch (RFC 6902).
import type { JsonObject, JsonValue } from '../body/json.ts';
import { isEqual } from './json-diff.ts';

/** RFC 7396 §2. Depth is bounded by the parser. */
export function mergePatch(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!(patch instanceof Map)) return patch;
  const result = new Map<string, JsonValue>(target instanceof Map ? (target as JsonObject) : []);
  for (const [name, value] of patch as JsonObject) {
    if (value === null) result.delete(name);
    else result.set(name, mergePatch(result.get(name), value));
  }
  return result;
}

export type Patched =
  | { readonly ok: true; readonly value: JsonValue | undefined }
  | { readonly ok: false; readonly why: string };

const MAX_OPERATIONS = 500;

/** RFC 6902: all operations in order, or none. Never throws. */
export function jsonPatch(target: JsonValue, patch: JsonValue): Patched {
  if (!Array.isArray(patch)) return { ok: false, why: 'the patch is not a list of operations' };
  const list = patch as readonly JsonValue[];
  if (list.length > MAX_OPERATIONS) return { ok: false, why: `the patch has more than ${MAX_OPERATIONS} operations` };
  let value: JsonValue | undefined = target;
  for (const [i, operation] of list.entries()) {
    const next: Result | undefined = operation instanceof Map ? apply(value, operation as JsonObject) : undefined;
    if (!next) return { ok: false, why: `operation ${i} of the patch does not apply to the resource as it is` };
    value = next.value;
  }
  return { ok: true, value };
}

interface Result {
  readonly value: JsonValue | undefined;
}

function apply(root: JsonValue | undefined, operation: JsonObject): Result | undefined {
  const path = pointer(operation.get('path'));
  if (!path) return undefined;
  const value = operation.get('value');
  switch (operation.get('op')) {
    case 'add':
      return value === undefined ? undefined : put(root, path, value, 'add');
    case 'replace':
      return value === undefined ? undefined : put(root, path, value, 'replace');
    case 'remove':
      return put(root, path, undefined, 'remove');
    case 'test': {
      const found = at(root, path);
      return found !== undefined && isEqual(found, value) ? { value: root } : undefined;
    }
    case 'copy':
    case 'move': {
      const from = pointer(operation.get('from'));
      const found = from && at(root, from);
      if (!from || found === undefined) return undefined;
      const left = operation.get('op') === 'move' ? put(root, from, undefined, 'remove') : { value: root };
      return left && put(left.value, path, found, 'add');
    }
    default:
      return undefined;
  }
}

/** RFC 6901 §4; undefined where it is none. */
function pointer(text: JsonValue | undefined): readonly string[] | undefined {
  if (typeof text !== 'string' || (text !== '' && !text.startsWith('/'))) return undefined;
  if (text === '') return [];
  const steps = text.slice(1).split('/');
  return steps.length > 64 ? undefined : steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function index(step: string, length: number): number | undefined {
  return /^(?:0|[1-9]\d{0,8})$/.test(step) && Number(step) <= length ? Number(step) : undefined;
}

function at(root: JsonValue | undefined, path: readonly string[]): JsonValue | undefined {
  let value = root;
  for (const step of path) {
    if (Array.isArray(value)) {
      const i = index(step, value.length);
      value = i === undefined ? undefined : (value as readonly JsonValue[])[i];
    } else value = value instanceof Map ? (value as JsonObject).get(step) : undefined;
  }
  return value;
}

function put(
  root: JsonValue | undefined,
  path: readonly string[],
  value: JsonValue | undefined,
  how: 'add' | 'replace' | 'remove',
): Result | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return how !== 'add' && root === undefined ? undefined : { value };
  if (Array.isArray(root)) {
    const list = [...(root as readonly JsonValue[])];
    const i = step === '-' && rest.length === 0 && how === 'add' ? list.length : index(step, list.length);
    if (i === undefined) return undefined;
    if (rest.length === 0 && how === 'add') list.splice(i, 0, value ?? null);
    else {
      if (i >= list.length) return undefined;
      const inner = put(list[i], rest, value, how);
      if (!inner) return undefined;
      if (inner.value === undefined) list.splice(i, 1);
      else list[i] = inner.value;
    }
    return { value: list };
  }
  if (!(root instanceof Map)) return undefined;
  const map = new Map<string, JsonValue>(root as JsonObject);
  if (rest.length > 0 || how !== 'add') {
    if (!map.has(step)) return undefined;
    const inner = put(map.get(step), rest, value, how);
    if (!inner) return undefined;
    if (inner.value === undefined) map.delete(step);
    else map.set(step, inner.value);
  } else map.set(step, value ?? null);
  return { value: map };
}
