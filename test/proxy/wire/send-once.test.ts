import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { sendOnce, upgrade } from '../../../src/proxy/wire/send-once.ts';
import { get, limits, okResponse, rawUpstream, recorder, until, type RawUpstream } from './raw-upstream.ts';
import { createManualClock } from '../../ports/manual-clock.ts';

async function fresh(upstream: RawUpstream): Promise<Socket> {
  const outcome = await upstream.connect();
  if (!outcome.ok) throw new Error(outcome.detail);
  return outcome.socket;
}

describe('sendOnce', () => {
  it('sends Connection: close and destroys the socket after the response', async () => {
    await using upstream = await rawUpstream(({ socket }) => socket.write(okResponse));
    const socket = await fresh(upstream);
    const clock = createManualClock();
    const handler = recorder();
    sendOnce(socket, { ...get, method: 'POST', body: Buffer.from('x') }, handler, { ...limits, clock });
    expect(await handler.done).toMatchObject({ status: 200, body: 'hi' });
    expect(socket.destroyed).toBe(true);
    expect(clock.pending).toBe(0);
    expect(upstream.connections[0]?.received).toBe(
      'POST /x HTTP/1.1\r\nHost: api.example.com\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx',
    );
  });

  it('never sends twice, not even a GET', async () => {
    await using upstream = await rawUpstream(({ socket }) => socket.destroy());
    const handler = recorder();
    sendOnce(await fresh(upstream), get, handler, { ...limits, clock: createManualClock() });
    expect((await handler.done).error).toMatchObject({ kind: 'no-response', sent: true });
    expect(upstream.connections).toHaveLength(1);
  });

  it('says that nothing was sent on a socket that is closed already', async () => {
    await using upstream = await rawUpstream(() => {});
    const socket = await fresh(upstream);
    socket.destroy();
    const handler = recorder();
    sendOnce(socket, get, handler, { ...limits, clock: createManualClock() });
    expect(handler.calls).toEqual([]);
    expect((await handler.done).error).toMatchObject({ kind: 'connect', sent: false });
  });

  it('leaves the socket alone if the request must not be sent', async () => {
    await using upstream = await rawUpstream(() => {});
    const socket = await fresh(upstream);
    const bad = { ...get, headers: ['Host', 'x'] };
    expect(() => sendOnce(socket, bad, recorder(), { ...limits, clock: createManualClock() })).toThrow(/host/);
    expect(socket.destroyed).toBe(false);
    expect(socket.listenerCount('data')).toBe(0);
    socket.destroy();
  });

  it('times out', async () => {
    await using upstream = await rawUpstream(() => {});
    const clock = createManualClock();
    const handler = recorder();
    sendOnce(await fresh(upstream), get, handler, { ...limits, clock });
    clock.advance(limits.headTimeoutMs);
    expect((await handler.done).error).toMatchObject({ kind: 'head-timeout', sent: true });
    expect(clock.pending).toBe(0);
  });
});

describe('upgrade', () => {
  const accepted =
    'HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: abc\r\n\r\n';

  it('hands over the socket with the bytes that came after the 101', async () => {
    await using upstream = await rawUpstream(({ socket }) => socket.write(`${accepted}first`));
    const socket = await fresh(upstream);
    const clock = createManualClock();
    const switched = Promise.withResolvers<{ headers: string[]; socket: Socket; first: Buffer }>();
    const handler = recorder();
    upgrade(
      socket,
      { ...get, headers: ['Sec-WebSocket-Key', 'k'] },
      'websocket',
      { ...handler, onUpgrade: (headers, handed, first) => switched.resolve({ headers, socket: handed, first }) },
      { ...limits, clock },
    );
    const result = await switched.promise;
    expect(result.headers).toEqual(['Sec-WebSocket-Accept', 'abc']);
    expect(result.first.toString()).toBe('first');
    expect(result.socket).toBe(socket);
    expect(socket.isPaused()).toBe(true);
    for (const event of ['data', 'error', 'drain'])
      expect(socket.listeners(event).filter((l) => l.name === '')).toEqual([]);
    expect(clock.pending).toBe(0);
    expect(upstream.connections[0]?.received).toContain('\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');

    // It carries bytes both ways from here on.
    const received = Promise.withResolvers<string>();
    socket.on('data', (data: Buffer) => received.resolve(data.toString()));
    socket.resume();
    upstream.connections[0]?.socket.write('second');
    expect(await received.promise).toBe('second');
    socket.write('up');
    await until(() => upstream.connections[0]?.received.endsWith('up') === true);
    socket.destroy();
  });

  it.each([
    ['a refusal', 'HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nhi', { status: 403, body: 'hi' }],
    ['another protocol', accepted.replace('websocket', 'h2c'), { error: { kind: 'unexpected-upgrade' } }],
    [
      '101 without Connection',
      accepted.replace('Connection: Upgrade\r\n', ''),
      { error: { kind: 'unexpected-upgrade' } },
    ],
  ])('treats %s as a response and destroys the socket', async (_what, response, expected) => {
    await using upstream = await rawUpstream(({ socket }) => socket.write(response));
    const socket = await fresh(upstream);
    const handler = recorder();
    const never = { ...handler, onUpgrade: () => handler.calls.push('upgrade') };
    upgrade(socket, get, 'websocket', never, { ...limits, clock: createManualClock() });
    expect(await handler.done).toMatchObject(expected);
    expect(handler.calls).not.toContain('upgrade');
    expect(socket.destroyed).toBe(true);
  });
});
