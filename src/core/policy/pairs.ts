// Every value a name may have in a query or a form, whatever parser the upstream uses: split at `&` or also at `;`, `+` as a
// space or not, decoded once or twice, names by case, brackets and blanks (security.md A8).
import { decodeLenient } from '../body/percent.ts';
import { fold } from './path-readings.ts';

/** What a name stands for in one call. */
export interface NamedValue {
  /** Values under any reading; empty where the name does not occur. */
  readonly possible: readonly string[];
  /** The readings of the one clean occurrence; undefined where there are several or none, or it is spelled oddly. */
  readonly certain: readonly string[] | undefined;
}

export const ABSENT: NamedValue = { possible: [], certain: undefined };

/** Looks `name` (decoded) up in the raw text of a query or a form. */
export function lookUp(text: string, name: string): NamedValue {
  const possible = new Set<string>();
  let certain: Set<string> | undefined = new Set();
  for (const separator of text.includes(';') ? ['&', /[&;]/] : ['&']) {
    let occurrences = 0;
    for (const pair of text.split(separator)) {
      if (pair === '') continue;
      const at = pair.indexOf('=');
      const key = at < 0 ? pair : pair.slice(0, at);
      const value = at < 0 ? '' : pair.slice(at + 1);
      const plainKey = decodeLenient(key, true);
      if (!isSame(plainKey, name) && !isSame(decodeLenient(plainKey), name)) continue;
      const once = decodeLenient(value, true);
      const readings = [once, decodeLenient(value), decodeLenient(once)];
      for (const reading of [value, ...readings]) possible.add(reading);
      if (++occurrences > 1 || plainKey !== name) certain = undefined;
      else for (const reading of readings) certain?.add(reading);
    }
    if (occurrences === 0) certain = undefined;
  }
  return { possible: [...possible], certain: certain && [...certain] };
}

/** True where some parser takes `key` for `name`. */
function isSame(key: string, name: string): boolean {
  if (key === name) return true;
  // The common case by far, and a body may have thousands of fields.
  if (key.length !== name.length && !SPECIAL.test(key)) return false;
  // Lists: `a[]`, `a[0]`, `a.1` are `a` for some; where the name itself ends like that, it is meant as it stands.
  const bare = INDEX.test(name) ? key : key.replace(INDEX, '');
  return loose(bare) === loose(name) || loose(key) === loose(name);
}

// oxlint-disable-next-line no-control-regex -- NUL and blanks at the ends are what some parsers drop
const SPECIAL = /[%+[.\u0000-\u0020]/;
const INDEX = /(?:\[[^[\]]*\]|\.\d+)$/;

// PHP's rule: a blank, a dot and a lone opening bracket in a name become `_`.
function loose(name: string): string {
  const end = name.indexOf('\u0000');
  return fold((end < 0 ? name : name.slice(0, end)).trim()).replaceAll(/[ .[]/g, '_');
}

/** All names of a query or form as plain parsers read them, or undefined where parsers could differ. */
export function plainPairs(text: string): Map<string, string> | undefined {
  const pairs = new Map<string, string>();
  const names = new Set<string>();
  if (text.includes(';')) return undefined;
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const at = pair.indexOf('=');
    const key = decodeLenient(at < 0 ? pair : pair.slice(0, at), true);
    const value = at < 0 ? '' : pair.slice(at + 1);
    const once = decodeLenient(value, true);
    if (names.has(loose(key)) || once !== decodeLenient(value) || once !== decodeLenient(once)) return undefined;
    names.add(loose(key));
    pairs.set(key, once);
  }
  return pairs;
}
