// Shared records in whichever store the gate has, opened when they are first asked for: a gate that needs none has no connection for them.
import type { Config } from './config/types.ts';
import { lazily } from './lazily.ts';
import type { Clock } from './ports/clock.ts';
import type { EventBus } from './ports/events.ts';
import type { Sealer } from './ports/sealer.ts';
import type { SharedRecords } from './ports/shared-records.ts';
import { createSqliteRecords } from './stores/sqlite/shared-records.ts';

export interface OpenRecordsOptions {
  /** Where SQLite keeps them. */
  readonly file: string;
  readonly store: Config['store'];
  readonly clock: Clock;
  readonly sealer: Sealer;
  readonly bus: EventBus;
}

export function openRecords({ file, store, clock, sealer, bus }: OpenRecordsOptions): SharedRecords {
  const onDamaged = (kind: string, id: string): void =>
    bus.emit('store:failed', { operation: 'records', error: `the ${kind} of ${id} was edited; it is forgotten` });
  const records = lazily<SharedRecords>('the shared records', async () => {
    if (store === 'sqlite') return createSqliteRecords({ file, clock, sealer, onDamaged });
    const { createRedisRecords } = await import('./stores/redis/shared-records.ts');
    return createRedisRecords({ settings: store, clock, sealer, onDamaged });
  });
  return {
    now: async () => (await records.get()).now(),
    get: async (kind, id) => (await records.get()).get(kind, id),
    put: async (...input) => (await records.get()).put(...input),
    drop: async (...input) => (await records.get()).drop(...input),
    due: async (kind, limit) => (await records.get()).due(kind, limit),
    list: async (kind) => (await records.get()).list(kind),
    close: () => records.close(),
  };
}
