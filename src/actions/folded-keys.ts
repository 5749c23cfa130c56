// Names that some JSON libraries take for one another: Go's encoding/json matches members to fields regardless of case, and lets the
// last one win. What such a server reads may not be what anybody else does.
import type { JsonObject, JsonValue } from '../core/body/json.ts';

/** Equal for two names that Go's simple case folding takes for one; the long s and the Kelvin sign included. */
export function foldKey(name: string): string {
  return name.toUpperCase().toLowerCase();
}

/** What finds a member that is one of `names` in everything but its case. */
export function misspelling(names: readonly string[]): (object: JsonObject) => string | undefined {
  const folded = new Map(names.map((name) => [foldKey(name), name]));
  return (object) => {
    for (const key of object.keys()) {
      const name = folded.get(foldKey(key));
      if (name !== undefined && name !== key) return key;
    }
    return undefined;
  };
}

/** A member, at any depth, beside another one that differs from it only in case. Depth is bounded by the parser. */
export function twinKey(value: JsonValue): string | undefined {
  const open: JsonValue[] = [value];
  for (let item = open.pop(); item !== undefined; item = open.pop()) {
    if (item instanceof Map) {
      const object: JsonObject = item;
      const seen = new Set<string>();
      for (const [key, inner] of object) {
        const folded = foldKey(key);
        if (seen.has(folded)) return key;
        seen.add(folded);
        if (typeof inner === 'object' && inner !== null) open.push(inner);
      }
    } else if (Array.isArray(item)) {
      for (const inner of item as readonly JsonValue[])
        if (typeof inner === 'object' && inner !== null) open.push(inner);
    }
  }
  return undefined;
}
