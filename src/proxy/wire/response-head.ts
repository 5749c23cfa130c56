// Reads the lines of a response head into one reused record, and decides its framing (RFC 9112 §4, §5, §6.3).
// INVARIANT: what a lenient parser would have to guess is refused, so that no two parsers can read two messages out of it.
import { isToken, tokenBytes, valueBytes } from './field-grammar.ts';

const tab = 0x09;
const space = 0x20;
const zero = 0x30;
const colon = 0x3a;

/** How a body ends. 'upgrade' = 101: the connection now speaks something else. */
export type BodyFraming = 'none' | 'length' | 'chunked' | 'until-close' | 'upgrade';

export type FramedResponse =
  | { readonly framing: BodyFraming; readonly wrong?: undefined }
  | { readonly wrong: string; readonly framing?: undefined };

export interface ResponseHead {
  status: number;
  statusText: string;
  /** End-to-end fields. */
  rawHeaders: string[];
  fieldCount: number;
  /** -1 without Content-Length. */
  contentLength: number;
  chunked: boolean;
  http10: boolean;
  /** The raw values of Connection, Keep-Alive and Upgrade, joined; empty if absent. */
  connection: string;
  keepAlive: string;
  upgrade: string;
  /** Whether the peer will read another request on this connection. Set by `frameResponse`. */
  persistent: boolean;
}

export function emptyHead(): ResponseHead {
  return {
    status: 0,
    statusText: '',
    rawHeaders: [],
    fieldCount: 0,
    contentLength: -1,
    chunked: false,
    http10: false,
    connection: '',
    keepAlive: '',
    upgrade: '',
    persistent: false,
  };
}

/**
 * `status-line = HTTP-version SP status-code SP [ reason-phrase ]`. The line is `buffer[start, end)` without CRLF; `text` is
 * the same bytes as latin1, its first character at `base`. Returns what is wrong, or undefined.
 */
export function readStatusLine(
  head: ResponseHead,
  buffer: Buffer,
  start: number,
  end: number,
  text: string,
  base: number,
): string | undefined {
  if (end - start < 13 || !text.startsWith('HTTP/1.', start - base)) return 'the status line is not HTTP/1.x';
  const minor = (buffer[start + 7] as number) - zero;
  if (minor !== 0 && minor !== 1) return 'the HTTP version is neither 1.0 nor 1.1';
  if (buffer[start + 8] !== space || buffer[start + 12] !== space) return 'the status line lacks a single space';
  let status = 0;
  for (let i = start + 9; i < start + 12; i++) {
    const digit = (buffer[i] as number) - zero;
    if (digit < 0 || digit > 9) return 'the status code is not three digits';
    status = status * 10 + digit;
  }
  if (status < 100) return 'the status code is below 100';
  for (let i = start + 13; i < end; i++) {
    if (valueBytes[buffer[i] as number] === 0) return 'the reason phrase has a control character';
  }
  head.status = status;
  head.statusText = text.substring(start + 13 - base, end - base);
  head.rawHeaders = [];
  head.fieldCount = 0;
  head.contentLength = -1;
  head.chunked = false;
  head.http10 = minor === 0;
  head.connection = '';
  head.keepAlive = '';
  head.upgrade = '';
  return undefined;
}

/** `field-line = field-name ":" OWS field-value OWS`; arguments as in `readStatusLine`. */
export function readFieldLine(
  head: ResponseHead,
  buffer: Buffer,
  start: number,
  end: number,
  text: string,
  base: number,
): string | undefined {
  let nameEnd = start;
  while (nameEnd < end && tokenBytes[buffer[nameEnd] as number] === 1) nameEnd++;
  if (nameEnd === start || nameEnd === end || buffer[nameEnd] !== colon) {
    return nameEnd === start && nameEnd < end && (buffer[start] === space || buffer[start] === tab)
      ? 'a header is folded over lines'
      : 'a header name is not a token followed by a colon';
  }
  let from = nameEnd + 1;
  while (from < end && (buffer[from] === space || buffer[from] === tab)) from++;
  let to = end;
  while (to > from && (buffer[to - 1] === space || buffer[to - 1] === tab)) to--;
  for (let i = from; i < to; i++) {
    if (valueBytes[buffer[i] as number] === 0) return 'a header value has a control character';
  }
  head.fieldCount++;
  const name = text.substring(start - base, nameEnd - base);
  const value = text.substring(from - base, to - base);
  return isSpecial(name, nameEnd - start, buffer[start] as number)
    ? readSpecial(head, name, value, to !== end)
    : void head.rawHeaders.push(name, value);
}

/** Whether a name can be one that `readSpecial` knows: by length and first letter, so that most names are never folded. */
function isSpecial(name: string, length: number, first: number): boolean {
  switch (first | 0x20) {
    case 0x63: // c
      return length === 10 || length === 14;
    case 0x68: // h
      return length >= 9 && name[8] === '-';
    case 0x6b: // k
      return length === 10;
    case 0x70: // p
      return length >= 16;
    case 0x74: // t
      return length === 2 || length === 7 || length === 17;
    case 0x75: // u
      return length === 7;
    default:
      return false;
  }
}

function readSpecial(head: ResponseHead, name: string, value: string, padded: boolean): string | undefined {
  const lower = name.toLowerCase();
  // The grammar has the whitespace taken off, but llhttp reads another message where it follows a framing value.
  if (padded && (lower === 'content-length' || lower === 'transfer-encoding'))
    return 'a framing field ends in whitespace';
  switch (lower) {
    case 'content-length':
      return readContentLength(head, value);
    case 'transfer-encoding':
      if (head.chunked || value.toLowerCase() !== 'chunked') return 'Transfer-Encoding is not exactly one chunked';
      head.chunked = true;
      return undefined;
    case 'connection':
      head.connection = head.connection === '' ? value : `${head.connection},${value}`;
      return undefined;
    case 'keep-alive':
      head.keepAlive = head.keepAlive === '' ? value : `${head.keepAlive},${value}`;
      return undefined;
    case 'upgrade':
      head.upgrade = head.upgrade === '' ? value : `${head.upgrade},${value}`;
      return undefined;
    case 'te':
    case 'trailer':
    case 'proxy-connection':
    case 'proxy-authenticate':
    case 'proxy-authentication-info':
      return undefined;
    default:
      // Only Holdgate speaks as Holdgate: an upstream must not forge a decision or a receipt.
      if (!lower.startsWith('holdgate-')) head.rawHeaders.push(name, value);
      return undefined;
  }
}

function readContentLength(head: ResponseHead, value: string): string | undefined {
  if (head.contentLength !== -1) return 'Content-Length is given twice';
  // Leading zeros are octal to some parsers; 15 digits keep the number exact.
  if (!/^(?:0|[1-9][0-9]{0,14})$/.test(value)) return 'Content-Length is not one plain decimal number';
  head.contentLength = Number(value);
  return undefined;
}

/**
 * RFC 9112 §6.3: how the body of this response to `method` ends, or what is wrong with its framing. Takes out the fields that
 * Connection nominates (RFC 9110 §7.6.1) and sets `persistent`.
 */
export function frameResponse(head: ResponseHead, method: string): FramedResponse {
  const wrong = readConnection(head);
  if (wrong !== undefined) return { wrong };
  const { status, chunked, contentLength } = head;
  if (chunked && contentLength !== -1) return conflict;
  if (chunked && head.http10) return chunkedIn10;
  if (status < 200) {
    if (head.http10 || !head.persistent || chunked || contentLength !== -1) return framed1xx;
    return status === 101 ? upgraded : bodiless;
  }
  if (status === 204) return chunked || contentLength > 0 ? framed204 : bodiless;
  if (method === 'HEAD' || status === 304) return bodiless;
  if (chunked) return byChunks;
  if (contentLength !== -1) return contentLength === 0 ? bodiless : byLength;
  head.persistent = false;
  return untilClose;
}

const conflict = { wrong: 'both Content-Length and Transfer-Encoding are given' } as const;
const chunkedIn10 = { wrong: 'an HTTP/1.0 response has Transfer-Encoding' } as const;
const framed1xx = { wrong: 'a 1xx response has framing, closes the connection or is HTTP/1.0' } as const;
const framed204 = { wrong: 'a 204 response announces a body' } as const;
const upgraded = { framing: 'upgrade' } as const;
const bodiless = { framing: 'none' } as const;
const byChunks = { framing: 'chunked' } as const;
const byLength = { framing: 'length' } as const;
const untilClose = { framing: 'until-close' } as const;

function readConnection(head: ResponseHead): string | undefined {
  head.persistent = !head.http10;
  const value = head.connection;
  if (value === '') return undefined;
  if (value === 'close') {
    head.persistent = false;
    return undefined;
  }
  if (value === 'keep-alive') {
    head.persistent = true;
    return undefined;
  }
  let closes = false;
  let nominated: Set<string> | undefined;
  for (const part of value.split(',')) {
    const option = part.trim().toLowerCase();
    if (option === '') continue;
    if (!isToken(option)) return 'Connection is not a list of tokens';
    if (option === 'close') closes = true;
    else if (option === 'keep-alive') head.persistent = true;
    else (nominated ??= new Set()).add(option);
  }
  if (closes) head.persistent = false;
  if (nominated !== undefined) removeNominated(head, nominated);
  return undefined;
}

function removeNominated(head: ResponseHead, nominated: ReadonlySet<string>): void {
  const kept: string[] = [];
  const { rawHeaders } = head;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (!nominated.has(name.toLowerCase())) kept.push(name, rawHeaders[i + 1] as string);
  }
  head.rawHeaders = kept;
}
