// The keys of `POST ?delete`, which deletes up to a thousand objects at once: one action each.
import type { JsonObject, JsonValue } from '../../../core/body/json.ts';

export interface DeletedObject {
  readonly key: string;
  readonly version: boolean;
}

/** What S3 takes at once. */
const MAX_KEYS = 1_000;

/** Undefined where the document is not what S3 takes. */
export function deletedObjects(tree: JsonObject): readonly DeletedObject[] | undefined {
  const listed = tree.get('Object');
  const entries = Array.isArray(listed) ? (listed as readonly JsonValue[]) : listed === undefined ? [] : [listed];
  if (entries.length === 0 || entries.length > MAX_KEYS) return undefined;
  const found: DeletedObject[] = [];
  for (const entry of entries) {
    if (!(entry instanceof Map)) return undefined;
    const object: JsonObject = entry;
    const key = object.get('Key');
    const version = object.get('VersionId');
    if (typeof key !== 'string' || key === '') return undefined;
    if (version !== undefined && typeof version !== 'string') return undefined;
    found.push({ key, version: version !== undefined && version !== '' });
  }
  return found;
}
