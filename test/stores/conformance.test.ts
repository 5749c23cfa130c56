import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApprovalStore } from '../../src/ports/approval-store.ts';
import { createSqliteStore } from '../../src/stores/sqlite/store.ts';
import { approvalStoreConformance } from '../conformance/approval-store.ts';
import { createManualClock } from '../ports/manual-clock.ts';
import { createMemoryDisk, createMemoryStore } from './memory-store.ts';

approvalStoreConformance('the model', async () => {
  const clock = createManualClock();
  const disk = createMemoryDisk();
  const store = createMemoryStore(clock, disk);
  return {
    store,
    fastForward: (ms) => clock.advance(ms),
    another: async () => createMemoryStore(clock, disk),
    reopen: async () => {
      await store.close();
      return createMemoryStore(clock, disk);
    },
    close: () => store.close(),
  };
});

approvalStoreConformance('SQLite', async () => {
  const clock = createManualClock();
  const folder = await mkdtemp(join(tmpdir(), 'holdgate-store-'));
  const file = join(folder, 'holdgate.db');
  const stores: ApprovalStore[] = [];
  const make = async (): Promise<ApprovalStore> => {
    const store = createSqliteStore({ file, clock });
    stores.push(store);
    return store;
  };
  const store = await make();
  return {
    store,
    fastForward: (ms) => clock.advance(ms),
    another: make,
    reopen: async () => {
      await store.close();
      return make();
    },
    close: async () => {
      await Promise.all(stores.map((one) => one.close()));
      await rm(folder, { recursive: true });
    },
  };
});
