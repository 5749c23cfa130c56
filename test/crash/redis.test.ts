// The same stories on Redis: the gate is killed and begins a new life on the same data directory, and Redis goes on. Only the places at
// which the store, the dispatcher or the send is at work: around the others nothing differs from SQLite, see crash.test.ts.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, it } from 'vitest';
import { describeRedis, useRedis } from '../redis/describe-redis.ts';
import { redisBacking } from './backing.ts';
import { killEverywhere } from './everywhere.ts';
import { APPROVED, BY_TWO, EXPIRED, UNDELIVERED } from './plot.ts';

describeRedis('a gate on Redis that is killed at any place', () => {
  const redis = useRedis();
  let root = '';
  let stories = 0;
  const covered = new Set<string>();
  const counts: Record<string, number> = {};
  beforeAll(() => void (root = mkdtempSync(join(tmpdir(), 'holdgate-crash-'))));
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
    process.stdout.write(`crash: Redis: ${JSON.stringify(counts)}\n`);
  });

  it.each([APPROVED, BY_TWO, UNDELIVERED, EXPIRED].map((plot) => [plot.name, plot] as const))(
    'keeps its promises for a call that is %s',
    async (name, plot) => {
      counts[name] = await killEverywhere(plot, {
        backing: () => redisBacking(redis().port, `story-${++stories}`, root),
        root,
        covered,
        matters: (place) => /^(store|dispatcher|send)\b/.test(place),
      });
    },
    120_000,
  );
});
