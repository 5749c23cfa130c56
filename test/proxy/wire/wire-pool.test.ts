import { describe, expect, it } from 'vitest';
import { createWirePool } from '../../../src/proxy/wire/wire-pool.ts';
import { seeded } from './parse.ts';
import { send, setting } from './pool-setting.ts';
import { get, okResponse, poolOptions, recorder, until } from './raw-upstream.ts';
import { createManualClock } from '../../ports/manual-clock.ts';

const post = { ...get, method: 'POST', body: Buffer.from('body') };

describe('reuse', () => {
  it('sends one request after the other over one socket', async () => {
    await using s = await setting(({ socket }) => socket.write(okResponse));
    for (let i = 0; i < 5; i++) expect(await send(s.pool)).toMatchObject({ status: 200, body: 'hi' });
    expect(s.upstream.connections).toHaveLength(1);
    expect(s.pool.stats()).toEqual({ sockets: 1, idle: 1, connecting: 0, waiting: 0 });
  });

  it('takes the socket that was used last', async () => {
    const served: number[] = [];
    await using s = await setting(({ socket }, index) => {
      served.push(index);
      socket.write(okResponse);
    });
    await Promise.all([send(s.pool), send(s.pool)]);
    const last = served.at(-1);
    served.length = 0;
    for (let i = 0; i < 3; i++) await send(s.pool);
    expect(new Set(served)).toEqual(new Set([last]));
  });

  it('never has two requests on one socket, and never more sockets than allowed', async () => {
    let open = 0;
    let most = 0;
    await using s = await setting(({ socket }) => {
      most = Math.max(most, ++open);
      setImmediate(() => {
        open--;
        socket.write(okResponse);
      });
    });
    const all = await Promise.all(Array.from({ length: 50 }, () => send(s.pool)));
    expect(all.every((outcome) => outcome.body === 'hi')).toBe(true);
    expect(most).toBeLessThanOrEqual(4);
    expect(s.upstream.connections.length).toBeLessThanOrEqual(4);
  });

  it.each([
    ['a byte after a response', `${okResponse}x`],
    ['a whole second response after a response', `${okResponse}${okResponse}`],
    ['Connection: close', okResponse.replace('OK\r\n', 'OK\r\nConnection: close\r\n')],
    ['an HTTP/1.0 response', okResponse.replace('1.1', '1.0')],
    ['Keep-Alive: timeout=1', okResponse.replace('OK\r\n', 'OK\r\nKeep-Alive: timeout=1, max=9\r\n')],
    ['bytes after a 204', 'HTTP/1.1 204 No\r\n\r\nhi'],
    ['a body after a 304', 'HTTP/1.1 304 No\r\nContent-Length: 2\r\n\r\nhi'],
  ])('does not use a socket again after %s', async (_what, response) => {
    await using s = await setting(({ socket }) => socket.write(response));
    const first = await send(s.pool);
    expect(first.error).toBeUndefined();
    expect(s.pool.stats().sockets).toBe(0);
    await send(s.pool);
    expect(s.upstream.connections).toHaveLength(2);
  });

  it('does not use a socket again after HEAD was answered with a body', async () => {
    await using s = await setting(({ socket }) => socket.write(okResponse));
    expect(await send(s.pool, { ...get, method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
    expect(s.pool.stats().sockets).toBe(0);
  });

  it('destroys an idle socket on which a byte arrives, so that no poisoned response is ever delivered', async () => {
    await using s = await setting(({ socket }) => socket.write(okResponse));
    await send(s.pool);
    s.upstream.connections[0]?.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned');
    await until(() => s.pool.stats().sockets === 0);
    expect(await send(s.pool)).toMatchObject({ body: 'hi' });
    expect(s.upstream.connections).toHaveLength(2);
  });

  it('gives every request its own answer, whatever upstreams append to theirs (seeded)', async () => {
    const random = seeded(42);
    const poison = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison';
    const appended = [poison, '\r\n', '0\r\n\r\n', 'HTTP/1.1 100 Continue\r\n\r\n', '\0'];
    await using s = await setting((connection) => {
      const id = connection.received.slice(connection.received.lastIndexOf(' /') + 2).split(' ')[0] ?? '';
      const chunked = random() < 0.5;
      const framed = chunked
        ? `Transfer-Encoding: chunked\r\n\r\n${id.length}\r\n${id}\r\n0\r\n\r\n`
        : `Content-Length: ${id.length}\r\n\r\n${id}`;
      const more = random() < 0.3 ? (appended[Math.floor(random() * appended.length)] ?? '') : '';
      connection.socket.write(`HTTP/1.1 200 OK\r\n${framed}${more}`);
    });
    const ids = Array.from({ length: 300 }, (_, i) => `id${i}`);
    const answers = await Promise.all(ids.map(async (id) => (await send(s.pool, { ...get, target: `/${id}` })).body));
    expect(answers).toEqual(ids);
    expect(s.upstream.connections.length).toBeGreaterThan(30);
  });

  it('does not use a socket again whose request was answered before its body was complete', async () => {
    await using s = await setting(({ socket }) => socket.write(okResponse));
    const handler = recorder();
    const exchange = s.pool.request({ ...get, method: 'PUT', body: { length: 100 } }, handler);
    exchange.write(Buffer.from('some'));
    expect(await handler.done).toMatchObject({ status: 200, body: 'hi' });
    expect(s.pool.stats().sockets).toBe(0);
    expect(exchange.write(Buffer.from('more'))).toBe(true);
    exchange.end();
  });

  it('closes an idle socket at the idle timeout', async () => {
    await using s = await setting(({ socket }) => socket.write(okResponse));
    await send(s.pool);
    s.clock.advance(3999);
    expect(s.pool.stats().sockets).toBe(1);
    s.clock.advance(1);
    expect(s.pool.stats().sockets).toBe(0);
  });

  it('does not use a socket past its idle timeout, even if the timer is late', async () => {
    await using s = await setting(({ socket }) => socket.write(okResponse));
    let now = 0;
    const late = { monotonic: () => now, after: () => () => {}, advance() {}, pending: 0 };
    const pool = createWirePool(poolOptions(s.upstream, late));
    await send(pool);
    now = 3999;
    await send(pool);
    expect(s.upstream.connections).toHaveLength(1);
    now += 4000;
    await send(pool);
    expect(s.upstream.connections).toHaveLength(2);
    pool.destroy();
  });

  it("closes an idle socket one second before the peer's own timeout", async () => {
    await using s = await setting(({ socket }) =>
      socket.write(okResponse.replace('OK\r\n', 'OK\r\nKeep-Alive: timeout=3\r\n')),
    );
    await send(s.pool);
    s.clock.advance(1999);
    expect(s.pool.stats().idle).toBe(1);
    s.clock.advance(1);
    expect(s.pool.stats().idle).toBe(0);
  });
});

describe('a reused socket that closes without an answer', () => {
  const closing = (
    connection: { socket: { write(text: string): unknown; destroy(): unknown } },
    index: number,
    nth: number,
  ) => {
    if (index === 0 && nth === 1) connection.socket.destroy();
    else connection.socket.write(okResponse);
  };

  it.each(['GET', 'HEAD', 'OPTIONS'])('has a %s sent once more on a fresh one', async (method) => {
    await using s = await setting((connection, index, nth) => {
      if (index === 0 && nth === 1) connection.socket.end();
      else connection.socket.write('HTTP/1.1 204 No\r\n\r\n');
    });
    await send(s.pool);
    expect(await send(s.pool, { ...get, method })).toMatchObject({ status: 204 });
    expect(s.upstream.connections).toHaveLength(2);
  });

  it.each([
    ['POST', post],
    ['DELETE', { ...get, method: 'DELETE' }],
    ['PUT', { ...post, method: 'PUT' }],
    ['PATCH', { ...post, method: 'PATCH' }],
    ['a made-up method', { ...get, method: 'GETX' }],
  ])('has %s fail as sent', async (_what, request) => {
    await using s = await setting(closing);
    await send(s.pool);
    const { error } = await send(s.pool, request);
    expect(error).toMatchObject({ kind: 'no-response', sent: true, headSeen: false });
    expect(s.upstream.connections).toHaveLength(1);
  });

  it('has a streamed GET fail as sent, since its body is gone', async () => {
    await using s = await setting(closing);
    await send(s.pool);
    const handler = recorder();
    const exchange = s.pool.request({ ...get, body: { length: 2 } }, handler);
    exchange.write(Buffer.from('ab'));
    exchange.end();
    expect((await handler.done).error).toMatchObject({ kind: 'no-response', sent: true });
    expect(s.upstream.connections).toHaveLength(1);
  });

  it('is retried once and no more', async () => {
    await using s = await setting((connection, index, nth) => {
      if (index === 0 && nth === 0) connection.socket.write(okResponse);
      else connection.socket.destroy();
    });
    await send(s.pool);
    expect((await send(s.pool)).error).toMatchObject({ kind: 'no-response', sent: true });
    expect(s.upstream.connections).toHaveLength(2);
  });

  it('is not retried once a byte of the answer came', async () => {
    await using s = await setting((connection, index, nth) => {
      if (index === 0 && nth === 1) connection.socket.end('H');
      else connection.socket.write(okResponse);
    });
    await send(s.pool);
    expect((await send(s.pool)).error).toMatchObject({ kind: 'truncated', sent: true });
    expect(s.upstream.connections).toHaveLength(1);
  });

  it('is not retried on a fresh socket, where the close is no matter of idleness', async () => {
    await using s = await setting(({ socket }) => socket.destroy());
    expect((await send(s.pool)).error).toMatchObject({ kind: 'no-response', sent: true });
    expect(s.upstream.connections).toHaveLength(1);
  });
});

describe('failures', () => {
  it('says that nothing was sent when no connection can be made', async () => {
    const pool = createWirePool({
      ...poolOptions({ connect: async () => ({ ok: false, detail: 'refused' }) }, createManualClock()),
    });
    expect((await send(pool)).error).toMatchObject({ kind: 'connect', sent: false, detail: 'refused' });
    const rejecting = createWirePool(
      poolOptions({ connect: () => Promise.reject(new Error('x')) }, createManualClock()),
    );
    expect((await send(rejecting)).error).toMatchObject({ kind: 'connect', sent: false });
    expect(pool.stats()).toEqual({ sockets: 0, idle: 0, connecting: 0, waiting: 0 });
  });

  it('throws on a request that must not be sent, before anything is', async () => {
    await using s = await setting(({ socket }) => socket.write(okResponse));
    expect(() => s.pool.request({ ...get, headers: ['A', 'b\r\nC: d'] }, recorder())).toThrow(/not allowed/);
    expect(s.pool.stats()).toMatchObject({ sockets: 0, connecting: 0 });
  });

  it.each([
    ['truncated', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi', true],
    ['truncated', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhi', true],
    ['malformed-head', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', false],
    ['malformed-body', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', true],
    ['unexpected-upgrade', 'HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n', false],
  ])('gives %s for %j and destroys the socket', async (kind, response, headSeen) => {
    await using s = await setting(({ socket }) => socket.end(response));
    expect((await send(s.pool)).error).toMatchObject({ kind, sent: true, headSeen });
    expect(s.pool.stats().sockets).toBe(0);
  });

  it('gives up on a head that does not come, however slowly it drips', async () => {
    await using s = await setting(({ socket }) => socket.write('HTTP/1.1 200 OK\r\n'));
    const handler = recorder();
    s.pool.request(get, handler);
    await until(() => (s.upstream.connections[0]?.received.length ?? 0) > 0);
    s.clock.advance(9000);
    s.upstream.connections[0]?.socket.write('X: y\r\n');
    await new Promise((resolve) => setImmediate(resolve));
    s.clock.advance(1000);
    expect((await handler.done).error).toMatchObject({ kind: 'head-timeout', sent: true });
  });

  it('gives up on a body that stops, but not while the caller pauses it', async () => {
    await using s = await setting(({ socket }) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi'));
    const handler = recorder();
    handler.flowing = false;
    const exchange = s.pool.request(get, handler);
    await until(() => handler.chunks.length === 1);
    s.clock.advance(60_000);
    expect(handler.calls).toEqual(['head', 'data']);
    exchange.resume();
    s.clock.advance(4999);
    expect(handler.calls).toEqual(['head', 'data']);
    s.clock.advance(1);
    expect((await handler.done).error).toMatchObject({ kind: 'body-timeout', headSeen: true });
  });

  it('bounds how long and how many wait for a socket', async () => {
    await using s = await setting(() => {});
    const pool = createWirePool({
      ...poolOptions(s.upstream, s.clock),
      maxSockets: 1,
      waitTimeoutMs: 100,
      maxWaiting: 1,
    });
    const first = recorder();
    pool.request(get, first);
    await until(() => pool.stats().sockets === 1);
    const second = send(pool);
    const third = send(pool);
    expect((await third).error).toMatchObject({ kind: 'no-socket', sent: false });
    s.clock.advance(100);
    expect((await second).error).toMatchObject({ kind: 'no-socket', sent: false });
    expect(first.calls).toEqual([]);
    pool.destroy();
    expect((await first.done).error).toMatchObject({ kind: 'pool-closed', sent: true });
  });

  it('calls nothing after abort, wherever it comes from', async () => {
    await using s = await setting(({ socket }) => socket.write(okResponse));
    const queued = recorder();
    s.pool.request(get, queued).abort();
    const inHead = recorder();
    const exchange = s.pool.request(get, { ...inHead, onHead: () => exchange.abort() });
    await until(
      () => s.pool.stats().sockets === 0 && s.upstream.connections.length > 0 && s.pool.stats().connecting === 0,
    );
    expect(await send(s.pool)).toMatchObject({ body: 'hi' });
    expect(queued.calls).toEqual([]);
    expect(inHead.calls).toEqual([]);
  });
});

describe('an end', () => {
  it('leaves no socket and no timer after close, and lets what runs finish', async () => {
    await using s = await setting((connection, index) => {
      if (index === 0) connection.socket.write(okResponse);
    });
    await send(s.pool);
    const running = [recorder(), recorder()];
    s.pool.request(get, running[0]!);
    await until(() => (s.upstream.connections[0]?.received.split('GET').length ?? 0) === 3);
    await running[0]!.done;
    s.pool.request({ ...get, target: '/y' }, { ...running[1]! });
    s.pool.close();
    await running[1]!.done;
    expect(s.pool.stats()).toEqual({ sockets: 0, idle: 0, connecting: 0, waiting: 0 });
    expect((await send(s.pool)).error).toMatchObject({ kind: 'pool-closed', sent: false });
    expect(s.clock.pending).toBe(0);
  });

  it('leaves nothing behind after many exchanges of every kind', async () => {
    const answers = [okResponse, `${okResponse}x`, 'garbage\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\nclosed'];
    let n = 0;
    await using s = await setting(({ socket }) => {
      const answer = answers[n++ % answers.length] ?? '';
      if (answer.endsWith('closed')) socket.end(answer);
      else socket.write(answer);
    });
    await Promise.all(Array.from({ length: 40 }, () => send(s.pool)));
    s.pool.destroy();
    await until(() => s.upstream.connections.every(({ socket }) => socket.destroyed || socket.readableEnded));
    expect(s.pool.stats()).toEqual({ sockets: 0, idle: 0, connecting: 0, waiting: 0 });
    expect(s.clock.pending).toBe(0);
  });
});
