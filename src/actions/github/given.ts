// What a call gives for a parameter beside its path: members of the JSON body and parameters of the query, which Rails takes as one.
import type { JsonObject, JsonValue } from '../../core/body/json.ts';
import { lookUp, plainPairs } from '../../core/policy/pairs.ts';
import type { RestBody } from './rest-body.ts';

export interface Given {
  /** True where the body cannot be looked into: anything may be given. */
  readonly anything: boolean;
  /** False where parsers could find different values for one name. */
  readonly clear: boolean;
  /** Every value that some parser finds under the name (in small letters); words of the query for `true` and `false` as such. */
  values(name: string): readonly JsonValue[];
}

export const isObject = (value: JsonValue | undefined): value is JsonObject => value instanceof Map;

export function givenIn(body: RestBody, query: string | undefined): Given {
  const tree = body.state === 'tree' && isObject(body.tree) ? body.tree : undefined;
  const members = new Map<string, JsonValue[]>();
  for (const [name, value] of tree ?? []) {
    const folded = name.toLowerCase();
    const same = members.get(folded);
    if (same) same.push(value);
    else members.set(folded, [value]);
  }
  return {
    // A list, a text or a number is for the endpoints that take one; who knows what another makes of it.
    anything: body.state === 'opaque' || (body.state === 'tree' && !tree),
    clear: isRead(body) && members.size === (tree?.size ?? 0) && isApart(query, members),
    values(name) {
      const inQuery = query === undefined ? [] : lookUp(query, name).possible;
      return [...(members.get(name) ?? []), ...inQuery.map((text) => WORDS.get(text) ?? text)];
    },
  };
}

const WORDS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
]);

const isRead = (body: RestBody): boolean => body.state !== 'opaque' || body.sure;

/** The query can be read in one way, and names nothing that the body names. */
function isApart(query: string | undefined, members: ReadonlyMap<string, unknown>): boolean {
  if (query === undefined || query === '') return true;
  const pairs = plainPairs(query);
  return pairs !== undefined && ![...pairs.keys()].some((name) => members.has(name.toLowerCase()));
}
