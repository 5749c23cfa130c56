// Races between three replicas on one real Redis, many at a time, so that their round trips overlap.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalStore } from '../../src/ports/approval-store.ts';
import type { Sealer } from '../../src/ports/sealer.ts';
import { createSealer } from '../../src/signers/sealer.ts';
import { redisKeys } from '../../src/stores/redis/keys.ts';
import { createRedisStore } from '../../src/stores/redis/store.ts';
import { systemClock } from '../../src/system-clock.ts';
import { type Random, random } from '../attack/random.ts';
import { vote } from '../conformance/approval-events.ts';
import { describeRedis, useRedis } from '../redis/describe-redis.ts';
import { createActor, type Report, type Side } from './race-actor.ts';
import type { Race } from './race-judge.ts';
import { ANN, type Kind, KINDS } from './race-kinds.ts';
import {
  count,
  expectRaces,
  newCall,
  newTally,
  prepare,
  RACES,
  readBack,
  startAt,
  STORMS,
  type Tally,
} from './races.ts';
import { redisSettings } from './redis-store.ts';
import { listening } from './listening.ts';
import { judgeStorm, openAgain, type Opening, STORM } from './storm.ts';

/** At the same time. */
const LANES = 48;
/** Judged together; few enough that the stream of changes still has all of them. */
const BATCH = 1_000;
/** Until what expires in the middle of a race does, at least, ms: often enough to be approved and sent before, with so many at once. */
const SOON = 40;
/** How far apart replicas may think the clock of Redis is, ms. */
const APART = 200;
const FULL = 600_000;

type Stores = readonly [ApprovalStore, ApprovalStore, ApprovalStore];

interface RanOnce {
  readonly written: Awaited<ReturnType<typeof prepare>>;
  readonly reports: readonly Report[];
}

describeRedis('three replicas on Redis', () => {
  const redis = useRedis({ appendfsync: 'no' });
  let folder: string;
  let sealer: Sealer;
  let prefixes = 0;
  const damaged: string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'holdgate-races-'));
    sealer = await createSealer({ folder, allowCreate: true });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  async function withReplicas<T>(work: (stores: Stores, prefix: string) => Promise<T>): Promise<T> {
    const prefix = `races-${++prefixes}`;
    const settings = redisSettings(redis().port, { prefix, timeout: 10_000 });
    const open = (): Promise<ApprovalStore> =>
      createRedisStore({
        settings,
        sealer,
        clock: systemClock,
        onDamaged: (id, finding) => damaged.push(`${id}: ${finding}`),
      });
    const stores: Stores = [await open(), await open(), await open()];
    await listening(stores, APART);
    try {
      return await work(stores, prefix);
    } finally {
      await Promise.all(stores.map((store) => store.close()));
    }
  }

  /** When Redis took each event, by its own clock: the places in the stream of changes. */
  async function times(prefix: string): Promise<(id: string, version: number) => number | undefined> {
    const entries = (await redis().command('XRANGE', redisKeys(prefix).changes, '-', '+')) as [string, string[]][];
    const taken = new Map<string, number>();
    for (const [place, fields] of entries) {
      const fact = (name: string): string => fields[fields.indexOf(name) + 1] ?? '';
      taken.set(`${fact('id')} ${fact('version')}`, Number(place.split('-')[0]));
    }
    return (id, version) => taken.get(`${id} ${version}`);
  }

  async function raceOnce(stores: Stores, kind: Kind, choices: Random): Promise<RanOnce> {
    const first = choices.below(3);
    const chosen = { A: stores[first], B: stores[(first + 1 + choices.below(2)) % 3] } as Record<Side, ApprovalStore>;
    const written = await prepare(stores[choices.below(3)] as ApprovalStore, kind, SOON * (1 + choices.below(6)));
    const [asked] = written;
    const sides: readonly Side[] = choices.below(2) === 0 ? ['A', 'B'] : ['B', 'A'];
    const actors = sides.map(async (side) => {
      const actor = createActor({
        store: chosen[side],
        id: asked.id,
        side,
        freshness: choices.below(2) === 0 ? 'recent' : 'current',
      });
      await actor.until(startAt(kind, asked, side, choices.below(1000) / 1000));
      await kind.sides[side](actor, asked);
      return actor.report();
    });
    return { written, reports: await Promise.all(actors) };
  }

  async function raceMany(stores: Stores, prefix: string, kind: Kind, races: number, tally: Tally): Promise<void> {
    const choices = random(`${prefix} ${races}`);
    const run: RanOnce[] = [];
    let left = races;
    const lane = async (): Promise<void> => {
      while (left-- > 0) run.push(await raceOnce(stores, kind, choices));
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    const takenAt = await times(prefix);
    const judged: Promise<Race>[] = run.map(({ written, reports }) => readBack(stores, written, reports, takenAt));
    for (const one of await Promise.all(judged)) count(tally, kind, one);
  }

  describe.each(Object.entries(KINDS))('that race: %s', (name, kind) => {
    it(
      'have one winner and send once, and every invariant holds',
      async () => {
        const tally = newTally();
        for (let done = 0; done < RACES; done += BATCH) {
          const some = Math.min(BATCH, RACES - done);
          await withReplicas((stores, prefix) => raceMany(stores, prefix, kind, some, tally));
        }
        expectRaces(`Redis: ${name}`, kind, tally, RACES);
        expect(damaged).toEqual([]);
      },
      FULL,
    );
  });

  const NAMES = ['one', 'two', 'three'];

  async function raiseStorm(stores: Stores, choices: Random): Promise<{ openings: readonly Opening[]; race: Race }> {
    const asked = await newCall(stores[0]);
    const shares = [17, 17, STORM - 34];
    const order = [choices.below(3), 0, 1, 2].filter((n, at, all) => all.indexOf(n) === at);
    const storms = order.map((n) => openAgain(stores[n] as ApprovalStore, NAMES[n] ?? '', asked, shares[n] ?? 0));
    const openings = (await Promise.all(storms)).flat();
    const event = { ...asked, id: openings.find(({ outcome }) => outcome === 'opened')?.id ?? '' };
    const voter = createActor({ store: stores[0], id: event.id, side: 'voter' });
    await voter.put((seen, now) => vote(seen, now, ANN, 'approve'), true);
    const running = stores.map(async (store, n): Promise<Report> => {
      const actor = createActor({ store, id: event.id, side: NAMES[n] ?? '' });
      await actor.run();
      return actor.report();
    });
    const race = await readBack(stores, [event], [voter.report(), ...(await Promise.all(running))]);
    return { openings, race };
  }

  it(
    'that open the same call fifty times have one approval of it, and send once',
    async () => {
      const wrong: string[] = [];
      const opened: Record<string, number> = {};
      let left = STORMS;
      const choices = random('storms');
      await withReplicas(async (stores) => {
        const lane = async (): Promise<void> => {
          while (left-- > 0) {
            const { openings, race } = await raiseStorm(stores, choices);
            wrong.push(...judgeStorm(openings, race));
            const { by = '' } = openings.find(({ outcome }) => outcome === 'opened') ?? {};
            opened[by] = (opened[by] ?? 0) + 1;
          }
        };
        await Promise.all(Array.from({ length: 4 }, lane));
      });
      process.stdout.write(`storms: Redis: ${STORMS}, opened by ${JSON.stringify(opened)}\n`);
      expect(wrong.slice(0, 20)).toEqual([]);
      expect(damaged).toEqual([]);
      expect(Object.keys(opened).toSorted()).toEqual(NAMES.toSorted());
    },
    FULL,
  );
});
