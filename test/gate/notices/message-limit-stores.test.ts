// The limit of messages on the stores that replicas share: many askers at once, on connections of their own, never get more than it says.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createMessageLimit } from '../../../src/gate/notices/message-limit.ts';
import { createPutOffTally } from '../../../src/gate/notices/put-off-tally.ts';
import type { SharedRecords } from '../../../src/ports/shared-records.ts';
import { createRedisRecords } from '../../../src/stores/redis/shared-records.ts';
import { createSqliteRecords } from '../../../src/stores/sqlite/shared-records.ts';
import { createSqliteStore } from '../../../src/stores/sqlite/store.ts';
import { createManualClock } from '../../ports/manual-clock.ts';
import { describeRedis, useRedis } from '../../redis/describe-redis.ts';
import { redisSettings } from '../../stores/redis-store.ts';
import { noncedSealer } from '../../stores/redis-subject.ts';

const RATE = { most: 5, per: 60_000 };

async function rush(replicas: readonly SharedRecords[]): Promise<void> {
  const now = await (replicas[0] as SharedRecords).now();
  const limits = replicas.map((records) => createMessageLimit(records, RATE));
  const ids = Array.from({ length: 24 }, (_, i) => `apr_${i}`);
  const granted = new Set<string>();
  // Whoever lost too many races asks again.
  for (let round = 0; round < 12; round++) {
    const answers = await Promise.all(
      ids.map(async (id, i) => {
        const limit = limits[i % limits.length];
        return [id, await limit?.ask('bot', 'slack:C1', { id, rank: 1, at: now }, now + round)] as const;
      }),
    );
    for (const [id, until] of answers) if (until === undefined) granted.add(id);
  }
  expect(granted.size).toBe(RATE.most);
  const others = await Promise.all(
    ['a', 'b', 'c'].map(async (agent) => limits[0]?.ask(agent, 'slack:C1', { id: agent, rank: 0, at: now }, now)),
  );
  expect(others).toEqual([undefined, undefined, undefined]);
}

async function tallies(replicas: readonly SharedRecords[]): Promise<void> {
  const now = await (replicas[0] as SharedRecords).now();
  const all = replicas.map((records) => createPutOffTally(records));
  for (let i = 0; i < 6; i++) await Promise.all(all.map((tally) => tally.count('bot', now)));
  await all[0]?.count('other', now - 3 * 86_400_000);
  const counted = 6 * replicas.length;
  expect(await all[1]?.since(now)).toEqual(new Map([['bot', counted]]));
  expect(await all[1]?.since(now - 3 * 86_400_000)).toEqual(
    new Map([
      ['bot', counted],
      ['other', 1],
    ]),
  );
}

it('on SQLite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdgate-limit-'));
  const clock = createManualClock();
  const file = join(folder, 'holdgate.db');
  const store = createSqliteStore({ file, clock });
  const replicas = [0, 1, 2].map(() => createSqliteRecords({ file, clock, sealer: noncedSealer }));
  await rush(replicas);
  await tallies(replicas);
  for (const each of [...replicas, store]) await each.close();
  rmSync(folder, { recursive: true });
});

describeRedis('on Redis', () => {
  const redis = useRedis();
  it('over connections of three replicas', async () => {
    const clock = createManualClock();
    const settings = redisSettings(redis().port, { prefix: 'limit' });
    const replicas = await Promise.all(
      [0, 1, 2].map(() => createRedisRecords({ settings, clock, sealer: noncedSealer })),
    );
    await rush(replicas);
    await tallies(replicas);
    for (const each of replicas) await each.close();
  });
});
