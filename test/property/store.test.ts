// The SQLite store is the model, whatever is done to it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ApprovalStore } from '../../src/ports/approval-store.ts';
import { createSqliteStore } from '../../src/stores/sqlite/store.ts';
import { createManualClock } from '../ports/manual-clock.ts';
import { createMemoryDisk, createMemoryStore } from '../stores/memory-store.ts';
import { act, choices, ENDS, scheduled } from './interleavings.ts';
import { type Pair, type Real, storeCommands } from './store-commands.ts';

it('answers like the model after any sequence of commands', async () => {
  await fc.assert(
    fc.asyncProperty(storeCommands, async (commands) => {
      const clock = createManualClock();
      const store = createSqliteStore({ file: ':memory:', clock });
      const pair: Pair = { clock, model: createMemoryStore(clock), ids: [] };
      const real: Real = { stores: [store] };
      await fc.asyncModelRun(() => ({ model: pair, real }), commands);
      await store.close();
    }),
    { numRuns: 400 },
  );
}, 60_000);

it('answers like the model through each of two handles on one file, which are closed and opened in between', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdgate-property-'));
  let run = 0;
  await fc.assert(
    fc.asyncProperty(storeCommands, async (commands) => {
      run += 1;
      const file = join(folder, `${run}.db`);
      const clock = createManualClock();
      const pair: Pair = { clock, model: createMemoryStore(clock), ids: [] };
      const reopen = async (): Promise<ApprovalStore> => createSqliteStore({ file, clock });
      const real: Real = { stores: [await reopen(), await reopen()], reopen };
      await fc.asyncModelRun(() => ({ model: pair, real }), commands);
      await Promise.all(real.stores.map((store) => store.close()));
    }),
    { numRuns: 30 },
  );
  rmSync(folder, { recursive: true });
}, 60_000);

type Pairs = (clock: ReturnType<typeof createManualClock>) => readonly [ApprovalStore, ApprovalStore];
const PAIRS: Readonly<Record<string, Pairs>> = {
  'the model': (clock) => {
    const disk = createMemoryDisk();
    return [createMemoryStore(clock, disk), createMemoryStore(clock, disk)];
  },
  SQLite: (clock) => {
    const store = createSqliteStore({ file: ':memory:', clock });
    return [store, store];
  },
};

it.each(Object.entries(PAIRS))(
  'keeps one send and one story under any interleaving of people, a clock and two replicas, on %s',
  async (_name, open) => {
    const met = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), choices, async (scheduler, chosen) => {
        const clock = createManualClock();
        const plain = open(clock);
        const stores = [scheduled(plain[0], scheduler), scheduled(plain[1], scheduler)] as const;
        met.add(await act({ scheduler, clock, stores, plain }, chosen));
        await Promise.all([...new Set(plain)].map((store) => store.close()));
      }),
      { numRuns: 300 },
    );
    expect([...met]).toEqual(expect.arrayContaining([...ENDS]));
  },
  60_000,
);
