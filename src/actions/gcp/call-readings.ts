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
}

/** Google's own header for clients that cannot send every method, and what other hops take for one. */
export function methodsOf({ method, headers, query }: Call): Methods {
  // A HEAD is answered as a GET without its body.
  const own = method === 'HEAD' ? 'GET' : method;
  let others: Set<string> | undefined;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] ?? '';
    if (name.length < 13 || name.length > 22 || !/^x-/i.test(name) || !OVERRIDES.includes(name.toLowerCase())) continue;
    others ??= new Set();
    for (const value of headerValues(headers, name.toLowerCase()))
      for (const each of value.split(',', MAX_METHODS)) others.add(each.trim().toUpperCase());
  }
  if (query !== undefined && /method/i.test(query.includes('%') ? unescaped(query) : query)) {
    for (const name of PARAMETERS) {
      for (const value of lookUp(query, name).possible) (others ??= new Set()).add(value.trim().toUpperCase());
    }
  }
  if (!others) return { list: [own], sure: true };
  return { list: [...new Set([own, ...others])].slice(0, MAX_METHODS), sure: false };
}

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
