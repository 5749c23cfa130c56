// The named values of a call, from its query and its body, that every parser finds alike. INVARIANT: a name with two values, or in two cases,
// or in both places, has none here: a condition about it fails instead of seeing the value that the server does not take.
import type { JsonObject, JsonValue } from '../core/body/json.ts';
import { lookUp, plainPairs } from '../core/policy/pairs.ts';
import { foldKey } from './folded-keys.ts';

export interface AgreedValues {
  readonly members: JsonObject;
  readonly pairs: ReadonlyMap<string, string>;
  /** False where something was left out. */
  readonly whole: boolean;
}

const NOTHING: ReadonlyMap<string, string> = new Map();
/** Names times characters of a query that parsers could read differently; beyond, none of the names is looked for. */
const MAX_WORK = 2_000_000;

/** `query`: raw. */
export function agreedValues(members: JsonObject | undefined, query: string | undefined): AgreedValues {
  const all: JsonObject = members ?? new Map<string, JsonValue>();
  const times = new Map<string, number>();
  const count = (name: string): void => void times.set(foldKey(name), (times.get(foldKey(name)) ?? 0) + 1);
  for (const name of all.keys()) count(name);
  const pairs = query === undefined || query === '' ? NOTHING : plainPairs(query);
  for (const name of pairs?.keys() ?? []) count(name);
  const once = (name: string): boolean => times.get(foldKey(name)) === 1;
  const isFree = pairs ? once : (name: string): boolean => once(name) && isAbsent(query ?? '', name, all.size);
  const kept = new Map([...all].filter(([name]) => isFree(name)));
  const free = pairs ? new Map([...pairs].filter(([name]) => once(name))) : NOTHING;
  return { members: kept, pairs: free, whole: kept.size === all.size && free.size === pairs?.size };
}

function isAbsent(query: string, name: string, names: number): boolean {
  return names * query.length <= MAX_WORK && lookUp(query, name).possible.length === 0;
}
