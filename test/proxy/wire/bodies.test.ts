import { describe, expect, it } from 'vitest';
import { send, setting } from './pool-setting.ts';
import { get, okResponse, recorder, until } from './raw-upstream.ts';

const post = { ...get, method: 'POST', body: Buffer.from('body') };

describe('bodies', () => {
  it('writes a small body and its head at once', async () => {
    const pieces: string[] = [];
    await using s = await setting(({ socket, received }) => {
      pieces.push(received);
      socket.write(okResponse);
    });
    await send(s.pool, post);
    expect(pieces).toEqual(['POST /x HTTP/1.1\r\nHost: api.example.com\r\nContent-Length: 4\r\n\r\nbody']);
  });

  it('writes a large body whole', async () => {
    const body = Buffer.alloc(1_000_000, 'z');
    await using s = await setting(() => {});
    const sending = send(s.pool, { ...post, body });
    await until(() => s.upstream.connections[0]?.received.endsWith('z'.repeat(1_000_000)) === true);
    s.upstream.connections[0]?.socket.write(okResponse);
    expect(await sending).toMatchObject({ body: 'hi' });
    expect(s.pool.stats().idle).toBe(1);
  });

  it.each([
    ['Content-Length: 6', 6, 'abcdef'],
    ['Transfer-Encoding: chunked', undefined, '3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n'],
  ])('streams with %s', async (framing, length, wire) => {
    await using s = await setting(() => {});
    const handler = recorder();
    const exchange = s.pool.request({ ...get, method: 'PUT', body: { length } }, handler);
    expect(exchange.write(Buffer.from('abc'))).toBe(false);
    await until(() => handler.calls.includes('writable'));
    expect(exchange.write(Buffer.from('def'))).toBe(true);
    exchange.end();
    await until(() => s.upstream.connections[0]?.received.endsWith(wire) === true);
    s.upstream.connections[0]?.socket.write(okResponse);
    expect(await handler.done).toMatchObject({ status: 200 });
    expect(s.upstream.connections[0]?.received).toBe(
      `PUT /x HTTP/1.1\r\nHost: api.example.com\r\n${framing}\r\n\r\n${wire}`,
    );
    expect(s.pool.stats().idle).toBe(1);
  });

  it.each([
    ['longer', 2, 'abc'],
    ['shorter', 4, 'abc'],
  ])('fails a streamed body that is %s than announced', async (_what, length, text) => {
    await using s = await setting(() => {});
    const handler = recorder();
    const exchange = s.pool.request({ ...get, method: 'PUT', body: { length } }, handler);
    exchange.write(Buffer.from(text));
    exchange.end();
    expect((await handler.done).error).toMatchObject({ kind: 'request-body-length' });
  });

  it('holds the writer back until the upstream reads, and gives up if it never does', async () => {
    await using s = await setting(({ socket }) => socket.pause());
    const handler = recorder();
    const exchange = s.pool.request({ ...get, method: 'PUT', body: { length: undefined } }, handler);
    exchange.write(Buffer.from('start'));
    await until(() => handler.calls.includes('writable'));
    const piece = Buffer.alloc(1 << 20);
    for (let i = 0; i < 64 && exchange.write(piece); i++);
    s.upstream.connections[0]?.socket.resume();
    await until(() => handler.calls.filter((call) => call === 'writable').length > 1);
    s.upstream.connections[0]?.socket.pause();
    for (let i = 0; i < 64; i++) exchange.write(piece);
    s.clock.advance(5000);
    expect((await handler.done).error).toMatchObject({ kind: 'request-timeout', sent: true });
  });

  it('pauses and goes on reading without losing a byte', async () => {
    const size = 4 << 20;
    await using s = await setting(({ socket }) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
      socket.write(Buffer.alloc(size, 'q'));
    });
    const handler = recorder();
    handler.flowing = false;
    const exchange = s.pool.request(get, handler);
    await until(() => handler.chunks.length > 0);
    const taken = handler.chunks.length;
    for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(handler.chunks.length).toBe(taken);
    handler.flowing = true;
    exchange.resume();
    expect((await handler.done).body.length).toBe(size);
    expect(s.pool.stats().idle).toBe(1);
  });
});
