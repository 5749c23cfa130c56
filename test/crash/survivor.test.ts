// Two replicas on one Redis: one is killed at any place of a story and stays dead. The other one brings the approval to its right end
// within the time of a lease, and the agent that comes to it gets the one result or a clear answer. On real clocks. The stories are told
// side by side, for most of each is waiting for the lease.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fold } from '../../src/core/approval/transition.ts';
import { describeRedis, useRedis } from '../redis/describe-redis.ts';
import { redisBacking } from './backing.ts';
import { placesOf } from './everywhere.ts';
import { blank, judge } from './judge.ts';
import { APPROVED, BY_TWO, type Plot, UNDELIVERED } from './plot.ts';
import { startSurvivor, type Survived } from './survivor.ts';

/** Every place of the plain story around a durable step and inside the send, but for the start and the end of the gate itself. Of the
 *  others those that are new: the second of two votes; and, with nobody there to take the answer, what the store, the dispatcher and
 *  the send do. */
const STORIES: readonly (readonly [Plot, (place: string) => boolean])[] = [
  [APPROVED, (place) => !/^audit\.routine|gate:process/.test(place)],
  [BY_TWO, (place) => /voted.*#2$/.test(place)],
  [UNDELIVERED, (place) => /^(store|dispatcher|send)\b/.test(place)],
];
/** What is left of a lease (6 s), of a turn to sweep (2 s), and the time to the next sweep (half a second), with room, ms. */
const SETTLED_WITHIN = 12_000;

describeRedis('a replica that survives another one', () => {
  const redis = useRedis();
  let root = '';
  const counts: Record<string, Record<string, number>> = {};
  beforeAll(() => void (root = mkdtempSync(join(tmpdir(), 'holdgate-survivor-'))));
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
    process.stdout.write(`crash: two replicas: ${JSON.stringify(counts)}\n`);
  });

  /** How each of the approvals of a story ended, in the order of their opening; and what took too long. */
  async function endsOf(told: Survived): Promise<{ ends: string[]; slow: string[] }> {
    const { path, died, place } = told;
    const store = await told.open();
    try {
      const mine = (await store.list({ limit: 200 })).items.filter(({ opened }) => opened.url.endsWith(path));
      const ends: string[] = [];
      const slow: string[] = [];
      for (const { id } of mine.toReversed()) {
        const { status, statusAt } = fold(await store.events(id));
        ends.push(status);
        const settled = status === 'void' || status === 'indeterminate';
        if (settled && died !== undefined && statusAt > died + SETTLED_WITHIN)
          slow.push(`${place}: ${statusAt - died} ms`);
      }
      return { ends, slow };
    } finally {
      await store.close();
    }
  }

  it.concurrent.each(STORIES.map(([plot, matters], n) => [plot.name, plot, matters, n] as const))(
    'ends what it left of a call that is %s',
    async (name, plot, matters, n) => {
      const survivor = await startSurvivor(plot, await redisBacking(redis().port, `survivor-${n}`, root), root);
      try {
        const dry = await survivor.tell();
        const places = placesOf(plot, dry.folder).filter(matters);
        expect(places.length).toBeGreaterThan(3);
        const told = await Promise.all(places.map((place) => survivor.tell(place)));
        await survivor.end();

        expect(await judge(dry, undefined)).toEqual([]);
        const [whole = ''] = dry.upstream.requests.filter((request) => request.startsWith(`POST ${dry.path} `));
        const wrong: string[] = [];
        const met: Record<string, number> = {};
        for (const one of told) {
          wrong.push(...(await judge(one, blank(whole))).map((what) => `killed at ${one.place}: ${what}`));
          const { ends, slow } = await endsOf(one);
          wrong.push(...slow);
          if (one.died === undefined) continue;
          const end = ends.join(', then ');
          met[end] = (met[end] ?? 0) + 1;
        }
        counts[name] = met;
        expect(wrong).toEqual([]);
        const died = told.filter((one) => one.died !== undefined).length;
        expect(died).toBeGreaterThan(places.length / 2);
        // All of it happens: it runs at the survivor, is void and asked for again, or nobody knows.
        if (plot === APPROVED) {
          expect(Object.keys(met)).toEqual(
            expect.arrayContaining(['succeeded', 'void, then succeeded', 'indeterminate']),
          );
        }
      } finally {
        await survivor.cleanUp();
      }
    },
    180_000,
  );
});
