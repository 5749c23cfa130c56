// Usage on SQLite and on a real Redis.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UsageStore } from '../../src/ports/usage-store.ts';
import { createRedisUsage } from '../../src/stores/redis/usage-store.ts';
import { createSqliteStore } from '../../src/stores/sqlite/store.ts';
import { createSqliteUsage } from '../../src/stores/sqlite/usage-store.ts';
import { usageStoreConformance, type UsageUnderTest } from '../conformance/usage-store.ts';
import { createManualClock } from '../ports/manual-clock.ts';
import { describeRedis, useRedis } from '../redis/describe-redis.ts';
import { createMemoryUsage } from './memory-usage.ts';
import { redisSettings } from './redis-store.ts';

/** A subject whose replicas are made by `make`, with a clock that stands at the beginning of an hour. */
async function subject(
  make: (clock: ReturnType<typeof createManualClock>) => UsageStore | Promise<UsageStore>,
  remove: () => Promise<void> = async () => undefined,
): Promise<UsageUnderTest> {
  const clock = createManualClock();
  clock.advance(3_600_000 - (clock.now() % 3_600_000));
  const open: UsageStore[] = [];
  const another = async (): Promise<UsageStore> => {
    const usage = await make(clock);
    open.push(usage);
    return usage;
  };
  return {
    usage: await another(),
    now: () => clock.now(),
    fastForward: (ms) => clock.advance(ms),
    another,
    async close() {
      await Promise.all(open.map((usage) => usage.close()));
      await remove();
    },
  };
}

usageStoreConformance('the model', () => {
  const disk = new Map();
  let closed = false;
  return subject((clock) => {
    const usage = createMemoryUsage(clock, disk);
    return {
      ...usage,
      read: (since) => (closed ? Promise.reject(new Error('closed')) : usage.read(since)),
      close: async () => void (closed = true),
    };
  });
});

usageStoreConformance('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdgate-usage-'));
  const file = join(folder, 'holdgate.db');
  const store = createSqliteStore({ file, clock: createManualClock() });
  return subject(
    (clock) => createSqliteUsage(file, clock),
    async () => {
      await store.close();
      await rm(folder, { recursive: true });
    },
  );
});

let tests = 0;

describeRedis('on Redis', () => {
  const redis = useRedis({ appendfsync: 'no' });
  usageStoreConformance('Redis', () => {
    const settings = redisSettings(redis().port, { prefix: `usage-${++tests}` });
    return subject((clock) => createRedisUsage(settings, clock, () => clock.now()));
  });
});
