// The fault proxy does what it says, and only that: what tests conclude from it rests on this.
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeRedis, useRedis } from './describe-redis.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { connectResp, type RespClient } from './resp-client.ts';

const tick = (ms = 0): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await tick(1);
};
const failure = (work: Promise<unknown>): Promise<string> =>
  work.then(
    (value) => `no failure: ${String(value)}`,
    (error: unknown) => String(error),
  );

describe('a fault proxy before a server that answers every line with that line', () => {
  let echo: Server;
  let proxy: FaultProxy;
  const received: string[] = [];
  const sockets = new Set<Socket>();

  beforeEach(async () => {
    received.length = 0;
    echo = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
      socket.on('data', (chunk: Buffer) => {
        received.push(chunk.toString());
        socket.write(chunk);
      });
    });
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
    proxy = await startFaultProxy((echo.address() as AddressInfo).port);
  });
  afterEach(async () => {
    await proxy.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => echo.close(resolve));
  });
  const client = (): Promise<RespClient> => connectResp({ port: proxy.port });

  it('passes everything on while nothing is wrong, also what comes in pieces', async () => {
    const one = await client();
    const big = 'x'.repeat(300_000);
    expect(await Promise.all([one.command('PING'), one.command('ECHO', big)])).toEqual([['PING'], ['ECHO', big]]);
    expect([proxy.connections(), proxy.dialled()]).toEqual([1, 1]);
    one.close();
    await until(() => proxy.connections() === 0 && sockets.size === 0);
  });

  it('cuts: resets what is open, refuses what is new, and restores', async () => {
    const one = await client();
    await one.command('PING');
    proxy.cut();
    await until(() => one.closed());
    expect(proxy.connections()).toBe(0);
    expect(await failure(client())).toContain('ECONNREFUSED');
    await proxy.restore();
    expect(await (await client()).command('PING')).toEqual(['PING']);
  });

  it('delays each direction, in order', async () => {
    const one = await client();
    await one.command('PING');
    const took = async (): Promise<number> => {
      const begun = performance.now();
      await one.command('PING');
      return performance.now() - begun;
    };
    proxy.delay(20);
    expect(await took()).toBeGreaterThanOrEqual(39);
    proxy.delay(0);
    proxy.delay(20, 'replies');
    const slow = one.command('FIRST');
    await until(() => received.length === 3);
    proxy.delay(0);
    const order: string[] = [];
    await Promise.all([slow.then(() => order.push('first')), one.command('SECOND').then(() => order.push('second'))]);
    expect(order).toEqual(['first', 'second']);
  });

  it('half-opens: connections stand, also new ones, and nothing arrives; then they are reset', async () => {
    const one = await client();
    await one.command('PING');
    const quiet = await client();
    proxy.halfOpen();
    const lost = failure(one.command('LOST'));
    const two = await client();
    const lostToo = failure(two.command('LOST'));
    await tick(20);
    expect([one.closed(), two.closed(), received.length]).toEqual([false, false, 1]);
    await proxy.restore();
    expect(await lost).toContain('was closed');
    expect(await lostToo).toContain('was closed');
    // It lost nothing, so that nothing is wrong with it.
    expect(await quiet.command('PING')).toEqual(['PING']);
    expect(received).toHaveLength(2);
  });

  it('stalls: what was sent meanwhile arrives later, even from a client that is gone', async () => {
    const [one, two] = [await client(), await client()];
    await Promise.all([one.command('PING'), two.command('PING')]);
    proxy.stall();
    const late = one.command('LATE');
    const given = failure(two.command('GIVEN', 'UP'));
    await tick(5);
    two.close();
    await given;
    expect(received).toHaveLength(2);
    expect(proxy.connections()).toBe(1);
    await proxy.restore();
    expect(await late).toEqual(['LATE']);
    await until(() => received.length === 4);
    expect(received.join()).toContain('GIVEN');
    await until(() => sockets.size === 1);
  });

  it('swallows what new connections say while old ones go on', async () => {
    const old = await client();
    await old.command('PING');
    proxy.blackhole();
    const fresh = await client();
    const lost = failure(fresh.command('LOST'));
    expect(await old.command('PING')).toEqual(['PING']);
    expect(received).toHaveLength(2);
    await proxy.restore();
    expect(await lost).toContain('was closed');
  });

  it('acts before a request is passed on, once, and tells when', async () => {
    const one = await client();
    const acted = proxy.onceBefore(
      ({ command }) => command[0] === 'SET',
      (link) => link.reset(),
    );
    await one.command('GET');
    expect(await failure(one.command('set', 'a'))).toContain('was closed');
    await acted;
    expect(received).toHaveLength(1);
    expect(await (await client()).command('SET')).toEqual(['SET']);
  });

  it('acts after a request was answered and before the client hears so', async () => {
    const one = await client();
    const acted = proxy.onceAfter(
      ({ bytes }) => bytes.includes('needle'),
      () => proxy.cut(),
    );
    await one.command('GET');
    expect(await failure(one.command('SET', 'a needle'))).toContain('was closed');
    await acted;
    expect(received).toHaveLength(2);
    expect(await failure(client())).toContain('ECONNREFUSED');
  });

  it('drops the n-th request: it is carried out and its reply is lost', async () => {
    const one = await client();
    const dropped = proxy.dropNext(2);
    const [first, second] = [one.command('A'), failure(one.command('B'))];
    expect(await first).toEqual(['A']);
    expect(await second).toContain('was closed');
    await dropped;
    expect(received.join('')).toContain('B');
  });

  it('lets bytes pass that are not its protocol where it is told that they are not', async () => {
    const opaque = await startFaultProxy((echo.address() as AddressInfo).port, { opaque: true });
    const one = await connectResp({ port: opaque.port });
    expect(await one.command('PING')).toEqual(['PING']);
    opaque.cut();
    await until(() => one.closed());
    await opaque.close();
  });
});

describeRedis('a fault proxy before Redis', () => {
  const redis = useRedis();
  let proxy: FaultProxy;
  beforeEach(async () => void (proxy = await startFaultProxy(redis().port)));
  afterEach(() => proxy.close());

  it('loses the acknowledgement of what Redis did', async () => {
    const client = await connectResp({ port: proxy.port });
    const dropped = proxy.dropNext(1, ({ command }) => command[0] === 'INCR');
    const calls = [client.command('SET', 'counted', '0'), client.command('INCR', 'counted')].map(failure);
    expect(await calls[0]).toBe('no failure: OK');
    expect(await calls[1]).toContain('was closed');
    await dropped;
    expect(await redis().command('GET', 'counted')).toBe('1');
  });

  it('loses a request that Redis never saw', async () => {
    const client = await connectResp({ port: proxy.port });
    await client.command('SET', 'unseen', '0');
    void proxy.onceBefore(
      ({ command }) => command[0] === 'INCR',
      () => proxy.cut(),
    );
    expect(await failure(client.command('INCR', 'unseen'))).toContain('was closed');
    expect(await redis().command('GET', 'unseen')).toBe('0');
  });

  it('hands on that the server died', async () => {
    const client = await connectResp({ port: proxy.port });
    await client.command('PING');
    const blocked = failure(client.command('XREAD', 'BLOCK', '0', 'STREAMS', 'none', '$'));
    await redis().restart();
    expect(await blocked).toMatch(/was closed|UNBLOCKED/);
    await until(() => client.closed());
  });
});
