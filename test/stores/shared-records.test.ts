// Shared records on SQLite and on a real Redis, and what becomes of those that somebody edited.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import type { SharedRecords } from '../../src/ports/shared-records.ts';
import { createRedisRecords } from '../../src/stores/redis/shared-records.ts';
import { createSqliteRecords } from '../../src/stores/sqlite/shared-records.ts';
import { createSqliteStore } from '../../src/stores/sqlite/store.ts';
import { sharedRecordsConformance } from '../conformance/shared-records.ts';
import { createManualClock } from '../ports/manual-clock.ts';
import { describeRedis, useRedis } from '../redis/describe-redis.ts';
import { createMemoryRecords } from './memory-records.ts';
import { redisSettings } from './redis-store.ts';
import { noncedSealer } from './redis-subject.ts';

sharedRecordsConformance('the model', async () => {
  const clock = createManualClock();
  const disk = new Map();
  return {
    records: createMemoryRecords(clock, disk),
    fastForward: (ms) => clock.advance(ms),
    another: async () => createMemoryRecords(clock, disk),
    close: async () => undefined,
  };
});

async function sqliteFile(): Promise<{ readonly file: string; readonly remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'holdgate-records-'));
  const file = join(folder, 'holdgate.db');
  const store = createSqliteStore({ file, clock: createManualClock() });
  return {
    file,
    async remove() {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
}

sharedRecordsConformance('SQLite', async () => {
  const clock = createManualClock();
  const { file, remove } = await sqliteFile();
  const open: SharedRecords[] = [];
  const make = async (): Promise<SharedRecords> => {
    const records = createSqliteRecords({ file, clock, sealer: noncedSealer });
    open.push(records);
    return records;
  };
  return {
    records: await make(),
    fastForward: (ms) => clock.advance(ms),
    another: make,
    async close() {
      await Promise.all(open.map((one) => one.close()));
      await remove();
    },
  };
});

describe('a record in SQLite that somebody edited', () => {
  it('is as if it had never been written, and told of', async () => {
    const { file, remove } = await sqliteFile();
    const damaged: string[] = [];
    const records = createSqliteRecords({
      file,
      clock: createManualClock(),
      sealer: noncedSealer,
      onDamaged: (kind, id) => damaged.push(`${kind} ${id}`),
    });
    await records.put('note', 'a', 0, 'mine', { keepFor: 1000 });
    await records.put('note', 'b', 0, 'other', { keepFor: 1000 });
    const db = new DatabaseSync(file);
    db.exec("UPDATE records SET value = (SELECT value FROM records WHERE id = 'b') WHERE id = 'a'");
    db.close();
    expect(await records.get('note', 'a')).toBeUndefined();
    expect(damaged).toEqual(['note a']);
    expect((await records.list('note')).map(({ value }) => value)).toEqual(['other']);
    expect(await records.put('note', 'a', 0, 'again', { keepFor: 1000 })).toMatchObject({ outcome: 'written' });
    await records.close();
    await expect(records.get('note', 'a')).rejects.toThrow(/closed/);
    await remove();
  });
});

let tests = 0;

describeRedis('on Redis', () => {
  const redis = useRedis({ appendfsync: 'no' });

  sharedRecordsConformance('Redis', async () => {
    const clock = createManualClock();
    const settings = redisSettings(redis().port, { prefix: `records-${++tests}` });
    const open: SharedRecords[] = [];
    const make = async (): Promise<SharedRecords> => {
      const records = await createRedisRecords({ settings, clock, sealer: noncedSealer, time: () => clock.now() });
      open.push(records);
      return records;
    };
    return {
      records: await make(),
      fastForward: (ms) => clock.advance(ms),
      another: make,
      close: async () => void (await Promise.all(open.map((one) => one.close()))),
    };
  });

  it.each([
    ['no text of ours', 'x'],
    ['a version without a value', '7 '],
    ['the value of another one', undefined],
    ['a version that is not its own', '9 AAAA'],
  ])('a record that is %s is as if it had never been written', async (_name, edited) => {
    const prefix = `edited-${++tests}`;
    const damaged: string[] = [];
    const records = await createRedisRecords({
      settings: redisSettings(redis().port, { prefix }),
      clock: createManualClock(),
      sealer: noncedSealer,
      onDamaged: (kind, id) => damaged.push(`${kind} ${id}`),
    });
    const now = await records.now();
    for (const id of ['a', 'b']) await records.put('note', id, 0, id, { keepFor: 60_000, dueAt: now });
    const hash = `{${prefix}}:r:note`;
    const other = String(await redis().command('HGET', hash, 'b'));
    await redis().command('HSET', hash, 'a', edited ?? other);
    expect((await records.due('note', 10)).map(({ id }) => id)).toEqual(['b']);
    expect(damaged).toEqual(['note a']);
    expect(await records.put('note', 'a', 0, 'again', { keepFor: 60_000 })).toMatchObject({ outcome: 'written' });
    await records.close();
  });
});
