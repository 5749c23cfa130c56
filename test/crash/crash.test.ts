// SIGKILL at every place of every story, then a new life on the same data: nothing is sent twice, nothing unapproved, no
// acknowledged vote is lost, and everybody is told the same.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blank, judge } from './judge.ts';
import { type Plot, tell } from './story.ts';

const ONE = '{approvals: 1, from: ["group:security"]}';
const PLOTS: readonly Plot[] = [
  { name: 'approved', hold: ONE, votes: [{ as: 'one', vote: 'approve' }] },
  { name: 'denied', hold: ONE, votes: [{ as: 'one', vote: 'deny' }] },
  {
    name: 'approved by two',
    hold: '{approvals: 2, from: ["group:security"]}',
    votes: [
      { as: 'one', vote: 'approve' },
      { as: 'two', vote: 'approve' },
    ],
  },
  {
    name: 'approved while the agent is gone',
    hold: '{approvals: 1, from: ["group:security"], on_absent: execute}',
    votes: [{ as: 'one', vote: 'approve' }],
    hangsUp: 'before the vote',
    from: 'store.append voted:approve before#1',
  },
  {
    name: 'approved and undelivered',
    hold: ONE,
    votes: [{ as: 'one', vote: 'approve' }],
    hangsUp: 'before the answer',
    from: 'send first byte after#1',
  },
  { name: 'expired', hold: '{approvals: 1, from: ["group:security"], expires: 1s}', votes: [] },
];

async function inPool<T>(items: readonly T[], size: number, work: (item: T) => Promise<void>): Promise<void> {
  const rest = [...items];
  const worker = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: size }, worker));
}

describe('a gate that is killed at any place', () => {
  let root = '';
  const covered = new Set<string>();
  const counts: Record<string, number> = {};
  beforeAll(() => void (root = mkdtempSync(join(tmpdir(), 'holdgate-crash-'))));
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
    process.stdout.write(`crash: ${JSON.stringify(counts)}\n`);
  });

  it.each(PLOTS.map((plot) => [plot.name, plot] as const))(
    'keeps its promises for a call that is %s',
    async (name, plot) => {
      const dry = await tell(plot, root);
      expect(await judge(dry, undefined)).toEqual([]);
      const expected = dry.upstream.requests.map(blank)[0];
      const places = readFileSync(join(dry.folder, 'places.txt'), 'utf8').trim().split('\n');
      await dry.cleanUp();
      // A story repeats no place of an earlier one where the state of affairs is the same.
      const from = plot.from === undefined ? 0 : places.indexOf(plot.from);
      expect(from).toBeGreaterThanOrEqual(0);
      const fresh = [...new Set(places.slice(from))].filter((place) => plot.from !== undefined || !covered.has(place));
      for (const place of fresh) covered.add(place);
      const wrong: string[] = [];
      let died = 0;
      await inPool(fresh, Math.max(2, availableParallelism()), async (place) => {
        const told = await tell(plot, root, place);
        if (told.lives > 1) died++;
        wrong.push(...(await judge(told, expected)).map((what) => `killed at ${place}: ${what}`));
        await told.cleanUp();
      });
      counts[name] = died;
      expect(wrong).toEqual([]);
      // The end of a story (its last receipts, the stop) may come before a place that the dry run passed.
      expect(died).toBeGreaterThan(fresh.length / 2);
    },
    120_000,
  );
});
