// Races between two processes on one SQLite file. The file is in memory where there is such a place: it is not about durability.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalStore } from '../../src/ports/approval-store.ts';
import { vote } from '../conformance/approval-events.ts';
import { createSealer } from '../../src/signers/sealer.ts';
import { createSqliteStore } from '../../src/stores/sqlite/store.ts';
import { systemClock } from '../../src/system-clock.ts';
import { random } from '../attack/random.ts';
import { createActor, type Report } from './race-actor.ts';
import { ANN, type Kind, KINDS } from './race-kinds.ts';
import { AHEAD, machineTime, type Racer, startRacer } from './racers.ts';
import { count, expectRaces, newCall, newTally, prepare, RACES, readBack, startAt, STORMS } from './races.ts';
import { judgeStorm, STORM } from './storm.ts';

const SHARED_MEMORY = '/dev/shm';
/** Until what expires in the middle of a race does, at least, ms. */
const SOON = 3;
const FULL = 600_000;

describe('two processes on one SQLite file', () => {
  let folder: string;
  let stores: readonly [ApprovalStore, ApprovalStore];
  let racers: readonly [Racer, Racer];

  beforeAll(async () => {
    folder = mkdtempSync(join(existsSync(SHARED_MEMORY) ? SHARED_MEMORY : tmpdir(), 'holdgate-races-'));
    const [file, keys] = [join(folder, 'holdgate.db'), join(folder, 'keys')];
    const sealer = await createSealer({ folder: keys, allowCreate: true });
    const open = (): ApprovalStore => createSqliteStore({ file, clock: systemClock, sealer });
    stores = [open(), open()];
    const start = (name: string): Promise<Racer> => startRacer({ name, store: { file }, keys });
    racers = await Promise.all([start('one'), start('two')]);
  });
  afterAll(async () => {
    await Promise.all([...racers.map((racer) => racer.kill()), ...stores.map((store) => store.close())]);
    rmSync(folder, { recursive: true });
  });

  describe.each(Object.entries(KINDS))('that race: %s', (name, kind: Kind) => {
    it(
      'have one winner and send once, and every invariant holds',
      async () => {
        const tally = newTally();
        const choices = random(name);
        for (let round = 0; round < RACES; round++) {
          const written = await prepare(stores[0], kind, SOON * (1 + choices.below(4)));
          const [event] = written;
          const at = machineTime() + AHEAD;
          const [first, second] = choices.below(2) === 0 ? racers : racers.toReversed();
          const replies = [
            first?.ask({
              do: 'race',
              kind: name,
              side: 'A',
              event,
              at,
              startAt: startAt(kind, event, 'A', choices.below(1000) / 1000),
            }),
            second?.ask({ do: 'race', kind: name, side: 'B', event, at, startAt: 0 }),
          ];
          const reports = (await Promise.all(replies)).map((reply) => reply?.report as Report);
          count(tally, kind, await readBack(stores, written, reports));
        }
        expectRaces(`SQLite: ${name}`, kind, tally, RACES);
      },
      FULL,
    );
  });

  it(
    'that open the same call fifty times have one approval of it, and send once',
    async () => {
      const wrong: string[] = [];
      const opened: Record<string, number> = {};
      for (let storm = 0; storm < STORMS; storm++) {
        const asked = await newCall(stores[0]);
        const half = { event: asked, at: machineTime() + AHEAD, do: 'open', times: STORM / 2 } as const;
        const openings = (await Promise.all(racers.map((racer) => racer.ask(half)))).flatMap(
          (one) => one.openings ?? [],
        );
        const [first] = openings.filter(({ outcome }) => outcome === 'opened');
        opened[first?.by ?? ''] = (opened[first?.by ?? ''] ?? 0) + 1;
        const event = { ...asked, id: first?.id ?? '' };
        const voter = createActor({ store: stores[0], id: event.id, side: 'voter' });
        await voter.put((seen, now) => vote(seen, now, ANN, 'approve'), true);
        const run = { event, at: machineTime() + AHEAD, do: 'run' } as const;
        const reports = (await Promise.all(racers.map((racer) => racer.ask(run)))).map(
          ({ report }) => report as Report,
        );
        const race = await readBack(stores, [event], [voter.report(), ...reports]);
        wrong.push(...judgeStorm(openings, race));
      }
      process.stdout.write(`storms: SQLite: ${STORMS}, opened by ${JSON.stringify(opened)}\n`);
      expect(wrong.slice(0, 20)).toEqual([]);
      expect(Object.keys(opened).toSorted()).toEqual(['one', 'two']);
    },
    FULL,
  );
});
