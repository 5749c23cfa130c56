// Calls whose method and path are the operation. The raw path decides as it does at AWS; every other reading of it that leads to another
// operation makes the call ambiguous.
import type { JsonObject, JsonValue } from '../../core/body/json.ts';
import { decodeStrict } from '../../core/body/percent.ts';
import { type Call, headerValues } from '../../core/call.ts';
import { pathReadings } from '../../core/policy/path-readings.ts';
import type { RouteMatch } from '../route-trie.ts';
import { restBody } from './body/body-tree.ts';
import type { Service } from './catalogue.ts';
import type { Operation } from './catalogue-text.ts';
import type { Parameters } from './reading.ts';

export interface RestReading {
  readonly operation: Operation;
  readonly labels: RouteMatch<Operation>['labels'];
  readonly sure: boolean;
}

const MAX_READINGS = 12;

/** Every operation that the call may mean; `sure` exactly where it is one. */
export function readRest(call: Call, service: Service, otherMethods: readonly string[]): readonly RestReading[] {
  const { routes } = service;
  if (!routes) return [];
  const found: RestReading[] = [];
  let clean = otherMethods.length === 0;
  const { paths, overflow } = readingsOf(pathFor(service, call.path));
  if (overflow) clean = false;
  const seen = new Set<string>();
  for (const method of [call.method, ...otherMethods]) {
    for (const [i, path] of paths.entries()) {
      const { matches, certain } = routes.find(method, path, call.query);
      if (matches.length > 0 && (!certain || (i > 0 && found.length === 0))) clean = false;
      for (const { value, labels } of matches) {
        const key = keyOf(value, labels);
        if (!seen.has(key)) found.push({ operation: value, labels, sure: true });
        seen.add(key);
      }
    }
  }
  if (clean && found.length === 1) return found;
  return found.slice(0, MAX_READINGS).map((reading) => ({ ...reading, sure: false }));
}

/** The same for readings that lead to one operation on one thing, however its name is escaped. */
function keyOf({ name }: Operation, labels: RestReading['labels']): string {
  let key = name;
  for (const [, raw] of labels) key += `\n${raw.includes('%') ? (decodeStrict(raw, false) ?? raw) : raw}`;
  return key;
}

/** Behind a mount the path lacks what the real endpoint begins with; the connections of a WebSocket API stand below its stage. */
function pathFor({ head: { id, base } }: Service, path: string): string {
  if (id === 'apigatewaymanagementapi') return path.replace(/^(?:\/[^/]*)?\/(?:@|%40)(?=connections\/)/, '/@');
  return path.startsWith(`${base}/`) ? path : base + path;
}

// oxlint-disable-next-line no-control-regex -- controls and blanks are what some parsers drop
const ODD = /[%\\;?#\u0000-\u001f]|\/\/|\/\.{1,2}(?:\/|$)|[.\s](?:\/|$)/;

/** The raw path first. An escaped character in a parameter is usual, and only a slash among them makes a second reading. */
function readingsOf(path: string): { readonly paths: readonly string[]; readonly overflow: boolean } {
  if (!path.includes('%')) {
    if (!ODD.test(path)) return { paths: [path], overflow: false };
  } else {
    const segments = path.split('/').map((text) => (text.includes('%') ? decodeStrict(text, false) : text));
    if (segments.every((text) => text !== undefined) && !ODD.test(segments.join('/'))) {
      const bySegment = segments.map(withoutSlash).join('/');
      // What every client sends: the slash of an ARN ends no segment.
      const split = segments.map((text) => (text.startsWith('arn:aws') ? withoutSlash(text) : text)).join('/');
      return { paths: split === bySegment ? [path, bySegment] : [path, bySegment, split], overflow: false };
    }
  }
  const { all, overflow } = pathReadings(path);
  return { paths: all, overflow };
}

const withoutSlash = (text: string): string => (text.includes('/') ? text.replaceAll('/', '%2F') : text);

const UNSAID =
  /^x-(?:amz-(?:algorithm|credential|date|expires|security-token|signature|signedheaders|content-sha256)|id)$/i;

/** Parameters of the path, the query, the body, and the header that names the resource; what two places say differently is left out. */
export function restParameters(call: Call, { operation, labels }: RestReading): Parameters {
  const also = operation.service.id === 'cloudsearchdomain' ? 'form' : undefined;
  const body = operation.streams ? ({ state: 'none' } as const) : restBody(call, also);
  const inBody = body.state === 'tree' && body.tree instanceof Map ? (body.tree as JsonObject) : [];
  const tree = new Map<string, JsonValue>(inBody);
  const add = (name: string, value: JsonValue): void => {
    const before = tree.get(name);
    if (before !== undefined && before !== value) tree.delete(name);
    else tree.set(name, value);
  };
  for (const [name, value] of queryValues(call.query)) add(name, value);
  // An empty element has no members; any other body without members is none that these services take.
  let broken = body.state === 'broken' || (body.state === 'tree' && body.tree !== '' && !(body.tree instanceof Map));
  for (const [name, raw] of labels) {
    const value = decodeStrict(raw, false);
    if (value === undefined) broken = true;
    else tree.set(name, value);
  }
  for (const member of operation.resource?.members ?? []) {
    if (member.startsWith('x-'))
      for (const value of headerValues(call.headers, member.toLowerCase())) add(member, value);
  }
  return { tree, state: broken ? 'broken' : body.state === 'closed' ? 'closed' : 'whole' };
}

function queryValues(query: string | undefined): Map<string, JsonValue> {
  const values = new Map<string, JsonValue>();
  for (const pair of query === undefined || query === '' ? [] : query.split('&')) {
    const at = pair.indexOf('=');
    const name = decodeStrict(at < 0 ? pair : pair.slice(0, at), false);
    const value = decodeStrict(at < 0 ? '' : pair.slice(at + 1), false);
    if (name === undefined || name === '' || value === undefined || UNSAID.test(name)) continue;
    const before = values.get(name);
    if (before === undefined) values.set(name, value);
    else values.set(name, Array.isArray(before) ? [...(before as readonly JsonValue[]), value] : [before, value]);
  }
  return values;
}
