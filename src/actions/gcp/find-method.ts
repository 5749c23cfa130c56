// Which methods of Google's APIs a path leads to, under every reading of it. INVARIANT: `sure` is exactly one method at one resource that
// every reading leads to; a version that the catalogue does not have is never taken for one that it has without saying so.
import { decodeStrict } from '../../core/body/percent.ts';
import { restPaths } from '../rest-paths.ts';
import type { RouteMatch } from '../route-trie.ts';
import type { GcpData, RouteValue } from './catalogue.ts';
import type { MethodRoute, ServiceHead } from './catalogue-text.ts';

export type Labels = RouteMatch<RouteValue>['labels'];

export interface Finding {
  readonly value: RouteValue;
  readonly labels: Labels;
  /** False where the path has a version that the catalogue does not know. */
  readonly known: boolean;
}

export interface Findings {
  readonly list: readonly Finding[];
  readonly sure: boolean;
  /** False where there are more readings than were looked at. */
  readonly whole: boolean;
}

const MAX_FINDINGS = 12;
/** Longer than any address that Google takes. */
export const MAX_PATH: number = 16 * 1024;
const VERSION = /^v\d[\w.]{0,20}$/;

/** `ours`: accepts a route, as those that take uploads. */
export function findMethods(
  path: string,
  methods: readonly string[],
  services: readonly ServiceHead[],
  data: GcpData,
  ours: (route: MethodRoute) => boolean,
): Findings {
  if (path.length > MAX_PATH) return { list: [], sure: false, whole: false };
  const { paths, overflow } = restPaths(path);
  const found: Finding[] = [];
  const seen = new Set<string>();
  let sure = !overflow;
  let whole = !overflow;
  for (const [i, reading] of paths.entries()) {
    for (const method of methods) {
      for (const head of services) {
        const { list, certain } = findIn(reading, method, head, data);
        const mine = list.filter(({ value }) => ours(value.route));
        if (mine.length > 0 && (!certain || (i > 0 && found.length === 0))) sure = false;
        for (const each of mine) {
          const key = keyOf(each);
          if (seen.has(key)) continue;
          seen.add(key);
          if (found.length >= MAX_FINDINGS) whole = false;
          else found.push(each);
        }
      }
    }
  }
  return { list: found, sure: sure && whole && found.length === 1 && found.every(({ known }) => known), whole };
}

function findIn(
  path: string,
  method: string,
  head: ServiceHead,
  data: GcpData,
): { readonly list: readonly Finding[]; readonly certain: boolean } {
  const service = data.service(head);
  const version = versionIn(path);
  if (version === undefined || head.versions.includes(version)) {
    const { matches, certain } = service.routes(version ?? '').find(method, path, undefined);
    return { list: matches.map(({ value, labels }) => ({ value, labels, known: true })), certain };
  }
  const plain = service.routes('').find(method, path, undefined);
  if (plain.matches.length > 0) {
    return { list: plain.matches.map(({ value, labels }) => ({ value, labels, known: true })), certain: plain.certain };
  }
  // What another version of this API makes of it is a good guess, and no more.
  const list = head.versions.flatMap((other) => {
    const { matches } = service.routes(other).find(method, path.replace(`/${version}`, `/${other}`), undefined);
    return matches.map(({ value, labels }) => ({ value, labels, known: false }));
  });
  return { list, certain: false };
}

/** The first segment, of the first four, that looks like a version. */
function versionIn(path: string): string | undefined {
  let from = 1;
  for (let i = 0; i < 4; i++) {
    const slash = path.indexOf('/', from);
    const end = slash < 0 ? path.length : slash;
    const text = path.slice(from, end);
    if (VERSION.test(text) || NAMED.has(text)) return text;
    // A method of no resource stands behind its version: `/v1:evaluateDataset`.
    const colon = text.indexOf(':');
    if (colon > 0 && VERSION.test(text.slice(0, colon))) return text.slice(0, colon);
    if (slash < 0) return undefined;
    from = end + 1;
  }
  return undefined;
}

const NAMED: ReadonlySet<string> = new Set(['alpha', 'beta']);

function keyOf({ value, labels }: Finding): string {
  let key = `${value.route.method.id} ${value.route.verb}`;
  for (const [, raw] of labels) key += `\n${raw.includes('%') ? (decodeStrict(raw, false) ?? raw) : raw}`;
  return key;
}
