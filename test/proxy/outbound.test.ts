// The gate's own requests: the same door as calls, bounded in time and size.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { OutboundRequest } from '../../src/ports/http-client.ts';
import { createResolver } from '../../src/proxy/address/resolve.ts';
import { createHttpClient } from '../../src/proxy/outbound.ts';
import { systemClock } from '../../src/system-clock.ts';

const client = createHttpClient({ resolver: createResolver(), clock: systemClock });
let server: Server | undefined;

async function serve(handler: Parameters<typeof createServer>[1]): Promise<string> {
  const started = createServer(handler as never);
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}`;
}

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
});

const ask = (url: string, more: Partial<OutboundRequest> = {}): ReturnType<typeof client.request> =>
  client.request({ method: 'POST', url, headers: {}, timeout: 5000, allowPrivate: true, ...more });

describe('a request of the gate', () => {
  it('arrives as it was asked for, and brings back what was answered', async () => {
    const url = await serve((req, res) => {
      const chunks: Buffer[] = [];
      req.on('data', (chunk: Buffer) => chunks.push(chunk));
      req.on('end', () => {
        res.writeHead(201, { 'X-Two': ['a', 'b'] });
        res.end(`${req.method} ${req.url} ${String(req.headers['x-one'])} ${Buffer.concat(chunks).toString()}`);
      });
    });
    const answer = await ask(`${url}/a/b?c=d`, { headers: { 'x-one': '1' }, body: 'body ü' });
    expect(answer).toMatchObject({ ok: true, status: 201, headers: { 'x-two': 'b' } });
    expect(answer.ok && answer.body.toString()).toBe('POST /a/b?c=d 1 body ü');
  });

  it('follows no redirect', async () => {
    let asked = 0;
    const url = await serve((_req, res) => {
      asked++;
      res.writeHead(302, { location: '/elsewhere' }).end();
    });
    expect(await ask(url)).toMatchObject({ ok: true, status: 302 });
    expect(asked).toBe(1);
  });

  it('does not go to private addresses unless it may', async () => {
    let asked = 0;
    const url = await serve((_req, res) => {
      asked++;
      res.end();
    });
    expect(await ask(url, { allowPrivate: false })).toMatchObject({ ok: false, sent: false });
    expect(await ask('http://169.254.169.254/latest', { timeout: 500 })).toMatchObject({ ok: false, sent: false });
    expect(asked).toBe(0);
  });

  it('gives up on an answer that does not end, or is too long', async () => {
    const slow = await serve((_req, res) => void res.writeHead(200).write('a'));
    expect(await ask(slow, { timeout: 150 })).toMatchObject({ ok: false, sent: true });
    server?.closeAllConnections();
    const long = await serve((_req, res) => void res.end(Buffer.alloc(1024 * 1024 + 1)));
    expect(await ask(long)).toEqual({ ok: false, why: 'the answer is over 1 MiB', sent: true });
  });

  it.each(['ftp://127.0.0.1/', 'nonsense', 'http://127.0.0.1:1/'])('to %s fails as a value', async (url) => {
    expect(await ask(url, { timeout: 1000 })).toMatchObject({ ok: false, sent: false });
  });

  it('with a header that cannot be sent is not sent', async () => {
    const url = await serve((_req, res) => void res.end());
    expect(await ask(url, { headers: { 'x-a': 'b\r\nx-c: d' } })).toMatchObject({ ok: false, sent: false });
  });
});
