// The counters that budgets of round trips are held against.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { commandsSeen, countRoundTrips } from './commands-seen.ts';
import { describeRedis, useRedis } from './describe-redis.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { connectResp, type RespClient } from './resp-client.ts';

describeRedis('what Redis was asked', () => {
  const redis = useRedis();
  let proxy: FaultProxy;
  let client: RespClient;
  beforeEach(async () => {
    proxy = await startFaultProxy(redis().port);
    client = await connectResp({ port: proxy.port });
  });
  afterEach(async () => {
    client.close();
    await proxy.close();
  });

  it('is listed command by command, those of scripts included', async () => {
    const seen = await commandsSeen(redis());
    await client.command('set', 'k "q"', 'v');
    await client.command('EVAL', "return redis.call('GET', KEYS[1])", '1', 'k');
    const commands = await seen.settled();
    expect(commands.map(({ name }) => name)).toEqual(['SET', 'EVAL', 'GET']);
    expect(commands[0]?.args).toEqual(['k \\"q\\"', 'v']);
    expect([commands[0]?.from, commands[2]?.from]).toEqual([expect.stringMatching(/^127\.0\.0\.1:\d+$/), 'lua']);
    await client.command('PING');
    expect(await seen.settled()).toHaveLength(4);
    seen.stop();
  });

  it('is counted in round trips: a pipeline is one, however long', async () => {
    const trips = countRoundTrips(proxy);
    await client.command('SET', 'a', '1');
    await client.command('GET', 'a');
    expect(trips.count()).toBe(2);
    await Promise.all(Array.from({ length: 10 }, () => client.command('INCR', 'a')));
    expect(trips.count()).toBe(3);
    expect(trips.commands()).toHaveLength(12);
    expect(trips.commands()[1]).toEqual(['GET', 'a']);
    trips.reset();
    expect([trips.count(), trips.commands()]).toEqual([0, []]);
    trips.stop();
    await client.command('PING');
    expect(trips.count()).toBe(0);
  });

  it('leaves out what the caller says nobody waits for', async () => {
    const trips = countRoundTrips(proxy, ({ command }) => command[0] === 'XREAD');
    const blocked = await connectResp({ port: proxy.port });
    const read = blocked.command('XREAD', 'BLOCK', '0', 'STREAMS', 'stream', '0');
    await client.command('XADD', 'stream', '*', 'k', 'v');
    await read;
    expect(trips.count()).toBe(1);
    expect(trips.commands().map(([name]) => name)).toEqual(['XADD']);
    blocked.close();
  });
});
