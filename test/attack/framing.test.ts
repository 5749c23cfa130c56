// security.md S1: hundreds of requests whose framing parsers are known to disagree on, whole and in pieces, each followed by a
// pipelined call of its own that policy denies. What a raw recorder behind the gate saw has to be exactly what the record says
// was allowed, in framing of our own.
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { AGENT } from '../e2e/running-gate.ts';
import { useRawGate } from '../e2e/use-raw-gate.ts';
import { type Random, random } from './random.ts';

const RULES = `
  - id: public
    match: {path: "/pub/**"}
    effect: allow
  - id: admin
    match: {path: "/admin/**"}
    effect: deny
`;

interface Case {
  readonly name: string;
  /** Field lines of the framing, and the bytes behind the head. */
  readonly fields: readonly string[];
  readonly body: string;
  readonly method?: string;
  readonly version?: string;
}

const SMUGGLED = 'GET /api/admin/smuggled HTTP/1.1\r\nHost: a\r\n\r\n';
const CHUNKED = `5\r\nhello\r\n0\r\n\r\n`;

/** Spellings of Transfer-Encoding that somebody takes for chunked and somebody else does not. */
const CODINGS = [
  'Transfer-Encoding: chunked',
  'Transfer-Encoding : chunked',
  'Transfer-Encoding:chunked',
  'Transfer-Encoding:\tchunked',
  'Transfer-Encoding:  chunked  ',
  'Transfer-Encoding:\x0bchunked',
  'Transfer-Encoding:\x0cchunked',
  'Transfer-Encoding: \xa0chunked',
  'Transfer-Encoding: chunked\x00',
  'Transfer-Encoding: chunked\x7f',
  'Transfer-Encoding: chunked;x=1',
  'Transfer-Encoding: chunked,',
  'Transfer-Encoding: ,chunked',
  'Transfer-Encoding: chunked, chunked',
  'Transfer-Encoding: chunked, identity',
  'Transfer-Encoding: identity, chunked',
  'Transfer-Encoding: identity',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: gzip',
  'Transfer-Encoding: xchunked',
  'Transfer-Encoding: chunkedx',
  'Transfer-Encoding: "chunked"',
  "Transfer-Encoding: 'chunked'",
  'Transfer-Encoding: Chunked',
  'TRANSFER-ENCODING: CHUNKED',
  'Transfer-Encoding: chunk',
  'Transfer-Encoding:',
  'Transfer-Encoding: \r\n chunked',
  'Transfer-Encoding\r\n : chunked',
  ' Transfer-Encoding: chunked',
  '\tTransfer-Encoding: chunked',
  'X: y\rTransfer-Encoding: chunked',
  'X: y\nTransfer-Encoding: chunked',
  'Transfer_Encoding: chunked',
  'Transfer.Encoding: chunked',
  'Transfer Encoding: chunked',
  'Transfer-Encoding\x00: chunked',
  'Transfer-\u00c9ncoding: chunked',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
  'Transfer-Encoding: identity\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding: x\r\nTransfer-Encoding: chunked',
  'TE: chunked\r\nTransfer-Encoding: chunked',
  'Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked',
  'Trailer: Content-Length\r\nTransfer-Encoding: chunked',
] as const;

const LENGTHS = (n: number): string[] => [
  `Content-Length: ${n}`,
  `Content-Length:${n}`,
  `Content-Length : ${n}`,
  `Content-Length: +${n}`,
  `Content-Length: -${n}`,
  `Content-Length: 0${n}`,
  `Content-Length: 0x${n.toString(16)}`,
  `Content-Length: ${n}, ${n}`,
  `Content-Length: ${n},`,
  `Content-Length: ${n} ${n}`,
  `Content-Length: ${n}.0`,
  `Content-Length: ${n}e0`,
  `Content-Length: ${n}\t`,
  `Content-Length: "${n}"`,
  `Content-Length: 1_0`,
  `Content-Length: ${n}\x0b`,
  `Content-Length: \x00${n}`,
  'Content-Length:',
  'Content-Length: 0',
  'Content-Length: 99999999999999999999',
  'Content-Length: 18446744073709551616',
  'Content-Length: 4294967301',
  `Content-Length: ${n}\r\nContent-Length: 0`,
  `Content-Length: 0\r\nContent-Length: ${n}`,
  `Content-Length: ${n}\r\nContent-Length: ${n}`,
  `Content_Length: ${n}`,
  `Content-Length: \r\n ${n}`,
  `Content-Length\r\n : ${n}`,
  ` Content-Length: ${n}`,
  `Content-Lenght: ${n}`,
  `X: y\rContent-Length: ${n}`,
  `Connection: Content-Length\r\nContent-Length: ${n}`,
];

const CHUNKS: readonly string[] = [
  '5\r\nhello\r\n0\r\n\r\n',
  '5;a=b\r\nhello\r\n0\r\n\r\n',
  '5;a="b\r\nhello\r\n0\r\n\r\n',
  '5;\rx\r\nhello\r\n0\r\n\r\n',
  '5;\nx\r\nhello\r\n0\r\n\r\n',
  '5 \r\nhello\r\n0\r\n\r\n',
  ' 5\r\nhello\r\n0\r\n\r\n',
  '\t5\r\nhello\r\n0\r\n\r\n',
  '+5\r\nhello\r\n0\r\n\r\n',
  '-5\r\nhello\r\n0\r\n\r\n',
  '0x5\r\nhello\r\n0\r\n\r\n',
  '05\r\nhello\r\n0\r\n\r\n',
  '0000000000000000000000005\r\nhello\r\n0\r\n\r\n',
  '5\nhello\n0\n\n',
  '5\r\nhello\n0\r\n\r\n',
  '5\rhello\r\n0\r\n\r\n',
  '5\r\nhelloo\r\n0\r\n\r\n',
  '5\r\nhell\r\n0\r\n\r\n',
  '5\r\nhello0\r\n\r\n',
  'g\r\nhello\r\n0\r\n\r\n',
  '\r\n5\r\nhello\r\n0\r\n\r\n',
  'ffffffffffffffff\r\nhello\r\n0\r\n\r\n',
  '10000000000000005\r\nhello\r\n0\r\n\r\n',
  '5\r\nhello\r\n00\r\n\r\n',
  '5\r\nhello\r\n0;x\r\n\r\n',
  '5\r\nhello\r\n0\r\nContent-Length: 50\r\n\r\n',
  '5\r\nhello\r\n0\r\nX-HTTP-Method-Override: DELETE\r\n\r\n',
  '5\r\nhello\r\n0\r\nHost: evil\r\nTransfer-Encoding: chunked\r\n\r\n',
  '5\r\nhello\r\n0\r\n broken\r\n\r\n',
  '5\r\nhello\r\n0\r\nX\r\n\r\n',
  '5\r\nhello\r\n0\n\n',
  '5\r\nhello\r\n0\r\n\n',
  '5\r\nhello\r\n0\r\n\r',
  '5\r\nhello\r\n\r\n0\r\n\r\n',
  '0\r\n\r\n',
  '0\r\nX: y\r\n\r\n',
  '2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n',
  '5\r\nhello\r\n',
  '5',
  '',
];

function cases(): Case[] {
  const smuggle = `0\r\n\r\n${SMUGGLED}`;
  return [
    ...CODINGS.map((te) => ({ name: `TE alone: ${te}`, fields: [te], body: CHUNKED })),
    ...CODINGS.map((te) => ({
      name: `CL.TE: ${te}`,
      fields: [`Content-Length: ${smuggle.length}`, te],
      body: smuggle,
    })),
    ...CODINGS.map((te) => ({
      name: `TE.CL: ${te}`,
      fields: [te, 'Content-Length: 4'],
      body: `5c\r\n${SMUGGLED.padEnd(92, 'x')}\r\n0\r\n\r\n`,
    })),
    ...CODINGS.map((te) => ({ name: `GET with TE: ${te}`, method: 'GET', fields: [te], body: smuggle })),
    ...LENGTHS(5).map((cl) => ({ name: `CL: ${cl}`, fields: [cl], body: 'hello' })),
    ...LENGTHS(SMUGGLED.length).map((cl) => ({ name: `CL.0: ${cl}`, fields: [cl], body: SMUGGLED })),
    ...LENGTHS(SMUGGLED.length).map((cl) => ({
      name: `GET with CL: ${cl}`,
      method: 'GET',
      fields: [cl],
      body: SMUGGLED,
    })),
    ...LENGTHS(5).map((cl) => ({
      name: `0.CL chunked: ${cl}`,
      fields: ['Transfer-Encoding: chunked', cl],
      body: CHUNKED,
    })),
    ...CHUNKS.map((body) => ({ name: `chunks: ${body}`, fields: ['Transfer-Encoding: chunked'], body })),
    ...CHUNKS.map((body) => ({
      name: `chunks, HTTP/1.0: ${body}`,
      version: '1.0',
      fields: ['Transfer-Encoding: chunked'],
      body,
    })),
    ...['1.0', '0.9', '2.0', '1.2', '1.10', '01.1', '1.1 ', '', '1,1'].map((version) => ({
      name: `version ${version}`,
      version,
      fields: ['Content-Length: 0'],
      body: SMUGGLED,
    })),
    ...[
      'Expect: 100-continue',
      'Expect: 100-continue\r\nExpect: x',
      'Expect: 200',
      'Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AA',
      'Upgrade: websocket\r\nConnection: upgrade',
      'Connection: close, content-length',
      'Connection: keep-alive, host',
      'Host: evil',
      'Host:',
      'Proxy-Connection: keep-alive',
      'Keep-Alive: timeout=1',
      'Max-Forwards: 0',
      'X\u00a0: y',
      ': y',
      'no-colon',
      'X: y\r\n z',
      'X[]: y',
      'X: \x01',
      'Content-Type: a\r\nContent-Type: b',
    ].map((field) => ({
      name: `header: ${field}`,
      fields: [field, `Content-Length: ${SMUGGLED.length}`],
      body: SMUGGLED,
    })),
  ];
}

const raw = useRawGate({
  rules: RULES,
  more: 'default: deny\nlimits: {headers_timeout: 1s, body_timeout: 1s, connections: 500}',
});

function bytesOf({ fields, body, method = 'POST', version = '1.1' }: Case, path: string, probe: string): Buffer {
  const auth = `Authorization: Bearer ${AGENT}`;
  const head = [`${method} /api${path} HTTP/${version}`, 'Host: a', auth, ...fields].join('\r\n');
  const next = `GET /api${probe} HTTP/1.1\r\nHost: a\r\n${auth}\r\nConnection: close\r\n\r\n`;
  return Buffer.from(`${head}\r\n\r\n${body}${next}`, 'latin1');
}

/** Sends the pieces one after another and reads until the gate closes. */
async function send(pieces: readonly Buffer[]): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = connect({ port: raw.gate.running.proxy.port, host: '127.0.0.1', noDelay: true });
  socket
    .on('data', () => undefined)
    .on('error', () => socket.destroy())
    .on('close', () => resolve());
  for (const piece of pieces) {
    if (socket.destroyed) break;
    await new Promise<void>((done) => socket.write(piece, () => done()));
    await new Promise<void>((done) => setImmediate(done));
  }
  await promise;
}

function split(bytes: Buffer, pieces: number, pick: Random): Buffer[] {
  const cuts = [...new Set(Array.from({ length: pieces - 1 }, () => 1 + pick.below(bytes.length - 1)))].toSorted(
    (a, b) => a - b,
  );
  return [0, ...cuts].map((from, i) => bytes.subarray(from, cuts[i] ?? bytes.length));
}

const all = cases();

async function run(name: string, pieces: number): Promise<string[]> {
  const paths = all.map((_, i) => `/pub/${name}${i}`);
  const queue = [...all.entries()];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [i, each] = next;
      const bytes = bytesOf(each, paths[i] ?? '', `/admin/${name}${i}`);
      await send(pieces === 1 ? [bytes] : split(bytes, pieces, random(`${name} ${i}`)));
    }
  };
  await Promise.all(Array.from({ length: 24 }, worker));
  return paths;
}

describe.each([
  ['whole', 1],
  ['in three pieces', 3],
  ['in nine pieces', 9],
])(`${all.length} requests sent %s`, (how, pieces) => {
  it('reach the upstream exactly as often as the record says, framed by the gate', async () => {
    const from = raw.upstream.requests.length;
    const logged = raw.gate.log.length;
    await run(how.replaceAll(' ', ''), pieces);
    const sent = raw.upstream.requests.slice(from);
    const allowed = raw.gate.log
      .slice(logged)
      .map((text) => JSON.parse(text) as Record<string, unknown>)
      .filter((line) => JSON.stringify(line).includes('"allow"'));
    const sentPaths = sent.map((request) => request.split(' ')[1]);
    const recorded = allowed.map((line) => line['path']);
    expect(sentPaths.filter((path) => recorded.filter((one) => one === path).length !== 1)).toEqual([]);
    const answered = allowed.filter((line) => line['status'] === 200).map((line) => line['path']);
    expect(answered.filter((path) => !sentPaths.includes(String(path)))).toEqual([]);
    expect(sentPaths.length).toBeGreaterThan(40);
    expect(new Set(sentPaths).size).toBe(sentPaths.length);
    for (const request of sent) {
      const head = request.slice(0, request.indexOf('\r\n\r\n') + 2);
      expect(head).not.toMatch(/admin|smuggled|evil/);
      const framing =
        head.match(/^(?:content-length|transfer-encoding|[^:]*[ \t_.]+(?:length|encoding))[^:]*:.*$/gim) ?? [];
      expect(framing.length).toBeLessThanOrEqual(1);
      for (const line of framing)
        expect(line).toMatch(/^(?:Content-Length: (?:0|[1-9]\d*)|Transfer-Encoding: chunked)$/);
    }
    for (const bytes of raw.upstream.received) {
      // What is no whole call is the beginning of one whose body never came; whatever looks like a call in there is body.
      const left = raw.upstream.requests.reduce(
        (text, request) => text.replace(request, () => ''),
        bytes.toString('latin1'),
      );
      if (left === '') continue;
      const end = left.indexOf('\r\n\r\n');
      const announced = /^Content-Length: (\d+)$/im.exec(left.slice(0, end))?.[1] ?? 'endless';
      expect(left).toMatch(/^(?:GET|POST) \/pub\//);
      expect(announced === 'endless' || left.length - end - 4 < Number(announced)).toBe(true);
      if (announced === 'endless') expect(left.slice(0, end)).toMatch(/^Transfer-Encoding: chunked$/im);
    }
  });
});

it('the denied probe behind each request is decided by itself, never under the request before it', () => {
  const audit = raw.gate.log
    .map((text) => JSON.parse(text) as { readonly path?: string; readonly status?: number })
    .filter(({ path }) => path?.startsWith('/admin/'));
  expect(audit.length).toBeGreaterThan(100);
  expect(audit.filter(({ status }) => status === 200)).toEqual([]);
});
