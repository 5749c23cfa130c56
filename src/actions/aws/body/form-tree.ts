// The parameters of the query protocols as a tree: `Filter.1.Value.2=x` and `Tags.member.1.Key=y` are lists in maps. INVARIANT: where two
// names mean one place, or a name is both a value and a branch, there is no tree.
import type { FormField } from '../../../core/body/form.ts';
import type { JsonObject, JsonValue } from '../../../core/body/json.ts';

const MAX_DEPTH = 16;

type Branch = Map<string, Branch | string>;

/** Undefined where a name is there twice in any spelling. */
export function formTree(fields: readonly FormField[]): JsonObject | undefined {
  const root: Branch = new Map();
  for (const { name, value } of fields) {
    const path = name.includes('.') ? placesOf(name) : [name];
    if (path.length > MAX_DEPTH) return undefined;
    let at = root;
    for (const place of path.slice(0, -1)) {
      let next = at.get(place);
      if (next === undefined) {
        next = new Map();
        at.set(place, next);
      } else if (typeof next === 'string') return undefined;
      at = next;
    }
    const last = path.at(-1) ?? '';
    if (at.has(last)) return undefined;
    at.set(last, value);
  }
  return new Map([...root].map(([name, value]) => [name, valueOf(value)]));
}

/** `member` and `entry` before a number only say that a list follows. */
function placesOf(name: string): string[] {
  const parts = name.split('.');
  return parts.filter(
    (part, i) => i === 0 || !((part === 'member' || part === 'entry') && /^\d+$/.test(parts[i + 1] ?? '')),
  );
}

function valueOf(value: Branch | string): JsonValue {
  if (typeof value === 'string') return value;
  const entries = [...value];
  if (entries.every(([place]) => /^\d+$/.test(place))) {
    return entries.toSorted(([a], [b]) => Number(a) - Number(b)).map(([, each]) => valueOf(each));
  }
  return new Map(entries.map(([place, each]) => [place, valueOf(each)]));
}
