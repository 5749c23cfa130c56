// Shared records in whichever store the gate has, opened when they are first asked for: a gate that needs none has no connection for them.
import type { Config } from './config/types.ts';
import { StoreUnavailable } from './ports/approval-store.ts';
import type { Clock } from './ports/clock.ts';
import type { EventBus } from './ports/events.ts';
import type { Sealer } from './ports/sealer.ts';
import type { SharedRecords } from './ports/shared-records.ts';
import { createRedisRecords } from './stores/redis/shared-records.ts';
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
  let opening: Promise<SharedRecords> | undefined;
  let closed = false;
  const onDamaged = (kind: string, id: string): void =>
    bus.emit('store:failed', { operation: 'records', error: `the ${kind} of ${id} was edited; it is forgotten` });

  const open = async (): Promise<SharedRecords> => {
    const opened =
      store === 'sqlite'
        ? createSqliteRecords({ file, clock, sealer, onDamaged })
        : await createRedisRecords({ settings: store, clock, sealer, onDamaged });
    if (!closed) return opened;
    await opened.close();
    throw new StoreUnavailable('the store of shared records is closed');
  };
  const records = (): Promise<SharedRecords> => {
    if (closed) return Promise.reject(new StoreUnavailable('the store of shared records is closed'));
    if (!opening) {
      const attempt = open();
      opening = attempt;
      // Whoever asks next tries again.
      attempt.catch(() => {
        if (opening === attempt) opening = undefined;
      });
    }
    return opening;
  };
  return {
    now: async () => (await records()).now(),
    get: async (kind, id) => (await records()).get(kind, id),
    put: async (...input) => (await records()).put(...input),
    drop: async (...input) => (await records()).drop(...input),
    due: async (kind, limit) => (await records()).due(kind, limit),
    list: async (kind) => (await records()).list(kind),
    async close() {
      closed = true;
      await opening?.then(
        (opened) => opened.close(),
        () => undefined,
      );
    },
  };
}
