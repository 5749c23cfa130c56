// What somebody meant who wrote a name that no action has: the same in its right case, the nearest of its service, or of all services.
import { nearest } from '../nearest.ts';
import { type ActionListing, asPattern } from './action-listing.ts';
import { compileGlob, type Glob } from './globs.ts';

const WILD = /[*?]/;
/** So many names are compared with any other for nothing. */
const MAX_NEAR = 2000;

/** `aws:iam:` of `aws:iam:Attach`: no action of another service can match. */
export function servicePart(prefix: string): string {
  return /^[^:]*:(?:[^:]*:)?/.exec(prefix)?.[0] ?? prefix;
}

/** `; did you mean …` with the name in its right case, else the nearest of the same service, else of all. */
export function actionHint(
  provider: string,
  listing: ActionListing,
  glob: Glob,
  pattern: string,
  place: string,
  isWorthIt: () => boolean,
): string {
  const near = listing.names(servicePart(place));
  if (near.length > 0) {
    if (near.length > MAX_NEAR && !isWorthIt()) return '';
    const recased = rightCase(pattern, near);
    if (recased !== undefined) return `; names are case-sensitive: did you mean "${recased}"?`;
    if (glob.literal === undefined) return '';
    const found = nearestBelow(servicePart(place), pattern, near);
    return found === undefined ? '' : `; did you mean "${found}"?`;
  }
  if (!isWorthIt()) return '';
  const all = listing.names(`${provider}:`);
  const recased = rightCase(pattern, all);
  if (recased !== undefined) return `; names are case-sensitive: did you mean "${recased}"?`;
  // The same operation of a service whose name is close.
  const behind = pattern.slice(servicePart(place).length);
  const same = glob.literal === undefined ? [] : all.filter((name) => name.slice(servicePart(name).length) === behind);
  const elsewhere = nearest(pattern, same);
  if (elsewhere !== undefined) return `; did you mean "${asPattern(elsewhere)}"?`;
  const services = new Set(all.map(servicePart));
  const service = nearest(servicePart(place), services);
  if (service === undefined) return '';
  const moved = `${service}${behind}`;
  const compiled = compileGlob('text', moved);
  if (compiled.ok && listing.has(compiled.glob, `${provider}:`)) return `; did you mean "${moved}"?`;
  const found = nearestBelow(service, moved, all);
  return `; did you mean "${found ?? `${service}*`}"?`;
}

function nearestBelow(service: string, pattern: string, names: readonly string[]): string | undefined {
  const rest = names.filter((name) => name.startsWith(service)).map((name) => name.slice(service.length));
  const found = nearest(pattern.slice(service.length), rest);
  return found === undefined ? undefined : asPattern(`${service}${found}`);
}

/** The pattern as it would match, where only its case is wrong. */
function rightCase(pattern: string, names: readonly string[]): string | undefined {
  const compiled = compileGlob('text', pattern.toLowerCase());
  if (!compiled.ok) return undefined;
  const name = names.find((each) => compiled.glob.test(each.toLowerCase()));
  if (name === undefined) return undefined;
  if (!WILD.test(pattern)) return asPattern(name);
  const start = pattern.search(WILD);
  const end = Math.max(pattern.lastIndexOf('*'), pattern.lastIndexOf('?')) + 1;
  const recased = `${name.slice(0, start)}${pattern.slice(start, end)}${name.slice(name.length - (pattern.length - end))}`;
  const again = compileGlob('text', recased);
  return again.ok && names.some((each) => again.glob.test(each)) ? recased : name;
}
