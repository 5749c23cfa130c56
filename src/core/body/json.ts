// Strict JSON (RFC 8259) over bytes, iterative. INVARIANT: what it accepts has one meaning for every sane parser: no
// duplicate keys however they are escaped, no lone surrogates, no bytes outside UTF-8, no numbers that lose digits.
import { scanString } from './json-string.ts';
import { decodeUtf8, type TextFault } from './utf8.ts';

/** A number that a double cannot hold; `text` as written. */
export interface BigNumber {
  readonly text: string;
}

export type JsonValue = null | boolean | number | string | BigNumber | readonly JsonValue[] | JsonObject;
export type JsonObject = ReadonlyMap<string, JsonValue>;

export type JsonFault = TextFault | 'syntax' | 'duplicate-key' | 'too-deep' | 'lone-surrogate';

export type JsonResult =
  | { readonly ok: true; readonly value: JsonValue /** Values and keys in it. */; readonly nodes: number }
  | { readonly ok: false; readonly why: JsonFault };

const MAX_DEPTH = 64;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORDS: readonly (readonly [string, JsonValue])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

type Container =
  | { readonly kind: 'array'; readonly items: JsonValue[] }
  | { readonly kind: 'object'; readonly members: Map<string, JsonValue>; key: string };

/** Parses exactly one value with optional whitespace around it. Depth is limited to 64. */
export function parseJson(bytes: Uint8Array): JsonResult {
  const decoded = decodeUtf8(bytes);
  return decoded.ok ? parseText(decoded.text) : decoded;
}

function parseText(text: string): JsonResult {
  const stack: Container[] = [];
  let at = skip(text, 0);
  let nodes = 0;
  for (;;) {
    // A value starts at `at`.
    let value: JsonValue;
    const char = text[at];
    nodes++;
    if (char === '{' || char === '[') {
      if (stack.length >= MAX_DEPTH) return { ok: false, why: 'too-deep' };
      at = skip(text, at + 1);
      if (text[at] === (char === '{' ? '}' : ']')) {
        value = char === '{' ? new Map<string, JsonValue>() : [];
        at++;
      } else if (char === '[') {
        stack.push({ kind: 'array', items: [] });
        continue;
      } else {
        const object: Container = { kind: 'object', members: new Map(), key: '' };
        const key = readKey(text, at, object);
        if (typeof key !== 'number') return key;
        stack.push(object);
        at = key;
        continue;
      }
    } else if (char === '"') {
      const string = scanString(text, at);
      if (!string.ok) return string;
      ({ value, end: at } = string);
    } else {
      const scalar = readScalar(text, at);
      if (!scalar) return { ok: false, why: 'syntax' };
      ({ value, end: at } = scalar);
    }
    // The value is complete: hand it to its container, and close every container that ends here.
    for (;;) {
      at = skip(text, at);
      const top = stack.at(-1);
      if (!top) return at === text.length ? { ok: true, value, nodes } : { ok: false, why: 'syntax' };
      if (top.kind === 'array') top.items.push(value);
      else top.members.set(top.key, value);
      const next = text[at];
      if (next === ',') {
        at = skip(text, at + 1);
        if (top.kind === 'object') {
          const key = readKey(text, at, top);
          if (typeof key !== 'number') return key;
          at = key;
          nodes++;
        }
        break;
      }
      if (next !== (top.kind === 'array' ? ']' : '}')) return { ok: false, why: 'syntax' };
      at++;
      stack.pop();
      value = top.kind === 'array' ? top.items : top.members;
    }
  }
}

/** Reads `"key" :` into the object; gives where its value starts. */
function readKey(
  text: string,
  at: number,
  object: Extract<Container, { kind: 'object' }>,
): number | Extract<JsonResult, { ok: false }> {
  const string = text[at] === '"' ? scanString(text, at) : undefined;
  if (!string) return { ok: false, why: 'syntax' };
  if (!string.ok) return string;
  if (object.members.has(string.value)) return { ok: false, why: 'duplicate-key' };
  object.key = string.value;
  const colon = skip(text, string.end);
  return text[colon] === ':' ? skip(text, colon + 1) : { ok: false, why: 'syntax' };
}

function readScalar(text: string, at: number): { readonly value: JsonValue; readonly end: number } | undefined {
  for (const [word, value] of WORDS) if (text.startsWith(word, at)) return { value, end: at + word.length };
  NUMBER.lastIndex = at;
  const digits = NUMBER.exec(text)?.[0];
  if (digits === undefined) return undefined;
  const value = Number(digits);
  const exact = Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  return { value: exact ? value : { text: digits }, end: at + digits.length };
}

function skip(text: string, at: number): number {
  let i = at;
  for (; ; i++) {
    const code = text.charCodeAt(i);
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return i;
  }
}
