// What differs between two JSON values, for people: places with what is there before and after. INVARIANT: bounded in lines, in characters
// and in work, whatever the values hold; what is left out is said.
import type { BigNumber, JsonObject, JsonValue } from '../body/json.ts';
import type { Change } from '../approval/context.ts';
import { jsonText } from './json-text.ts';
import { hiddenMember } from './redact.ts';

export interface Diff {
  readonly changes: readonly Change[];
  /** True where there are more. */
  readonly cut: boolean;
}

export interface DiffOptions {
  /** JSON pointers (exact, with all below) that are not compared: what a server counts for itself. */
  readonly ignore?: readonly string[];
}

export const MAX_CHANGES = 200;
const MAX_VALUE = 240;
const MAX_PATH = 200;
const MAX_TEXT = 24 * 1024;
const MAX_NODES = 50_000;
/** Members that tell the items of a list apart, in the order in which they are tried. */
const NAMES = ['name', 'id', 'key', 'Sid', 'Key', 'Name', 'role'];

/** `undefined`: there is nothing on that side. */
export function diffJson(before: JsonValue | undefined, after: JsonValue | undefined, options: DiffOptions = {}): Diff {
  const walk = new Walk(options.ignore ?? []);
  walk.compare('', before, after, false);
  return { changes: walk.changes, cut: walk.cut };
}

class Walk {
  readonly changes: Change[] = [];
  cut = false;
  #left = MAX_NODES;
  #text = MAX_TEXT;
  readonly #ignore: readonly string[];

  constructor(ignore: readonly string[]) {
    this.#ignore = ignore;
  }

  compare(path: string, before: JsonValue | undefined, after: JsonValue | undefined, hidden: boolean): void {
    if (this.#ignore.includes(path)) return;
    if (--this.#left < 0) {
      this.cut = true;
      return;
    }
    if (before instanceof Map || after instanceof Map) {
      const bothMaps = isMapOrNothing(before) && isMapOrNothing(after);
      if (bothMaps && (path === '' || (before !== undefined && after !== undefined))) {
        return this.#maps(path, before, after, hidden);
      }
    }
    if (Array.isArray(before) && Array.isArray(after)) {
      return this.#lists(path, before as readonly JsonValue[], after as readonly JsonValue[], hidden);
    }
    if (!isEqual(before, after)) this.#add(path, before, after, hidden);
  }

  #maps(path: string, before: JsonObject | undefined, after: JsonObject | undefined, hidden: boolean): void {
    const names = new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])]);
    for (const name of names) {
      const secret =
        hidden ||
        (before !== undefined && hiddenMember(before, name)) ||
        (after !== undefined && hiddenMember(after, name));
      this.compare(`${path}/${escaped(name)}`, before?.get(name), after?.get(name), secret);
    }
  }

  #lists(path: string, before: readonly JsonValue[], after: readonly JsonValue[], hidden: boolean): void {
    const name = NAMES.find((each) => isNamed(before, each) && isNamed(after, each));
    if (name !== undefined && before.length + after.length > 0) {
      const by = (list: readonly JsonValue[]): Map<string, JsonValue> =>
        new Map(list.map((item) => [nameIn(item, name) ?? '', item]));
      const [old, now] = [by(before), by(after)];
      for (const key of new Set([...old.keys(), ...now.keys()])) {
        this.compare(`${path}/[${name}=${escaped(key)}]`, old.get(key), now.get(key), hidden);
      }
      return;
    }
    const plain = [...before, ...after].every((item) => typeof item !== 'object' || item === null);
    // Short lists of words are read best as a whole.
    if (plain && before.length <= 10 && after.length <= 10) {
      if (!isEqual(before, after)) this.#add(path, before, after, hidden);
      return;
    }
    for (let i = 0; i < Math.max(before.length, after.length); i++) {
      if (this.cut) return;
      this.compare(`${path}/${i}`, before[i], after[i], hidden);
    }
  }

  #add(path: string, before: JsonValue | undefined, after: JsonValue | undefined, hidden: boolean): void {
    const old = before === undefined ? undefined : jsonText(before, MAX_VALUE, hidden);
    const now = after === undefined ? undefined : jsonText(after, MAX_VALUE, hidden);
    const change = {
      path: path.length <= MAX_PATH ? path : `${path.slice(0, MAX_PATH - 1).toWellFormed()}…`,
      ...(old !== undefined && { before: old }),
      // Secrets and long texts may look the same before and after: it is said that they are not.
      ...(now !== undefined && { after: now === old ? `${now} (another value)` : now }),
    };
    this.#text -= change.path.length + (change.before?.length ?? 0) + (change.after?.length ?? 0);
    if (this.changes.length >= MAX_CHANGES || this.#text < 0) this.cut = true;
    else this.changes.push(change);
  }
}

function isMapOrNothing(value: JsonValue | undefined): value is JsonObject | undefined {
  return value === undefined || value instanceof Map;
}

function isNamed(list: readonly JsonValue[], name: string): boolean {
  const keys = list.map((item) => nameIn(item, name));
  return keys.every((key) => key !== undefined) && new Set(keys).size === keys.length;
}

function nameIn(item: JsonValue, name: string): string | undefined {
  const value = item instanceof Map ? (item as JsonObject).get(name) : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** RFC 6901 §3. */
function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** The same data; the order of members does not matter. Depth is bounded by the parser. */
export function isEqual(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return (a as readonly JsonValue[]).every((item, i) => isEqual(item, (b as readonly JsonValue[])[i]));
  }
  if (a instanceof Map || b instanceof Map) {
    if (!(a instanceof Map) || !(b instanceof Map) || a.size !== b.size) return false;
    const other: JsonObject = b;
    return [...(a as JsonObject)].every(([name, value]) => other.has(name) && isEqual(value, other.get(name)));
  }
  return (a as BigNumber).text === (b as BigNumber).text;
}
