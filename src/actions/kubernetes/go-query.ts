// The query of a request as Go's net/url reads it, and whether every other parser reads the same. INVARIANT: what can excuse a
// call (a dry run) counts only where all readings agree.
import { decodeStrict } from '../../core/body/percent.ts';
import { lookUp } from '../../core/policy/pairs.ts';

export interface GoQuery {
  readonly isEmpty: boolean;
  /** False where there are so many pairs that newer releases of Go refuse the query, and then find no name in it at all. */
  readonly isWhole: boolean;
  /** Every value in order; pairs that Go drops (with `;`, with a broken escape) are not there. */
  all(name: string): readonly string[];
  /** The value if the name stands there once and cleanly and everybody reads it alike. */
  certain(name: string): string | undefined;
  /** True for everything but `0` and `false`; undefined where readings differ. */
  flag(name: string): boolean | undefined;
  /** True where the name stands there at all, under any reading. */
  mentions(name: string): boolean;
}

const MAX_PAIRS = 1000;
const NOTHING: ReadonlyMap<string, readonly string[]> = new Map();

/** Reads a raw query; undefined or empty for none. */
export function goQuery(raw = ''): GoQuery {
  const isEmpty = raw === '';
  const isWhole = isEmpty || raw.split('&', MAX_PAIRS + 1).length <= MAX_PAIRS;
  let pairs: ReadonlyMap<string, readonly string[]> | undefined = isEmpty ? NOTHING : undefined;
  const all = (name: string): readonly string[] => (pairs ??= parse(raw)).get(name) ?? [];
  const possible = (name: string): readonly string[] =>
    isEmpty || !looksNamed(raw, name) ? [] : isWhole ? lookUp(raw, name).possible : [''];
  const certain = (name: string): string | undefined => {
    if (isEmpty || !isWhole || !looksNamed(raw, name)) return undefined;
    const [value, ...more] = all(name);
    if (value === undefined || more.length > 0) return undefined;
    return lookUp(raw, name).certain?.every((text) => text === value) === true ? value : undefined;
  };
  return {
    isEmpty,
    isWhole,
    all,
    certain,
    flag(name) {
      const value = certain(name);
      if (value !== undefined) return !/^(?:0|false)$/i.test(value);
      return possible(name).length === 0 ? false : undefined;
    },
    mentions: (name) => possible(name).length > 0,
  };
}

/** A cheap look before the thorough one: plain text can spell a name only with its own letters. */
function looksNamed(raw: string, name: string): boolean {
  return /[%+\u0080-\uffff]/.test(raw) || raw.toLowerCase().includes(name.toLowerCase());
}

function parse(raw: string): ReadonlyMap<string, readonly string[]> {
  const pairs = new Map<string, string[]>();
  for (const text of raw.split('&', MAX_PAIRS)) {
    if (text === '' || text.includes(';')) continue;
    const at = text.indexOf('=');
    const name = decodeStrict(at < 0 ? text : text.slice(0, at), true);
    const value = decodeStrict(at < 0 ? '' : text.slice(at + 1), true);
    if (name === undefined || value === undefined) continue;
    const known = pairs.get(name);
    if (known) known.push(value);
    else pairs.set(name, [value]);
  }
  return pairs;
}
