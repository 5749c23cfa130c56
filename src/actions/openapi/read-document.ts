// The text of an OpenAPI document as data, JSON or YAML 1.2, with the place of everything in it. Size, nesting and aliases are bounded: the
// file is the operator's, but may have come from anywhere. Never throws on bad input.
import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { parseJson } from '../../core/body/json.ts';
import type { Fault } from '../../core/located-yaml.ts';

export interface OpenapiSource {
  /** As the configuration names it: used in positions. */
  readonly file: string;
  readonly text: string;
}

export type Path = readonly (string | number)[];

export interface LocatedDocument {
  /** Maps, arrays and scalars. */
  readonly value: unknown;
  /** `file:line:col` of the value at this path, or with `key` of its key; the nearest parent where it is absent. */
  locate(path: Path, key?: boolean): string;
}

export type DocumentResult =
  | { readonly ok: true; readonly document: LocatedDocument }
  | { readonly ok: false; readonly faults: readonly Fault[] };

const MAX_JSON = 32 * 1024 * 1024;
const MAX_YAML = 8 * 1024 * 1024;
const MAX_ALIASES = 2_000;
const TOO_DEEP = 'the document is nested too deep';

export function readDocument({ file, text }: OpenapiSource): DocumentResult {
  const isJson = /^\s*\{/.test(text);
  const limit = isJson ? MAX_JSON : MAX_YAML;
  const refuse = (message: string): DocumentResult => ({ ok: false, faults: [{ at: `${file}:1:1`, message }] });
  if (text.length > limit) return refuse(`the document is over the limit of ${limit} bytes`);
  try {
    const json = isJson ? parseJson(Buffer.from(text)) : undefined;
    if (json?.ok) {
      // Places are asked for only where there is a fault.
      let yaml: ParsedYaml | undefined;
      const locate: LocatedDocument['locate'] = (...to) => (yaml ??= parseYaml({ file, text })).locate(...to);
      return { ok: true, document: { value: json.value, locate } };
    }
    if (json && !json.ok && json.why === 'too-deep') return refuse(TOO_DEEP);
    // YAML's parser takes JSON too, and says where it is wrong.
    const yaml = parseYaml({ file, text });
    if (yaml.faults.length > 0) return { ok: false, faults: yaml.faults };
    if (isJson) return refuse(`the document is no JSON (${json?.ok === false ? json.why : ''})`);
    const value: unknown = yaml.document.toJS({ mapAsMap: true, maxAliasCount: MAX_ALIASES });
    return { ok: true, document: { value, locate: yaml.locate } };
  } catch (error) {
    // The composer recurses, and aliases that multiply are refused with a ReferenceError.
    if (error instanceof RangeError) return refuse(TOO_DEEP);
    if (error instanceof ReferenceError) return refuse('the document has too many aliases, or one of nothing');
    throw error;
  }
}

interface ParsedYaml {
  readonly document: Document.Parsed;
  readonly faults: readonly Fault[];
  readonly locate: LocatedDocument['locate'];
}

function parseYaml({ file, text }: OpenapiSource): ParsedYaml {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {
    lineCounter,
    prettyErrors: false,
    version: '1.2',
    schema: 'core',
    merge: true,
  });
  const at = (offset: number): string => {
    const { line, col } = lineCounter.linePos(offset);
    return `${file}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  };
  const faults = document.errors.map(({ pos, message, code }) => ({
    at: at(pos[0]),
    message: code === 'DUPLICATE_KEY' ? 'this key stands twice in the same map' : plain(message),
  }));
  return { document, faults, locate: (path, key = false) => at(offsetOf(document, path, key)) };
}

/** The composer catches what its own recursion runs into. */
const plain = (message: string): string => (message.startsWith('Maximum call stack') ? TOO_DEEP : message);

function offsetOf(document: Document.Parsed, path: Path, key: boolean): number {
  let node: Node | null | undefined = document.contents;
  let offset = node?.range?.[0] ?? 0;
  for (const [depth, step] of path.entries()) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      if (!pair) break;
      const next = pair.value as Node | null;
      offset =
        (key && depth === path.length - 1 ? (pair.key as Node) : (next ?? (pair.key as Node))).range?.[0] ?? offset;
      node = next;
    } else if (isSeq(node)) {
      node = node.items[Number(step)] as Node | undefined;
      offset = node?.range?.[0] ?? offset;
    } else break;
  }
  return offset;
}
