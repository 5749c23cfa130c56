// The canonical request of Signature Version 4 (AWS General Reference, "Create a signed AWS API request", steps 1 and 2): what both
// sides hash. Pure. Everything is latin1: one character is one byte of the wire.
import { createHash } from 'node:crypto';
import type { RawHeaders } from '../../core/call.ts';

export interface SigningRequest {
  readonly method: string;
  /** Raw path as on the wire. */
  readonly path: string;
  /** Raw, without `?`. */
  readonly query: string | undefined;
  /** With Host. */
  readonly headers: RawHeaders;
}

/** `sent`: the query (of S3 the path too) as it stands there, as most clients sign it. `decoded`: escapes undone and made anew, as AWS
 *  reads it. */
export type Spelling = 'sent' | 'decoded';

export interface CanonicalTerms {
  /** Signing name of the credential scope. */
  readonly service: string;
  /** Lower-case, sorted. */
  readonly signedHeaders: readonly string[];
  /** Last line: the body's SHA-256 in hex, or one of the words that stand for it. */
  readonly payload: string;
  readonly spelling: Spelling;
}

/** SHA-256 of nothing. */
export const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** Services whose paths are escaped once; all others escape what is escaped already. */
const SINGLE_ENCODED: ReadonlySet<string> = new Set(['s3', 's3-outposts', 's3-object-lambda', 's3express']);

const UNRESERVED = /[A-Za-z0-9\-._~]/;
const ESCAPES: readonly string[] = Array.from({ length: 256 }, (_, code) => {
  const letter = String.fromCharCode(code);
  return UNRESERVED.test(letter) ? letter : `%${code.toString(16).toUpperCase().padStart(2, '0')}`;
});

export const sha256Hex = (data: string | Uint8Array): string =>
  typeof data === 'string'
    ? createHash('sha256').update(data, 'latin1').digest('hex')
    : createHash('sha256').update(data).digest('hex');

/** Lines 1 to 6. A signed header that is not there has an empty line, as if it were empty; callers refuse it before. */
export function canonicalRequest(request: SigningRequest, terms: CanonicalTerms): string {
  const lines = terms.signedHeaders.map((name) => `${name}:${headerLine(request.headers, name)}\n`).join('');
  return (
    `${request.method}\n${canonicalPath(request.path, terms)}\n${canonicalQuery(request.query, terms.spelling)}\n` +
    `${lines}\n${terms.signedHeaders.join(';')}\n${terms.payload}`
  );
}

function canonicalPath(path: string, { service, spelling }: CanonicalTerms): string {
  if (SINGLE_ENCODED.has(service)) return spelling === 'sent' ? path : respell(path);
  // RFC 3986 §5.2.4, and empty segments are dropped too.
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  const normal = `/${segments.join('/')}${path.endsWith('/') && segments.length > 0 ? '/' : ''}`;
  return escape(normal, true);
}

/** An escaped slash stays one: it does not separate segments. */
const respell = (path: string): string =>
  path
    .split('/')
    .map((segment) => escape(decode(segment), false))
    .join('/');

const USUAL_PATH = /^(?:[A-Za-z0-9\-._~/]|%[0-9A-F]{2})*$/;
const USUAL_QUERY = /^(?:[A-Za-z0-9\-._~&=]|%[0-9A-F]{2})*$/;

/** The spelling in which AWS reads a request: as sent where that is how AWS writes it. */
export function usualSpelling({ path, query = '' }: Pick<SigningRequest, 'path' | 'query'>): Spelling {
  return USUAL_PATH.test(path) && USUAL_QUERY.test(query) ? 'sent' : 'decoded';
}

function canonicalQuery(query: string | undefined, spelling: Spelling): string {
  if (query === undefined || query === '') return '';
  const pairs = query.split('&').map((pair) => {
    const at = pair.indexOf('=');
    const [name, value] = at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
    return spelling === 'sent' ? [name, value] : [again(name), again(value)];
  });
  pairs.sort(([a = '', b = ''], [c = '', d = '']) => (a < c ? -1 : a > c ? 1 : b < d ? -1 : b > d ? 1 : 0));
  return pairs.map(([name = '', value = '']) => `${name}=${value}`).join('&');
}

/** Every value of the header in order, trimmed, with runs of blanks made one, joined by commas. */
function headerLine(headers: RawHeaders, name: string): string {
  let line: string | undefined;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const key = headers[i] ?? '';
    if (key.length !== name.length || key.toLowerCase() !== name) continue;
    const value = (headers[i + 1] ?? '').split(/[ \t]+/).filter((word) => word !== '');
    line = line === undefined ? value.join(' ') : `${line},${value.join(' ')}`;
  }
  return line ?? '';
}

/** `+` in a query is a blank to AWS. */
const again = (text: string): string => escape(decode(text.replaceAll('+', ' ')), false);

function escape(text: string, keepSlash: boolean): string {
  let out = '';
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    out += keepSlash && code === 0x2f ? '/' : (ESCAPES[code & 0xff] ?? '');
  }
  return out;
}

/** Undoes escapes byte by byte; what is no escape stays. */
const decode = (text: string): string =>
  text.replace(/%([0-9a-f]{2})/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
