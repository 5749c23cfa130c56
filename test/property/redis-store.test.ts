// The Redis store is the model, whatever is done to it through however many replicas; and keeps one story of each approval however their
// commands, the answers to them and the notifications overtake each other. On a real server.
import fc from 'fast-check';
import { afterEach, expect, it, vi } from 'vitest';
import type { ApprovalStore } from '../../src/ports/approval-store.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { createRedisStore } from '../../src/stores/redis/store.ts';
import { createManualClock, type ManualClock } from '../ports/manual-clock.ts';
import { describeRedis, useRedis } from '../redis/describe-redis.ts';
import { createMemoryStore } from '../stores/memory-store.ts';
import { listening } from '../stores/listening.ts';
import { redisSettings } from '../stores/redis-store.ts';
import { act, choices, ENDS } from './interleavings.ts';
import { schedule, scheduledStores } from './scheduled-link.ts';
import { type Pair, type Real, storeCommands } from './store-commands.ts';

vi.mock(import('../../src/stores/redis/link.ts'), async (importOriginal) => {
  const { scheduledLinks } = await import('./scheduled-link.ts');
  return scheduledLinks(await importOriginal());
});
vi.mock(import('../../src/stores/redis/client.ts'), async (importOriginal) => {
  const { scheduledClients } = await import('./scheduled-link.ts');
  return scheduledClients(await importOriginal());
});

/** The timers of the store would fire in the middle of everything: nothing here waits for one. */
const withoutTimers = (clock: ManualClock): Clock => ({ ...clock, after: () => () => undefined });

describeRedis('the Redis store', () => {
  const redis = useRedis({ appendfsync: 'no' });
  afterEach(() => schedule(undefined));
  let prefixes = 0;
  const damaged: string[] = [];

  function replicas(clock: ManualClock): () => Promise<ApprovalStore> {
    const settings = redisSettings(redis().port, { prefix: `property-${++prefixes}` });
    return () =>
      createRedisStore({
        settings,
        clock: withoutTimers(clock),
        time: () => clock.now(),
        onDamaged: (id, finding) => damaged.push(`${id}: ${finding}`),
      });
  }

  it('answers like the model through each of two replicas, which come and go', async () => {
    await fc.assert(
      fc.asyncProperty(storeCommands, async (commands) => {
        const clock = createManualClock();
        const pair: Pair = { clock, model: createMemoryStore(clock), ids: [] };
        const reopen = replicas(clock);
        const real: Real = { stores: [await reopen(), await reopen()], reopen, frugal: true };
        await fc.asyncModelRun(() => ({ model: pair, real }), commands);
        await Promise.all(real.stores.map((store) => store.close()));
      }),
      { numRuns: 100 },
    );
    expect(damaged).toEqual([]);
  }, 60_000);

  it('keeps one send and one story under any interleaving of people, a clock and two replicas, and of what they hear', async () => {
    const met = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), choices, async (scheduler, chosen) => {
        const clock = createManualClock();
        const open = replicas(clock);
        const stores = await scheduledStores(async () => [await open(), await open()] as const);
        const plain = [await open(), await open()] as const;
        await listening(stores, 0);
        schedule(scheduler);
        met.add(await act({ scheduler, clock, stores, plain }, chosen));
        schedule(undefined);
        await Promise.all([...stores, ...plain].map((store) => store.close()));
      }),
      { numRuns: 150 },
    );
    expect([...met]).toEqual(expect.arrayContaining([...ENDS]));
    expect(damaged).toEqual([]);
  }, 60_000);
});
