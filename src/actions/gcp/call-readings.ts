// The requests that Google's front ends may take a call for: its method and those that a header or parameter puts in its place, its path with the
// prefixes of uploads, downloads and batches taken away.
import { type Call, headerValues } from '../../core/call.ts';
import { lookUp } from '../../core/policy/pairs.ts';

export interface Transfer {
  /** Path as the method's template has it. */
  readonly path: string;
  readonly kind: 'plain' | 'upload' | 'download';
}

const OVERRIDES: readonly string[] = ['x-http-method-override', 'x-http-method', 'x-method-override'];
const PARAMETERS: readonly string[] = ['$httpMethod', '_method'];
const MAX_METHODS = 4;

export interface Methods {
  readonly list: readonly string[];
  /** False where something else than the method itself may say it. */
  readonly sure: boolean;
  /** False where there are more than were looked at. */
  readonly whole: boolean;
}

/** Google's own header for clients that cannot send every method, and what other hops take for one. */
export function methodsOf({ method, headers, query }: Call): Methods {
  // A HEAD is answered as a GET without its body.
  const own = method === 'HEAD' ? 'GET' : method;
  let others: Set<string> | undefined;
  for (const name of overridesIn(headers)) {
    others ??= new Set();
    for (const value of headerValues(headers, name)) {
      for (const each of value.split(',', MAX_METHODS + 1))
        if (others.size <= MAX_METHODS) others.add(each.trim().toUpperCase());
    }
  }
  if (query !== undefined && /method/i.test(query.includes('%') ? unescaped(query) : query)) {
    for (const name of PARAMETERS) {
      for (const value of lookUp(query, name).possible.slice(0, MAX_METHODS + 1))
        (others ??= new Set()).add(value.trim().toUpperCase());
    }
  }
  if (!others) return { list: [own], sure: true, whole: true };
  const all = [...new Set([own, ...others])];
  return { list: all.slice(0, MAX_METHODS), sure: false, whole: all.length <= MAX_METHODS };
}

function overridesIn(headers: Call['headers']): ReadonlySet<string> {
  let found: Set<string> | undefined;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    // Cheap for the many headers that are none.
    if (name.length < 13 || name.length > 22 || !/^x-/i.test(name)) continue;
    const lower = name.toLowerCase();
    if (OVERRIDES.includes(lower)) (found ??= new Set()).add(lower);
  }
  return found ?? NONE;
}

const NONE: ReadonlySet<string> = new Set();

/** Parameters that carry headers or the body in the query, for web pages. */
export function carriesRequest(query: string | undefined): boolean {
  if (query === undefined || !/req|ct|httpheaders/i.test(query)) return false;
  return ['$httpHeaders', '$req', '$ct'].some((name) => lookUp(query, name).possible.length > 0);
}

const unescaped = (text: string): string =>
  text.replaceAll(/%(?:24|5f)/gi, '_').replaceAll(/%[46]([0-9a-f])/gi, 'method');

/** `/upload/storage/v1/…`, `/resumable/upload/…`, `/download/storage/v1/…`. */
export function transferOf(path: string): Transfer {
  const [, prefix] = /^(\/(?:resumable\/)?upload|\/download)(?=\/)/.exec(path) ?? [];
  if (prefix === undefined) return { path, kind: 'plain' };
  return { path: path.slice(prefix.length), kind: prefix === '/download' ? 'download' : 'upload' };
}
