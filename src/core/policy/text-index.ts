// Finds what is filed under globs of texts by the text itself: whole, by how it begins, or by how it ends. INVARIANT: it may offer too
// much, never too little; which globs match is found out elsewhere.
import type { Glob } from './globs.ts';

/** Under what one glob is filed. */
export interface TextKey {
  readonly kind: 'whole' | 'prefix' | 'suffix';
  readonly text: string;
}

export interface TextIndex<Node> {
  /** What is filed under whole texts. */
  readonly whole: ReadonlyMap<string, Node>;
  /** What is filed under a beginning or an end of this text; undefined where nothing is filed that way. */
  readonly open: ((text: string) => readonly Node[]) | undefined;
  /** What may match some text that begins so. */
  readonly findBeginning: (beginning: string) => readonly Node[];
  readonly nodes: readonly Node[];
}

/** So many slices of a text are looked up, for its beginning and for its end; more lengths than that share. */
const MAX_LENGTHS = 5;
/** Texts whose answer is kept: the same few actions and resources come again and again. */
const MAX_KEPT = 128;
const MAX_KEPT_LENGTH = 256;

type Groups<Node> = ReadonlyMap<string, Node>;

/** Undefined where a glob says nothing about how a text begins or ends. */
export function textKey({ literal, prefix, ops }: Glob): TextKey | undefined {
  if (literal !== undefined) return { kind: 'whole', text: literal };
  const tail = ops.length - 1 - ops.findLastIndex((op) => op < 0);
  if (tail > prefix.length) return { kind: 'suffix', text: String.fromCharCode(...ops.slice(-tail)) };
  return prefix === '' ? undefined : { kind: 'prefix', text: prefix };
}

/** `seal` turns the items that share a key into a node. */
export function createTextIndex<Item, Node>(
  entries: readonly { readonly keys: readonly TextKey[]; readonly item: Item }[],
  seal: (items: readonly Item[]) => Node | undefined,
): TextIndex<Node> {
  const filed = entries.flatMap(({ keys, item }) => keys.map((key) => ({ ...key, item })));
  const nodes: Node[] = [];
  const group = (some: readonly { readonly text: string; readonly item: Item }[]): Groups<Node> => {
    const lists = new Map<string, Set<Item>>();
    for (const { text, item } of some) lists.set(text, (lists.get(text) ?? new Set()).add(item));
    const map = new Map<string, Node>();
    for (const [text, items] of lists) {
      const node = seal([...items]);
      if (node === undefined) continue;
      map.set(text, node);
      nodes.push(node);
    }
    return map;
  };
  const whole = group(filed.filter(({ kind }) => kind === 'whole'));
  const affixes = (kind: 'prefix' | 'suffix'): readonly (readonly [length: number, nodes: Groups<Node>])[] => {
    const own = filed.filter((each) => each.kind === kind);
    const lengths = fewLengths(own.map(({ text }) => text.length));
    const cut = own.map(({ text, item }) => {
      const length = lengths.findLast((each) => each <= text.length) ?? 0;
      return { text: kind === 'prefix' ? text.slice(0, length) : text.slice(text.length - length), length, item };
    });
    return lengths.map((length) => [length, group(cut.filter((each) => each.length === length))]);
  };
  const prefixes = affixes('prefix');
  const suffixes = affixes('suffix');
  const search = (text: string): readonly Node[] =>
    [
      ...prefixes.map(([length, map]) => (length > text.length ? undefined : map.get(text.slice(0, length)))),
      ...suffixes.map(([length, map]) =>
        length > text.length ? undefined : map.get(text.slice(text.length - length)),
      ),
    ].filter((node) => node !== undefined);
  const kept = new Map<string, readonly Node[]>();
  const open = (text: string): readonly Node[] => {
    if (text.length > MAX_KEPT_LENGTH) return search(text);
    const before = kept.get(text);
    if (before) return before;
    if (kept.size >= MAX_KEPT) kept.clear();
    const found = search(text);
    kept.set(text, found);
    return found;
  };
  return {
    nodes,
    whole,
    open: prefixes.length + suffixes.length === 0 ? undefined : open,
    findBeginning: (beginning) => [
      ...[whole, ...prefixes.map(([, map]) => map)].flatMap((map) =>
        [...map].flatMap(([text, node]) => (text.startsWith(beginning) || beginning.startsWith(text) ? [node] : [])),
      ),
      ...suffixes.flatMap(([, map]) => [...map.values()]),
    ],
  };
}

/** Ascending; the shortest is always among them, so that each text has a length that it can be cut to. */
function fewLengths(all: readonly number[]): number[] {
  const distinct = [...new Set(all)].toSorted((a, b) => a - b);
  if (distinct.length <= MAX_LENGTHS) return distinct;
  const sorted = all.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
  return [...new Set(Array.from({ length: MAX_LENGTHS }, (_, i) => at(i / MAX_LENGTHS)))].toSorted((a, b) => a - b);
}
