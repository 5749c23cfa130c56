// YAML that means the same to YAML 1.1 (which the API server reads) and 1.2 parsers. INVARIANT: anchors, aliases, tags, merge keys,
// several documents, keys that are no strings and scalars that the versions read apart are refused, never guessed.
import { isMap, isScalar, isSeq, type Node, parseDocument, type Scalar } from 'yaml';
import type { JsonValue } from '../../core/body/json.ts';

/** Composing YAML is slow; objects that people write are a few kilobytes. */
const MAX_LENGTH = 64 * 1024;
const MAX_DEPTH = 64;

/** Plain scalars that one version takes for a string and the other for something else: words for booleans, numbers in base 2, 8,
 *  16 and 60, digits with `_` or a leading zero, dates, infinities, `=` and `<<`. */
const DISPUTED =
  /^(?:y|yes|n|no|on|off|[-+]?\.?inf|\.?nan|=|<<|[-+]?0[0-9a-fox_b]+|[-+]?[\d.]+[eE]\d+|\+.*|\..*\d.*|\d[\d_]*_[\d_.]*|[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.\d*)?|\d{4}-\d\d?-\d\d?.*)$/i;

/** What only one of the versions takes for the end of a line, and with it of a comment. */
const DISPUTED_BREAK = /[\u0085\u2028\u2029]|\r(?!\n)/;

/** True where even JSON, which is YAML, could be split into other lines. */
export const hasDisputedBreak = (text: string): boolean => DISPUTED_BREAK.test(text);

/** The value of the one document; undefined where it is too long, broken, or not plain. */
export function parseYamlObject(text: string): JsonValue | undefined {
  if (text.length > MAX_LENGTH || hasDisputedBreak(text)) return undefined;
  try {
    const document = parseDocument(text, {
      prettyErrors: false,
      strict: true,
      // Looked for below: the library compares every key with every other.
      uniqueKeys: false,
      version: '1.2',
      schema: 'core',
      merge: false,
    });
    if (document.errors.length > 0 || document.warnings.length > 0 || /^%/m.test(text)) return undefined;
    return document.contents ? plain(document.contents, 0) : undefined;
  } catch (error) {
    // The composer recurses: deep nesting exhausts its stack.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function plain(node: Node, depth: number): JsonValue | undefined {
  if (depth > MAX_DEPTH) return undefined;
  if (isScalar(node)) return scalar(node);
  if (isSeq(node)) {
    if (node.anchor !== undefined || node.tag !== undefined) return undefined;
    const items: JsonValue[] = [];
    for (const item of node.items) {
      const value = plain(item as Node, depth + 1);
      if (value === undefined) return undefined;
      items.push(value);
    }
    return items;
  }
  if (!isMap(node) || node.anchor !== undefined || node.tag !== undefined) return undefined;
  const members = new Map<string, JsonValue>();
  for (const { key, value } of node.items) {
    const name = isScalar(key) ? scalar(key) : undefined;
    const member = value === null ? null : plain(value as Node, depth + 1);
    if (typeof name !== 'string' || name === '<<' || members.has(name) || member === undefined) return undefined;
    members.set(name, member);
  }
  return members;
}

function scalar(node: Scalar): JsonValue | undefined {
  if (node.anchor !== undefined || node.tag !== undefined) return undefined;
  const { value, source } = node;
  if (typeof value === 'string') return node.type === 'PLAIN' && DISPUTED.test(value) ? undefined : value;
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value !== 'number' || DISPUTED.test(source ?? '')) return undefined;
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? { text: source ?? String(value) } : value;
}
