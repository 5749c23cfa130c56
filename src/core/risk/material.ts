// Everything a call says, as plain values with where they stand: parameters of its actions, and its body and query whatever a recogniser
// made of them. INVARIANT: the work is bounded: what is beyond the budget is not looked at, and the result says so.
import type { Action } from '../action.ts';
import { parseForm } from '../body/form.ts';
import { type BigNumber, type JsonValue, parseJson } from '../body/json.ts';
import type { Call } from '../call.ts';
import { readBody } from '../policy/body-reading.ts';

export type Plain = null | boolean | number | string | readonly Plain[] | PlainMap;
export interface PlainMap {
  readonly [name: string]: Plain;
}

export interface Leaf {
  /** `params.Tags/0/Key`, `body/Statement/0/Effect`, `query.acl`. */
  readonly where: string;
  /** The last name on the way, lower-case, without separators. */
  readonly name: string;
  readonly value: string | number | boolean | null;
}

export interface Branch {
  readonly where: string;
  readonly map: PlainMap;
}

export interface Material {
  readonly leaves: readonly Leaf[];
  /** Every map on the way, and every text that is JSON, read. */
  readonly maps: readonly Branch[];
  /** False where there is more than was looked at. */
  readonly whole: boolean;
}

const MAX_NODES = 10_000;
const MAX_DEPTH = 64;
const MAX_JSON_TEXT = 128 * 1024;
const MAX_BODY = 256 * 1024;
const encoder = new TextEncoder();

export function materialOf(call: Call, actions: readonly Action[]): Material {
  const walk = new Walk();
  for (const params of new Set(actions.map((action) => action.params))) walk.look('params', plain(params), 0);
  walk.look('query', formValues(call.query ?? ''), 0);
  walk.body(call);
  return walk;
}

class Walk implements Material {
  /** Names repeat in lists. */
  readonly #names = new Map<string, string>();
  readonly leaves: Leaf[] = [];
  readonly maps: Branch[] = [];
  whole = true;
  #left = MAX_NODES;

  body(call: Call): void {
    const { body } = call;
    if (body.state === 'whole' && body.decoded.length > MAX_BODY) {
      this.whole = false;
      return;
    }
    const reading = readBody(call);
    if (reading.kind === 'json') this.look('body', fromJson(reading.value), 0);
    else if (reading.kind === 'form') this.look('body', formValues(reading.text), 0);
    else if (reading.kind === 'other' && typeof reading.json === 'object')
      this.look('body', fromJson(reading.json.value), 0);
  }

  look(where: string, value: Plain | undefined, depth: number, name = ''): void {
    if (value === undefined) return;
    if (--this.#left < 0 || depth > MAX_DEPTH) {
      this.whole = false;
      return;
    }
    if (Array.isArray(value)) {
      for (const [i, item] of (value as readonly Plain[]).entries()) this.look(`${where}/${i}`, item, depth + 1, name);
      return;
    }
    if (typeof value === 'object' && value !== null) {
      const map = value as PlainMap;
      this.maps.push({ where, map });
      const separator = depth === 0 ? '.' : '/';
      for (const [key, member] of Object.entries(map)) {
        // `DisableApiTermination: {Value: false}` is about what stands outside.
        const named = (key === 'Value' || key === 'value') && name !== '' ? name : this.#bare(key);
        this.look(`${where}${separator}${key}`, member, depth + 1, named);
      }
      return;
    }
    const leaf = value;
    this.leaves.push({ where, name, value: leaf });
    if (typeof leaf === 'string') this.#inner(where, leaf, depth);
  }

  #bare(key: string): string {
    let name = this.#names.get(key);
    if (name === undefined) this.#names.set(key, (name = bare(key)));
    return name;
  }

  /** A text that is JSON itself: policy documents mostly come like this. */
  #inner(where: string, text: string, depth: number): void {
    if (text.length < 2 || !/^\s*[[{]/.test(text)) return;
    if (text.length > MAX_JSON_TEXT) {
      this.whole = false;
      return;
    }
    const json = parseJson(encoder.encode(text));
    if (json.ok) this.look(where, fromJson(json.value), depth + 1);
  }
}

/** Names as they are compared: `PolicyArn`, `policy_arn` and `policy-arn` are one; of `Grants.1.Grantee` the last word counts. */
function bare(name: string): string {
  const words = name.split('.');
  const word = words.findLast((each) => !/^(?:\d+|member|item|Value)$/.test(each)) ?? name;
  return word.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

function formValues(text: string): PlainMap | undefined {
  if (text === '') return undefined;
  const form = parseForm(encoder.encode(text));
  if (!form.ok) return undefined;
  const map = Object.create(null) as Record<string, Plain[]>;
  for (const { name, value } of form.fields) (map[name] ??= []).push(value);
  return Object.fromEntries(
    Object.entries(map).map(([name, values]) => [name, values.length === 1 ? (values[0] as Plain) : values]),
  );
}

/** Depth is bounded by the parser. */
function fromJson(value: JsonValue): Plain {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(fromJson);
  if (!(value instanceof Map)) return (value as BigNumber).text;
  const members: ReadonlyMap<string, JsonValue> = value;
  const map = Object.create(null) as Record<string, Plain>;
  for (const [name, member] of members) map[name] = fromJson(member);
  return map;
}

/** Parameters are plain data by contract; whatever else is in them is passed over. */
function plain(value: unknown): Plain | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number')
    return value;
  if (Array.isArray(value)) return value.map((item: unknown) => plain(item) ?? null);
  if (typeof value !== 'object') return undefined;
  const map = Object.create(null) as Record<string, Plain>;
  for (const [name, member] of Object.entries(value)) {
    const inner = plain(member);
    if (inner !== undefined) map[name] = inner;
  }
  return map;
}
