// The same suite as for SQLite, on a real Redis: one server, a prefix for each test.
import type { ApprovalStore } from '../../src/ports/approval-store.ts';
import { createRedisStore } from '../../src/stores/redis/store.ts';
import { approvalStoreConformance } from '../conformance/approval-store.ts';
import { createManualClock } from '../ports/manual-clock.ts';
import { describeRedis, useRedis } from '../redis/describe-redis.ts';
import { redisSettings } from './redis-store.ts';

let tests = 0;

describeRedis('on Redis', () => {
  const redis = useRedis({ appendfsync: 'no' });

  approvalStoreConformance('Redis', async () => {
    const clock = createManualClock();
    const settings = redisSettings(redis().port, { prefix: `conformance-${++tests}` });
    const stores: ApprovalStore[] = [];
    const make = async (): Promise<ApprovalStore> => {
      const store = await createRedisStore({ settings, clock, time: () => clock.now() });
      stores.push(store);
      return store;
    };
    const store = await make();
    return {
      store,
      async fastForward(ms) {
        clock.advance(ms);
        // What the server has to say takes its time on a busy machine.
        await new Promise((resolve) => setTimeout(resolve, 1));
      },
      another: make,
      reopen: async () => {
        await store.close();
        return make();
      },
      close: async () => void (await Promise.all(stores.map((one) => one.close()))),
    };
  });
});
