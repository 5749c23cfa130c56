// The SQLite store is the model, whatever is done to it; and races on it have one winner.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ApprovalEvent } from '../../src/core/approval/events.ts';
import type { Approval } from '../../src/core/approval/state.ts';
import type { AppendOutcome, ApprovalStore } from '../../src/ports/approval-store.ts';
import { createSqliteStore } from '../../src/stores/sqlite/store.ts';
import { claim, intent, opened, result, vote } from '../conformance/approval-events.ts';
import { createManualClock } from '../ports/manual-clock.ts';
import { createMemoryStore } from '../stores/memory-store.ts';
import { type Pair, type Real, storeCommands } from './store-commands.ts';

const CALL = new Uint8Array(8);
const LIMITS = { perAgent: 1e6, total: 1e6 };

it('answers like the model after any sequence of commands', async () => {
  await fc.assert(
    fc.asyncProperty(storeCommands, async (commands) => {
      const clock = createManualClock();
      const store = createSqliteStore({ file: ':memory:', clock });
      const pair: Pair = { clock, model: createMemoryStore(clock), ids: [] };
      const real: Real = { store };
      await fc.asyncModelRun(() => ({ model: pair, real }), commands);
      await store.close();
    }),
    { numRuns: 500 },
  );
}, 60_000);

it('answers like the model when its file is closed and opened in between', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdgate-property-'));
  let run = 0;
  await fc.assert(
    fc.asyncProperty(storeCommands, async (commands) => {
      run += 1;
      const file = join(folder, `${run}.db`);
      const clock = createManualClock();
      const pair: Pair = { clock, model: createMemoryStore(clock), ids: [] };
      const real: Real = {
        store: createSqliteStore({ file, clock }),
        reopen: async () => {
          await real.store.close();
          return createSqliteStore({ file, clock });
        },
      };
      await fc.asyncModelRun(() => ({ model: pair, real }), commands);
      await real.store.close();
    }),
    { numRuns: 40 },
  );
  rmSync(folder, { recursive: true });
}, 60_000);

/** What a replica or a person does with one approval: look, think for a while, act on what was seen. */
type Actor = (seen: Approval) => ApprovalEvent;

it('keeps one send and one story under any interleaving of people, a clock and two replicas', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.infiniteStream(fc.boolean()), async (scheduler, late) => {
      const clock = createManualClock();
      const store = createSqliteStore({ file: ':memory:', clock });
      const event = opened(clock.now());
      await store.open(event, CALL, LIMITS);
      const acknowledged: ApprovalEvent[] = [event];
      const firstBytes: string[] = [];
      const pause = (): Promise<void> => scheduler.schedule(Promise.resolve());

      async function act(actor: Actor, tries = 3): Promise<boolean> {
        const seen = await store.load(event.id);
        await pause();
        if (!seen) return false;
        const made = actor(seen);
        const outcome = await store.append(event.id, seen.version, [made]);
        if (outcome.outcome === 'appended') acknowledged.push(made);
        if (outcome.outcome === 'conflict' && tries > 1) return act(actor, tries - 1);
        return outcome.outcome === 'appended';
      }
      async function replica(name: string): Promise<void> {
        for (let attempt = 0; attempt < 3; attempt += 1) {
          await pause();
          const claimed = await act(() => claim(event, clock.now(), name));
          const lostAnswer = late.next().value === true;
          if (!claimed && !lostAnswer) continue;
          if (!(await act(() => intent(event, clock.now(), name)))) continue;
          firstBytes.push(name);
          await act(() => result(clock.now(), name));
          return;
        }
      }
      const work = Promise.all([
        act(() => vote(event, clock.now(), 'ann@example.com', 'approve')),
        act(() => vote(event, clock.now(), 'bob@example.com', 'approve')),
        late.next().value === true && act(() => vote(event, clock.now(), 'bob@example.com', 'deny')),
        pause().then(() => clock.advance(late.next().value === true ? event.expiresAt - event.at : 1)),
        act(() => ({ type: 'expired', at: clock.now() })),
        replica('r1'),
        replica('r2'),
      ]);
      await scheduler.waitFor(work);

      const events = await store.events(event.id);
      expect(events).toEqual(acknowledged);
      const sent = events.filter((one) => one.type === 'intent');
      expect(sent.map((one) => one.token)).toEqual(firstBytes.map((name) => `clm_${name}`));
      expect(firstBytes.length).toBeLessThanOrEqual(1);
      const status = (await store.load(event.id))?.status ?? 'pending';
      if (firstBytes.length > 0) expect(status).toBe('succeeded');
      await store.close();
    }),
    { numRuns: 300 },
  );
}, 60_000);

const ANN = 'ann@example.com';
const BOB = 'bob@example.com';
type Rival = (store: ApprovalStore, seen: Approval) => Promise<AppendOutcome>;
const rival =
  (make: (seen: Approval) => ApprovalEvent): Rival =>
  (store, seen) =>
    store.append(seen.id, seen.version, [make(seen)]);
const approve = (by: string): Rival => rival(({ opened: event }) => vote(event, event.at, by, 'approve'));
const RACES: Readonly<Record<string, { readonly approved: boolean; readonly rivals: readonly [Rival, Rival] }>> = {
  'approve and expire': {
    approved: false,
    rivals: [approve(ANN), rival(({ opened: event }) => ({ type: 'expired', at: event.expiresAt }))],
  },
  'approve and deny': {
    approved: false,
    rivals: [approve(ANN), rival(({ opened: event }) => vote(event, event.at, BOB, 'deny'))],
  },
  'approve and approve': { approved: false, rivals: [approve(ANN), approve(BOB)] },
  'two claimers': {
    approved: true,
    rivals: [
      rival(({ opened: event }) => claim(event, event.at, 'r1')),
      rival(({ opened: event }) => claim(event, event.at, 'r2')),
    ],
  },
};

it.each(Object.entries(RACES))(
  'lets exactly one win of %s, a thousand times',
  async (_name, { approved, rivals }) => {
    const clock = createManualClock();
    const store = createSqliteStore({ file: ':memory:', clock });
    let firstWins = 0;
    for (let round = 0; round < 1000; round += 1) {
      const event = opened(clock.now(), { digest: `${round}` });
      await store.open(event, CALL, LIMITS);
      if (approved) await store.append(event.id, 1, [vote(event, event.at, ANN, 'approve')]);
      const seen = await store.load(event.id);
      if (!seen) throw new Error('lost');
      const order = round % 2 === 0 ? rivals : rivals.toReversed();
      const outcomes = await Promise.all(order.map((one) => one(store, seen)));
      expect(outcomes.map((one) => one.outcome).toSorted()).toEqual(['appended', 'conflict']);
      expect((await store.load(event.id))?.version).toBe(seen.version + 1);
      if (outcomes[0]?.outcome === 'appended') firstWins += round % 2 === 0 ? 1 : 0;
    }
    expect(firstWins).toBe(500);
    await store.close();
  },
  30_000,
);
