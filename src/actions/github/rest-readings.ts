// Every REST operation that GitHub, or a hop in front of it, may take a call for. INVARIANT: a plain path of GitHub's documentation has one
// reading; an escape that changes the route, `//`, capitals in a fixed word or a method override gives more, and then none is sure.
import { decodeStrict } from '../../core/body/percent.ts';
import { type Call, headerValues } from '../../core/call.ts';
import { lookUp } from '../../core/policy/pairs.ts';
import { type PathReadings, pathReadings } from '../../core/policy/path-readings.ts';
import { unaliased } from './aliases.ts';
import type { Operation } from './catalogue-text.ts';
import { githubOperations } from './operations.ts';

export interface RestReading {
  readonly operation: Operation;
  /** Decoded; `*` where an alias gives a number instead of the name. */
  readonly labels: ReadonlyMap<string, string>;
}

export interface RestReadings {
  readonly readings: readonly RestReading[];
  readonly sure: boolean;
}

const OVERRIDES: readonly string[] = ['x-http-method', 'x-http-method-override', 'x-method-override'];
const NOTHING: RestReadings = { readings: [], sure: false };
const MAX_METHODS = 6;
const MAX_READINGS = 12;
/** Accounts, and repositories: anything else is a name that GitHub does not give. */
const ACCOUNT = /^[\w.-]{1,100}(?:\[bot\])?$/;
const REPOSITORY = /^(?!\.{1,2}$)[\w.-]{1,128}$/;
const ACCOUNTS: ReadonlySet<string> = new Set(['owner', 'org', 'username', 'enterprise', 'template_owner']);
const REPOSITORIES: ReadonlySet<string> = new Set(['repo', 'template_repo']);

interface Found extends RestReading {
  readonly plain: boolean;
}

/** `base`: the path below which the API stands, without a trailing slash; empty for none. `formMethods`: `_method` of a form body. */
export function restReadings(call: Call, base: string, formMethods: readonly string[]): RestReadings {
  const paths = pathsOf(call.path);
  const methods = methodsOf(call, formMethods);
  if (paths.overflow || methods.length > MAX_METHODS) return NOTHING;
  const found = new Map<string, Found>();
  let sure = methods.length === 1;
  for (const [i, path] of paths.all.entries()) {
    const below = apiPath(path, base);
    for (const method of methods) {
      const reading = find(method, below);
      const folded = /[A-Z]/.test(below) ? find(method, below.toLowerCase()) : undefined;
      if (reading) add(found, reading);
      // Names keep their case; a word of the route in capitals is another route for whoever folds it.
      if (folded && folded.operation !== reading?.operation) add(found, { ...folded, plain: false });
      if (i === 0 && method === methods[0] && !reading?.plain) sure = false;
    }
    if (found.size > MAX_READINGS) return NOTHING;
  }
  return { readings: [...found.values()], sure: sure && found.size === 1 };
}

/** Most escapes hide nothing but a slash in a name, which Octokit always escapes: then there are two readings and not a dozen. */
function pathsOf(raw: string): PathReadings {
  const decoded = raw.includes('%') ? decodeStrict(raw, false) : undefined;
  if (decoded === undefined || decoded.includes('%')) return pathReadings(raw);
  const { all, overflow } = pathReadings(decoded);
  return all.length === 1 ? { all: [raw, ...all], overflow } : pathReadings(raw);
}

function add(found: Map<string, Found>, reading: Found): void {
  const key = `${reading.operation.id} ${JSON.stringify([...reading.labels].map(([name, value]) => canonical(name, value)))}`;
  if (!found.has(key)) found.set(key, reading);
}

const canonical = (name: string, value: string): string =>
  ACCOUNTS.has(name) || REPOSITORIES.has(name) ? value.toLowerCase() : value;

/** Without what the API stands below: the upstream's own base, and the prefixes of Enterprise Server. */
export function apiPath(path: string, base: string): string {
  const below = base !== '' && path.startsWith(`${base}/`) ? path.slice(base.length) : path;
  return below.replace(/^\/api\/(?:v3|uploads)(?=\/|$)/, '') || '/';
}

function find(method: string, path: string): Found | undefined {
  const direct = match(method, path, true);
  if (direct) return direct;
  const other = unaliased(path);
  return other === undefined ? undefined : match(method, other, false);
}

function match(method: string, path: string, named: boolean): Found | undefined {
  const { routes } = githubOperations();
  const [own] = routes.find(method, path, undefined).matches;
  // GitHub takes a POST for a PATCH where there is no POST of that route.
  const [hit] = own || method !== 'POST' ? [own] : routes.find('PATCH', path, undefined).matches;
  if (!hit) return undefined;
  const operation = hit.value;
  const labels = new Map<string, string>();
  let plain = own !== undefined;
  for (const [name, raw] of hit.labels) {
    const value = decodeStrict(raw, false) ?? raw;
    const form = operation.forms.get(name);
    if (form && !form.test(value)) return undefined;
    if (named && ACCOUNTS.has(name)) plain &&= ACCOUNT.test(value);
    if (named && REPOSITORIES.has(name)) plain &&= REPOSITORY.test(value);
    labels.set(name, value);
  }
  return { operation, labels, plain };
}

/** The call's own first; HEAD is answered as GET is. */
function methodsOf({ method, headers, query }: Call, formMethods: readonly string[]): readonly string[] {
  const methods = new Set([method === 'HEAD' ? 'GET' : method]);
  for (const name of OVERRIDES) {
    for (const value of headerValues(headers, name)) {
      for (const each of value.split(',', 8)) if (each.trim() !== '') methods.add(each.trim().toUpperCase());
    }
  }
  if (query !== undefined && /method/i.test(query)) {
    for (const value of lookUp(query, '_method').possible) methods.add(value.toUpperCase());
  }
  for (const value of formMethods) methods.add(value.toUpperCase());
  return [...methods];
}
