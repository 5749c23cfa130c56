// The wire client against undici on the same bytes. What both accept must be equal; what only undici accepts is our
// strictness; what only we accept is a defect, unless it is listed here with its reason.
import net from 'node:net';
import { Client } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendOnce } from '../../../src/proxy/wire/send-once.ts';
import { generateResponses, type GeneratedResponse } from './generated-responses.ts';
import { limits, recorder } from './raw-upstream.ts';
import { createManualClock } from '../../ports/manual-clock.ts';

interface Answer {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: string;
}

const removed = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'te',
  'trailer',
  'upgrade',
  'proxy-connection',
]);

/** What undici refuses and we accept. */
const allowedAlone: readonly { readonly why: string; readonly is: (text: string, refusal: string) => boolean }[] = [
  {
    why: 'undici knows no 100 at all; RFC 9110 §15.2 has a client read any 1xx, also one it did not expect',
    is: (text, refusal) => refusal === 'SocketError: bad response' && /(?:^|\r\n\r\n)HTTP\/1\.1 100 /.test(text),
  },
];

let server: net.Server;
let port = 0;
let cases: readonly GeneratedResponse[] = [];

beforeAll(async () => {
  server = net.createServer((socket) => {
    socket.on('error', () => {});
    let received = '';
    socket.on('data', (data: Buffer) => {
      received += data.toString('latin1');
      const index = /^[A-Z]+ \/(\d+) HTTP[^]*\r\n\r\n/.exec(received)?.[1];
      if (index !== undefined) socket.end(cases[Number(index)]?.bytes ?? '');
    });
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  port = (server.address() as net.AddressInfo).port;
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
});

async function ours(index: number, method: string): Promise<Answer | string> {
  const socket = net.connect(port, '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  const handler = recorder();
  const request = { method, target: `/${index}`, host: 'a.example', headers: [], body: undefined };
  sendOnce(socket, request, handler, { ...limits, clock: createManualClock() });
  const { status, headers, body, error } = await handler.done;
  return error === undefined ? { status: status ?? 0, headers: headers ?? [], body } : `${error.kind}: ${error.detail}`;
}

/** Undici's answer with the fields removed that a proxy removes (RFC 9110 §7.6.1), by code of its own. */
async function undicis(index: number, method: 'GET' | 'HEAD'): Promise<Answer | string> {
  const client = new Client(`http://127.0.0.1:${port}`, { keepAliveTimeout: 100 });
  const { promise, resolve } = Promise.withResolvers<Answer | string>();
  let status = 0;
  let raw: string[] = [];
  const body: Buffer[] = [];
  client.dispatch(
    { method, path: `/${index}` },
    {
      onRequestStart() {},
      onResponseStart(controller, statusCode) {
        status = statusCode;
        raw = (controller.rawHeaders as Buffer[]).map((part) => part.toString('latin1'));
      },
      onResponseData: (_controller, chunk) => void body.push(chunk),
      onResponseEnd() {
        const pairs = raw.flatMap((name, i) => (i % 2 === 0 ? [[name, raw[i + 1] as string] as const] : []));
        const nominated = pairs
          .filter(([name]) => name.toLowerCase() === 'connection')
          .flatMap(([, value]) => value.split(',').map((option) => option.trim().toLowerCase()));
        const gone = new Set([...removed, ...nominated]);
        // llhttp leaves a tab at the end of a value; RFC 9110 §5.5 takes it off.
        const headers = pairs
          .filter(([name]) => !gone.has(name.toLowerCase()))
          .flatMap(([name, value]) => [name, value.replace(/[ \t]+$/, '')]);
        resolve({ status, headers, body: Buffer.concat(body).toString('latin1') });
      },
      onResponseError: (_controller, error) => resolve(`${error.name}: ${error.message}`),
    },
  );
  const answer = await promise;
  await client.destroy();
  return answer;
}

type Verdict = 'both' | 'neither' | 'undici only' | 'listed';

async function compare(index: number): Promise<{ verdict: Verdict; problem?: string }> {
  const { method, bytes } = cases[index] as GeneratedResponse;
  const [left, right] = await Promise.all([ours(index, method), undicis(index, method)]);
  const text = bytes.toString('latin1');
  const shown = `${method} ${JSON.stringify(text)}\n  ours:   ${JSON.stringify(left)}\n  undici: ${JSON.stringify(right)}`;
  if (typeof left === 'string') return { verdict: typeof right === 'string' ? 'neither' : 'undici only' };
  if (typeof right === 'string') {
    if (allowedAlone.some(({ is }) => is(text, right))) return { verdict: 'listed' };
    return { verdict: 'both', problem: shown };
  }
  const same = JSON.stringify(left) === JSON.stringify(right);
  return same ? { verdict: 'both' } : { verdict: 'both', problem: shown };
}

describe('the wire client and undici', () => {
  it.each([1, 2, 3])('agree on what both accept, and we accept nothing that undici refuses (seed %i)', async (seed) => {
    cases = generateResponses(seed, 600);
    const problems: string[] = [];
    const counts: Record<Verdict, number> = { both: 0, neither: 0, 'undici only': 0, listed: 0 };
    let refusedValid = 0;
    for (let from = 0; from < cases.length; from += 20) {
      const indices = Array.from({ length: Math.min(20, cases.length - from) }, (_, i) => from + i);
      for (const [i, { verdict, problem }] of (await Promise.all(indices.map(compare))).entries()) {
        counts[verdict]++;
        if (problem !== undefined) problems.push(problem);
        if ((verdict === 'neither' || verdict === 'undici only') && cases[from + i]?.mutated === false) refusedValid++;
      }
    }
    expect(problems).toEqual([]);
    // The generator must keep both sides busy, or agreement means nothing.
    expect(refusedValid).toBe(0);
    expect(counts.both).toBeGreaterThan(200);
    expect(counts.neither).toBeGreaterThan(60);
  });
});
