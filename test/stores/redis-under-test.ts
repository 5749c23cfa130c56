// A Redis store as the conformance suite wants it: over the test's clock, with replicas of it, all closed at the end.
import type { RedisSettings } from '../../src/core/redis-settings.ts';
import type { ApprovalStore } from '../../src/ports/approval-store.ts';
import { createRedisStore, type RedisStoreOptions } from '../../src/stores/redis/store.ts';
import type { StoreUnderTest } from '../conformance/store-harness.ts';
import { createManualClock } from '../ports/manual-clock.ts';

/** Opens it. Rejects as `createRedisStore` does. */
export async function redisUnderTest(
  settings: RedisSettings,
  options: Partial<Omit<RedisStoreOptions, 'settings' | 'clock' | 'time'>> = {},
): Promise<StoreUnderTest & { another(): Promise<ApprovalStore> }> {
  const clock = createManualClock();
  const stores: ApprovalStore[] = [];
  const another = async (): Promise<ApprovalStore> => {
    const store = await createRedisStore({ settings, clock, time: () => clock.now(), ...options });
    stores.push(store);
    return store;
  };
  const store = await another();
  return {
    store,
    async fastForward(ms) {
      clock.advance(ms);
      // What the server has to say takes its time on a busy machine.
      await new Promise((resolve) => setTimeout(resolve, 1));
    },
    another,
    reopen: async () => {
      await store.close();
      return another();
    },
    close: async () => void (await Promise.all(stores.map((one) => one.close()))),
  };
}
