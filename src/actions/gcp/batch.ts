// A batch: `POST /batch/…` of multipart/mixed, each part a request (cloud.google.com/storage/docs/batch). INVARIANT: what does not look exactly
// as the API takes it gives nothing, and the call then counts as everything that it may be.
import { decodeUtf8 } from '../../core/body/utf8.ts';
import { headerValues, type RawHeaders } from '../../core/call.ts';
import type { GcpRequest } from './request.ts';

const MAX_PARTS = 1_000;
const LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n]*?)[ \t]*$/;

export function isBatch({ path, method }: Pick<GcpRequest, 'path' | 'method'>): boolean {
  return method === 'POST' && /^\/batch(?:\/|$)/.test(path);
}

/** Undefined where the body is no batch that every parser reads alike. */
export function batchParts(request: GcpRequest): readonly GcpRequest[] | undefined {
  const { body, headers, host } = request;
  if (body.state !== 'whole') return undefined;
  const parts = multipart(body.decoded, headers);
  if (!parts || parts.length === 0 || parts.length > MAX_PARTS) return undefined;
  const found: GcpRequest[] = [];
  for (const part of parts) {
    const inner = headAndBody(part);
    const type = inner && headerValues(inner.headers, 'content-type');
    if (!inner || type?.length !== 1 || !/^application\/http *(?:;|$)/i.test(type[0] ?? '')) return undefined;
    const each = embedded(inner.body, host);
    if (!each) return undefined;
    found.push(each);
  }
  return found;
}

/** The texts of the parts. */
function multipart(bytes: Uint8Array, headers: RawHeaders): readonly string[] | undefined {
  const boundary = boundaryOf(headers, 'multipart/mixed');
  const lines = boundary === undefined ? undefined : linesOf(bytes);
  if (lines === undefined) return undefined;
  const pieces = `\n${lines}`.split(`\n--${boundary}`);
  const [preamble = '', ...rest] = pieces;
  const last = rest.pop();
  if (preamble.trim() !== '' || last === undefined || !/^--\s*$/.test(last)) return undefined;
  return rest.every((piece) => /^[ \t]*\n/.test(piece))
    ? rest.map((piece) => piece.slice(piece.indexOf('\n') + 1))
    : undefined;
}

/** `type`: the exact media type. */
function boundaryOf(headers: RawHeaders, type: string): string | undefined {
  const values = headerValues(headers, 'content-type');
  const [, media = '', boundary] =
    /^([a-z]+\/[a-z]+) *; *boundary=(?:"?)([0-9A-Za-z'()+_,./:=?-]{1,70})(?:"?)$/i.exec((values[0] ?? '').trim()) ?? [];
  return values.length === 1 && media.toLowerCase() === type ? boundary : undefined;
}

function linesOf(bytes: Uint8Array): string | undefined {
  const text = decodeUtf8(bytes);
  const lines = text.ok ? text.text.replaceAll('\r\n', '\n') : '\r';
  return lines.includes('\r') ? undefined : lines;
}

/**
 * The first of the two parts of an upload (`multipart/related`): its metadata. What is uploaded, behind them, may be any bytes. Undefined where
 * there are more or fewer parts.
 */
export function metadataOf(bytes: Uint8Array, headers: RawHeaders): Message | undefined {
  const boundary = boundaryOf(headers, 'multipart/related');
  if (boundary === undefined) return undefined;
  // One character for each byte.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const [preamble, first, second, end, ...more] = `\n${text}`.split(`\n--${boundary}`);
  if (preamble !== '' || end === undefined || more.length > 0 || !/^--\s*$/.test(end)) return undefined;
  const starts = [first, second].map((piece) => /^[ \t]*\r?\n/.exec(piece ?? '')?.[0].length);
  if (first === undefined || starts.includes(undefined)) return undefined;
  const lines = linesOf(Buffer.from(first.slice(starts[0]).replace(/\r$/, ''), 'latin1'));
  return lines === undefined ? undefined : headAndBody(lines);
}

export interface Message {
  readonly headers: RawHeaders;
  readonly body: string;
}

/** Header lines, an empty line, the rest. */
export function headAndBody(text: string): Message | undefined {
  const headers: string[] = [];
  let at = 0;
  for (;;) {
    const end = text.indexOf('\n', at);
    const line = text.slice(at, end < 0 ? text.length : end);
    at = end < 0 ? text.length : end + 1;
    if (line === '') return { headers, body: text.slice(at) };
    const match = LINE.exec(line);
    if (!match) return undefined;
    headers.push(match[1] ?? '', match[2] ?? '');
    if (end < 0) return { headers, body: '' };
  }
}

function embedded(text: string, host: string): GcpRequest | undefined {
  const start = text.replace(/^\n+/, '');
  const end = start.indexOf('\n');
  const line = end < 0 ? start : start.slice(0, end);
  const [, method, target] = /^([A-Z]{3,10}) (\S+)(?: HTTP\/1\.[01])?$/.exec(line) ?? [];
  const message = headAndBody(end < 0 ? '' : start.slice(end + 1));
  if (method === undefined || target === undefined || !message) return undefined;
  // Some clients write the whole address; another host than that of the batch is none that it may go to.
  const [, authority, local] = /^https:\/\/([^/?#]+)(\/.*)$/.exec(target) ?? [];
  const path = local ?? target;
  if (!path.startsWith('/') || (authority !== undefined && authority.toLowerCase() !== host)) return undefined;
  const mark = path.indexOf('?');
  const body = message.body.replace(/\n+$/, '');
  const bytes = new TextEncoder().encode(body);
  return {
    method,
    host,
    path: mark < 0 ? path : path.slice(0, mark),
    query: mark < 0 ? undefined : path.slice(mark + 1),
    headers: message.headers,
    body: body === '' ? { state: 'none' } : { state: 'whole', bytes, decoded: bytes },
  };
}
