// One story, told again and again with the gate killed at another place each time.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Backing } from './backing.ts';
import { blank, judge } from './judge.ts';
import type { Plot } from './plot.ts';
import { tell } from './story.ts';

export interface Everywhere {
  /** Gives each story its own. */
  readonly backing: (plot: Plot) => Promise<Backing>;
  readonly root: string;
  /** Places of earlier stories, where the state of affairs was the same: they are not repeated. */
  readonly covered: Set<string>;
  /** Which places count here. */
  readonly matters?: (place: string) => boolean;
}

async function inPool<T>(items: readonly T[], size: number, work: (item: T) => Promise<void>): Promise<void> {
  const rest = [...items];
  const worker = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: size }, worker));
}

/** The places of a story from the point at which it differs from the plain one, in the order in which they were passed. */
export function placesOf(plot: Plot, folder: string): readonly string[] {
  const places = readFileSync(join(folder, 'places.txt'), 'utf8').trim().split('\n');
  const from = plot.from === undefined ? 0 : places.indexOf(plot.from);
  expect(from).toBeGreaterThanOrEqual(0);
  return [...new Set(places.slice(from))];
}

/** How many lives were ended. Fails with what is wrong with any of the stories. */
export async function killEverywhere(plot: Plot, { backing, root, covered, matters }: Everywhere): Promise<number> {
  const dry = await tell(plot, await backing(plot), root);
  expect(await judge(dry, undefined)).toEqual([]);
  const expected = dry.upstream.requests.map(blank)[0];
  const fresh = placesOf(plot, dry.folder)
    .filter((place) => plot.from !== undefined || !covered.has(place))
    .filter((place) => matters?.(place) ?? true);
  await dry.cleanUp();
  for (const place of fresh) covered.add(place);
  const wrong: string[] = [];
  let died = 0;
  await inPool(fresh, Math.max(2, availableParallelism()), async (place) => {
    const told = await tell(plot, await backing(plot), root, place);
    if (told.lives > 1) died++;
    wrong.push(...(await judge(told, expected)).map((what) => `killed at ${place}: ${what}`));
    await told.cleanUp();
  });
  expect(wrong).toEqual([]);
  // The end of a story (its last receipts, the stop) may come before a place that the dry run passed.
  expect(died).toBeGreaterThan(fresh.length / 2);
  return died;
}
