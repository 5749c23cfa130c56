// Generates responses from a seed: valid ones of every framing, and mutants of them with the tokens that parsers disagree on.
import { seeded } from './parse.ts';

export interface GeneratedResponse {
  readonly method: 'GET' | 'HEAD';
  readonly bytes: Buffer;
  readonly mutated: boolean;
}

const statuses = [200, 200, 200, 201, 203, 204, 205, 206, 301, 304, 400, 404, 418, 500, 503, 599];
const names = [
  'Content-Type',
  'X-A',
  'x-a',
  'ETag',
  'Set-Cookie',
  'Vary',
  'Date',
  'Server',
  'X-Long-Header-Name-Of-Some-Kind',
];
const values = [
  'text/plain',
  '',
  'a, b',
  '"q;=\\""',
  'caf\xe9',
  'x'.repeat(200),
  'W/"1"',
  ' \t padded\t ',
  'timeout=5',
];
const tokens = [
  '\r\n', '\n', '\r', ' ', '\t', '\0', '\x7f', '\x80', '\xa0', ';', ',', ':', '0', '1', 'f', '+', '-', '0x', '"', '=', '_', '\r\n\r\n', '\r\n ', ' \r\n',
  'chunked', 'identity', 'gzip, ', 'HTTP/1.1 ', 'HTTP/1.0 ', 'HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 103 E\r\nLink: a\r\n\r\n',
  '\r\nContent-Length: 5', '\r\nContent-Length: 0', '\r\nTransfer-Encoding: chunked', '\r\nTransfer-Encoding: identity',
  '\r\nConnection: close', '\r\nConnection: keep-alive', '\r\nConnection: x-a, etag', '\r\nUpgrade: h2c', '\r\nKeep-Alive: timeout=1', ';a=b', ';a="b"',
  '0\r\n\r\n', '5\r\nhello\r\n', '\r\nX-T: v',
]; // biome-ignore format: a table

export function generateResponses(seed: number, count: number): GeneratedResponse[] {
  const random = seeded(seed);
  const int = (below: number): number => Math.floor(random() * below);
  const pick = <T>(from: readonly T[]): T => from[int(from.length)] as T;

  function text(length: number): string {
    let out = '';
    for (let i = 0; i < length; i++) out += String.fromCharCode(int(12) === 0 ? int(256) : 97 + int(26));
    return out;
  }

  function chunks(body: string): string {
    let out = '';
    for (let at = 0; at < body.length; ) {
      const size = 1 + int(body.length - at);
      const extension = int(6) === 0 ? pick([';a', ';a=b', ';a="b c"', ';a=b;c']) : '';
      const hex = int(2) === 0 ? size.toString(16) : size.toString(16).toUpperCase();
      out += `${'0'.repeat(int(8) === 0 ? 2 : 0)}${hex}${extension}\r\n${body.slice(at, at + size)}\r\n`;
      at += size;
    }
    return `${out}0\r\n${int(5) === 0 ? 'X-Trailer: v\r\n' : ''}\r\n`;
  }

  function valid(method: string): string {
    const status = pick(statuses);
    const bodiless = method === 'HEAD' || status === 204 || status === 304;
    const body = text(int(4) === 0 ? 0 : int(120));
    const lines: string[] = [];
    for (let i = int(6); i > 0; i--) lines.push(`${pick(names)}:${pick([' ', '', '\t'])}${pick(values)}`);
    const framing = int(3);
    let sent = body;
    if (framing === 0 && status !== 204) lines.splice(int(lines.length + 1), 0, `Content-Length: ${body.length}`);
    if (framing === 1 && status !== 204) {
      lines.splice(int(lines.length + 1), 0, `Transfer-Encoding: ${pick(['chunked', 'Chunked'])}`);
      sent = chunks(body);
    }
    if (int(5) === 0) lines.push(`Connection: ${pick(['close', 'keep-alive', 'x-a', 'close, etag'])}`);
    const early =
      int(8) === 0 ? pick(['HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\n']) : '';
    const version = framing !== 1 && early === '' && int(8) === 0 ? '1.0' : '1.1';
    const head = `HTTP/${version} ${status} ${pick(['OK', '', 'Some reason', 'caf\xe9'])}\r\n`;
    return `${early}${head}${lines.map((line) => `${line}\r\n`).join('')}\r\n${bodiless ? '' : sent}`;
  }

  function mutate(original: string): string {
    let out = original;
    for (let i = 1 + int(2); i > 0; i--) {
      // Most faults that matter are in the head or at the first chunk.
      const at = int(3) === 0 ? int(out.length + 1) : int(Math.min(out.length, 160) + 1);
      const kind = int(6);
      if (kind <= 1) out = out.slice(0, at) + pick(tokens) + out.slice(at);
      else if (kind === 2) out = out.slice(0, at) + out.slice(at + 1 + int(3));
      else if (kind === 3) out = out.slice(0, at) + String.fromCharCode(int(256)) + out.slice(at + 1);
      else if (kind === 4) {
        const lines = out.split('\r\n');
        const line = int(lines.length);
        lines.splice(line, int(2), lines[int(lines.length)] as string);
        out = lines.join('\r\n');
      } else {
        const end = out.indexOf('\r\n', at);
        if (end !== -1) out = out.slice(0, end) + pick(tokens) + out.slice(end + (int(2) === 0 ? 2 : 0));
      }
    }
    return out;
  }

  return Array.from({ length: count }, () => {
    const method = int(8) === 0 ? 'HEAD' : 'GET';
    const mutated = int(3) !== 0;
    const original = valid(method);
    return { method, mutated, bytes: Buffer.from(mutated ? mutate(original) : original, 'latin1') };
  });
}
