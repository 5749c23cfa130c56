// Strict YAML with positions: closed to anchors, aliases, tags, merge keys and duplicate keys, so that a file means one
// thing only; every fault is reported as file:line:col, all of them at once.
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml';

export interface Fault {
  /** `file:line:col`. */
  readonly at: string;
  readonly message: string;
}

export interface LocatedYaml {
  readonly value: unknown;
  /** `file:line:col` of the value (or, with `key`, of the map key) at this path; the nearest parent where it is absent. */
  readonly locate: (path: readonly (string | number)[], key?: boolean) => string;
}

export interface YamlLimits {
  readonly bytes: number;
  readonly depth: number;
}

export type LocatedYamlResult =
  | { readonly ok: true; readonly yaml: LocatedYaml }
  /** `yaml` is there where the text could still be read in spite of the faults: only to look for further faults in it,
   *  never to be used. Aliases read as null, of two equal keys the last one stays. */
  | { readonly ok: false; readonly faults: readonly Fault[]; readonly yaml?: LocatedYaml };

const DEFAULT_LIMITS: YamlLimits = { bytes: 4 * 1024 * 1024, depth: 32 };

/** Errors after which the rest of the document is still what its writer meant. */
const READABLE: ReadonlySet<string> = new Set(['DUPLICATE_KEY', 'TAG_RESOLVE_FAILED', 'MULTIPLE_DOCS']);

/** Parses one YAML 1.2 document (core schema). `file` is only used in positions. Never throws on bad input. */
export function parseLocatedYaml(text: string, file: string, limits: YamlLimits = DEFAULT_LIMITS): LocatedYamlResult {
  const refuse = (message: string): LocatedYamlResult => ({ ok: false, faults: [{ at: `${file}:1:1`, message }] });
  // A UTF-8 byte count is at least the number of UTF-16 units: the cheap test bounds the work, the caller bounds the bytes.
  if (text.length > limits.bytes) return refuse(`file is over the limit of ${limits.bytes} bytes`);
  try {
    return parseWithin(text, file, limits);
  } catch (error) {
    // The composer recurses: only nesting can exhaust its stack.
    if (error instanceof RangeError) return refuse(`nested deeper than ${limits.depth} levels`);
    throw error;
  }
}

function parseWithin(text: string, file: string, limits: YamlLimits): LocatedYamlResult {
  const lines = new LineCounter();
  const position = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  };
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    strict: true,
    uniqueKeys: true,
    version: '1.2',
    schema: 'core',
    merge: false,
  });
  const { faults, tooDeep } = forbidden(document, position, limits.depth);
  for (const error of [...document.errors, ...document.warnings]) {
    // Tags are reported by forbidden(), whether the library knows them or not. The composer hides that its stack was not enough for all that is nested.
    if (error.code === 'TAG_RESOLVE_FAILED' || (tooDeep && /call stack/i.test(error.message))) continue;
    faults.push({ at: position(error.pos[0]), message: sentence(error) });
  }
  const readable = !tooDeep && document.errors.every((error) => READABLE.has(error.code));
  if (!readable) return { ok: false, faults };
  const yaml = { value: plain(document.contents), locate: locator(document, position) };
  return faults.length > 0 ? { ok: false, faults, yaml } : { ok: true, yaml };
}

function sentence(error: { readonly code: string; readonly message: string }): string {
  if (error.code === 'DUPLICATE_KEY') return 'this key stands twice in the same map';
  if (error.code === 'MULTIPLE_DOCS') return 'a file holds one document: "---" is not allowed here';
  return error.message;
}

interface Ranged {
  readonly range?: readonly number[] | null | undefined;
}

function forbidden(document: Document.Parsed, position: (offset: number) => string, maxDepth: number) {
  const faults: Fault[] = [];
  let tooDeep = false;
  const fault = (node: Ranged, message: string): void => {
    faults.push({ at: position(node.range?.[0] ?? 0), message });
  };
  visit(document, {
    Node(_key, node, path) {
      // Each level of nesting is a collection and, in maps, a pair.
      if (path.length > maxDepth * 2) {
        fault(node, `nested deeper than ${maxDepth} levels`);
        tooDeep = true;
        return visit.BREAK;
      }
      if (isAlias(node)) fault(node, 'aliases are not allowed');
      else if (node.anchor) fault(node, 'anchors are not allowed');
      if (node.tag) fault(node, `tags are not allowed: ${node.tag}`);
      if (isScalar(node)) checkNumber(node, (message) => fault(node, message));
      return undefined;
    },
    Pair(_key, pair) {
      const key = pair.key as Node | null;
      if (!isScalar(key) || typeof key.value !== 'string') fault(key ?? {}, 'a key has to be a plain string');
      else if (key.value === '<<' || key.value === '__proto__') fault(key, `the key "${key.value}" is not allowed`);
    },
  });
  return { faults, tooDeep };
}

// A number that reads differently elsewhere (octal) or is not kept whole (beyond 2^53) is not what its writer meant.
function checkNumber(node: { readonly value: unknown; readonly source?: string }, fault: (message: string) => void) {
  if (typeof node.value !== 'number') return;
  const source = node.source ?? '';
  if (!Number.isFinite(node.value)) fault(`${source} is not a number here`);
  else if (/^[-+]?0\d/.test(source)) fault(`${source} is ambiguous (octal?): quote it or drop the leading zero`);
  else if (Number.isInteger(node.value) && !Number.isSafeInteger(node.value)) {
    fault(`${source} cannot be represented exactly: quote it`);
  }
}

/** Plain data; only string keys and only values of the core schema can come out. */
function plain(node: unknown): unknown {
  if (isMap(node)) {
    const entries = node.items.flatMap((pair) =>
      isScalar(pair.key) && typeof pair.key.value === 'string' ? [[pair.key.value, plain(pair.value)] as const] : [],
    );
    return Object.fromEntries(entries);
  }
  if (isSeq(node)) return node.items.map((item) => plain(item));
  return isScalar(node) ? node.value : null;
}

function locator(document: Document.Parsed, position: (offset: number) => string): LocatedYaml['locate'] {
  return (path, key = false) => {
    let at: Node | null | undefined = document.contents;
    let offset = at?.range?.[0] ?? 0;
    for (const [depth, step] of path.entries()) {
      if (isMap(at)) {
        // The last one, as in plain(): a duplicate key is a fault of its own.
        const pair = at.items.findLast((item) => isScalar(item.key) && item.key.value === String(step));
        if (!pair) break;
        const wantKey = key && depth === path.length - 1;
        const next = pair.value as Node | null;
        offset = (wantKey || !next ? (pair.key as Node) : next).range?.[0] ?? offset;
        at = next;
      } else {
        const next: unknown = isSeq(at) ? at.items[Number(step)] : undefined;
        if (!next) break;
        at = next as Node;
        offset = at.range?.[0] ?? offset;
      }
    }
    return position(offset);
  };
}
