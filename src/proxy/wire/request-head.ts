// Serialises a request head. INVARIANT: every byte is checked against RFC 9110 grammar before any is written, and
// framing (Host, Content-Length, Transfer-Encoding, Connection) has one author: this file.
import { isFieldValue, isToken } from './field-grammar.ts';
import { UnsendableRequest } from './unsendable-request.ts';
import type { WireRequest } from './wire-request.ts';

const target = /^\/[\x21\x22\x24-\x7e]*$/;
const host = /^[A-Za-z0-9._~!$&'()*+,;=:%[\]-]+$/;
const injectedLine = /([^:\r\n]*): ([^\r\n]*)\r\n/y;

// Expect is in the list because answering 100-continue is the proxy's own business: forwarded, it lets an agent make
// the upstream wait for a body at a point that we did not choose.
const framing: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'proxy-connection',
  'keep-alive',
  'te',
  'trailer',
  'upgrade',
  'expect',
]);

function refuse(message: string): never {
  throw new UnsendableRequest(message);
}

function line(name: string, value: string): string {
  if (!isToken(name)) refuse('a header name is not a token (RFC 9110 §5.6.2)');
  // The longest name in the list has 17 letters, the shortest 2: most names never need folding.
  if (name.length <= 17 && framing.has(name.toLowerCase())) {
    refuse(`header ${name.toLowerCase()} is framing or hop-by-hop and is not the caller's to send`);
  }
  if (!isFieldValue(value)) refuse(`the value of header ${name} has a character that is not allowed (RFC 9110 §5.5)`);
  return `${name}: ${value}\r\n`;
}

function checkInjected(lines: string): void {
  injectedLine.lastIndex = 0;
  let at = 0;
  for (let match = injectedLine.exec(lines); match !== null; match = injectedLine.exec(lines)) {
    line(match[1] ?? '', match[2] ?? '');
    at = injectedLine.lastIndex;
  }
  if (at !== lines.length) refuse('injected header lines must be "Name: value" CRLF each');
}

/** RFC 9110 §8.6: methods that define a meaning for content announce an empty one. */
function announcesEmptyBody(method: string): boolean {
  return method === 'POST' || method === 'PUT' || method === 'PATCH';
}

/**
 * The whole head as a latin1 string (one character a byte), through the empty line.
 * `connection`: the value of Connection; undefined sends none (persistent, the default of HTTP/1.1). `upgrade`: the protocol.
 * @throws UnsendableRequest
 */
export function serialiseRequestHead(request: WireRequest, connection?: 'close' | 'Upgrade', upgrade?: string): string {
  const { method, headers, body } = request;
  if (!isToken(method) || method === 'CONNECT') refuse('the method is not a token, or is CONNECT');
  if (!target.test(request.target) && !(request.target === '*' && method === 'OPTIONS')) {
    refuse('the target is not origin-form: "/" and then visible ASCII without "#"');
  }
  if (!host.test(request.host)) refuse('the host is not host or host:port');
  if (headers.length % 2 !== 0) refuse('headers must be pairs of name and value');
  let head = `${method} ${request.target} HTTP/1.1\r\nHost: ${request.host}\r\n`;
  for (let i = 0; i < headers.length; i += 2) head += line(headers[i] as string, headers[i + 1] as string);
  if (request.injected !== undefined && request.injected !== '') {
    checkInjected(request.injected);
    head += request.injected;
  }
  if (connection !== undefined) head += `Connection: ${connection}\r\n`;
  if (upgrade !== undefined) {
    if (!isToken(upgrade)) refuse('the protocol of Upgrade is not a token');
    head += `Upgrade: ${upgrade}\r\n`;
  }
  if (body === undefined) return announcesEmptyBody(method) ? `${head}Content-Length: 0\r\n\r\n` : `${head}\r\n`;
  if (body.length === undefined) return `${head}Transfer-Encoding: chunked\r\n\r\n`;
  if (!Number.isSafeInteger(body.length) || body.length < 0) refuse('the length of the body is not a byte count');
  return `${head}Content-Length: ${body.length}\r\n\r\n`;
}
