import { expect, it } from 'vitest';
import { checkStore } from '../../../src/cli/doctor/store.ts';
import { systemClock } from '../../../src/system-clock.ts';
import { describeRedis, useRedis } from '../../redis/describe-redis.ts';
import { startRedis } from '../../redis/redis-server.ts';
import { redisSettings } from '../../stores/redis-store.ts';

const check = (port: number, over = {}): ReturnType<typeof checkStore> =>
  checkStore({ store: redisSettings(port, over) }, systemClock);

it('says nothing of a file of this machine', async () => {
  expect(await checkStore({ store: 'sqlite' }, systemClock)).toEqual([]);
});

it('fails where nothing answers', async () => {
  expect(await check(1)).toEqual([
    expect.objectContaining({
      status: 'fail',
      detail: expect.stringMatching(/^redis:\/\/127\.0\.0\.1:1: it cannot be reached/),
    }),
  ]);
});

describeRedis('a shared store', () => {
  const redis = useRedis();

  it('is well if it answers and persists', async () => {
    expect(await check(redis().port)).toEqual([expect.objectContaining({ status: 'ok' })]);
  });

  it('fails for each thing that would make it forget', async () => {
    await redis().command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    await redis().command('CONFIG', 'SET', 'appendonly', 'no');
    const found = await check(redis().port);
    expect(found.map(({ status }) => status)).toEqual(['fail', 'fail']);
    expect(found.map(({ detail }) => detail).join()).toMatch(/maxmemory-policy noeviction.*appendonly yes/s);
    await redis().command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    await redis().command('CONFIG', 'SET', 'appendonly', 'yes');
  });

  it('warns of replicas that nobody waits for', async () => {
    const replica = await startRedis({ replicaOf: redis() });
    try {
      expect(await check(redis().port)).toEqual([
        expect.objectContaining({ status: 'warn', remedy: 'set store.ack_replicas' }),
      ]);
      expect(await check(redis().port, { ackReplicas: 1 })).toEqual([expect.objectContaining({ status: 'ok' })]);
    } finally {
      await replica.stop();
    }
  });
});
