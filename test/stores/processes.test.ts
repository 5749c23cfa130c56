// A real process that is killed at its work: what the store confirmed to it is there, and what it had claimed is found.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ApprovalStore } from '../../src/ports/approval-store.ts';
import { createSealer } from '../../src/signers/sealer.ts';
import { createRedisStore } from '../../src/stores/redis/store.ts';
import { createSqliteStore } from '../../src/stores/sqlite/store.ts';
import { createManualClock, type ManualClock } from '../ports/manual-clock.ts';
import { describeRedis, useRedis } from '../redis/describe-redis.ts';
import { type RacerSpec, type Reply, startRacer } from './racers.ts';
import { redisSettings } from './redis-store.ts';

/** What the lease of the process lasts, ms. */
const LEASE = 60_000;
const WORDS = 'leaves everything that was confirmed to it, and claims that are orphaned once its lease is over';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdgate-killed-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function killAtWork(
  store: RacerSpec['store'],
  open: (clock: ManualClock, sealer: Awaited<ReturnType<typeof createSealer>>) => Promise<ApprovalStore>,
): Promise<void> {
  const keys = join(folder, 'keys');
  const sealer = await createSealer({ folder: keys, allowCreate: true });
  const racer = await startRacer({ name: 'one', store, keys });
  const replies: Reply[] = [];
  const { promise: enough, resolve } = Promise.withResolvers<void>();
  racer.work(LEASE, (reply) => {
    if (replies.push(reply) === 40) resolve();
  });
  await enough;
  await racer.kill();

  const clock = createManualClock(Date.now());
  const reader = await open(clock, sealer);
  for (const { id = '', report } of replies) {
    expect(report?.sent).toEqual(['clm_one']);
    const log = await reader.events(id);
    expect(log.slice(1)).toEqual(report?.acknowledged);
    expect(await reader.load(id)).toMatchObject({ status: 'sending', version: 4 });
  }
  expect(await reader.orphaned(1000)).toEqual([]);
  clock.advance(LEASE);
  const orphaned = new Set((await reader.orphaned(1000)).map(({ id }) => id));
  expect(replies.filter(({ id = '' }) => !orphaned.has(id))).toEqual([]);
  await reader.health();
  await reader.close();
}

it(`a process that is killed at its work on SQLite ${WORDS}`, async () => {
  const file = join(folder, 'holdgate.db');
  await killAtWork({ file }, async (clock, sealer) => createSqliteStore({ file, clock, sealer }));
});

describeRedis('a process that is killed at its work on Redis', () => {
  const redis = useRedis();

  it(WORDS, async () => {
    const { port } = redis();
    const settings = redisSettings(port);
    await killAtWork({ port, prefix: settings.prefix }, (clock, sealer) =>
      createRedisStore({ settings, clock, sealer, time: () => clock.now() }),
    );
  });
});
