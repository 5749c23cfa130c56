import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkStore } from '../../../src/cli/doctor/store.ts';
import { systemClock } from '../../../src/system-clock.ts';
import { describeRedis, useRedis } from '../../redis/describe-redis.ts';
import { startRedis } from '../../redis/redis-server.ts';
import { createSqliteStore } from '../../../src/stores/sqlite/store.ts';
import { redisSettings } from '../../stores/redis-store.ts';

const check = (port: number, over = {}): ReturnType<typeof checkStore> =>
  checkStore({ store: redisSettings(port, over), data_dir: 'nowhere' }, systemClock);

describe('a file of this machine', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdgate-doctor-store-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const look = async (): Promise<string[]> =>
    (await checkStore({ store: 'sqlite', data_dir: folder }, systemClock)).map(
      ({ status, detail }) => `${status}: ${detail.replace(`${folder}/`, '')}`,
    );
  const file = (): string => join(folder, 'holdgate.db');
  const edit = (at: number, value: number): void => {
    const bytes = readFileSync(file());
    bytes.writeUInt32BE(value, at);
    writeFileSync(file(), bytes);
  };

  it('is not missed before the first start, and well while a gate is at work on it', async () => {
    expect(await look()).toEqual([]);
    const store = createSqliteStore({ file: file(), clock: systemClock });
    expect(await look()).toEqual(['ok: holdgate.db is a store of Holdgate']);
    await store.close();
  });

  it('fails as the start would, and is left as it is', async () => {
    await createSqliteStore({ file: file(), clock: systemClock }).close();
    edit(60, 9_999);
    const before = readFileSync(file());
    expect(await look()).toEqual([
      expect.stringMatching(/^fail: holdgate\.db: written by a newer Holdgate \(schema 9999,/),
    ]);
    edit(68, 7);
    expect(await look()).toEqual(['fail: holdgate.db: not a Holdgate store']);
    edit(68, before.readUInt32BE(68));
    expect(readFileSync(file()).equals(before)).toBe(true);
    for (const text of ['', 'x'.repeat(200)]) {
      writeFileSync(file(), text);
      expect(await look()).toEqual(['fail: holdgate.db: the file is damaged (not a database)']);
    }
    rmSync(file());
    mkdirSync(file());
    expect(await look()).toEqual(['fail: holdgate.db: is a folder; expected a file']);
  });
});

it('fails where nothing answers', async () => {
  expect(await check(1)).toEqual([
    expect.objectContaining({
      status: 'fail',
      detail: expect.stringMatching(/^redis:\/\/127\.0\.0\.1:1: it cannot be reached/),
    }),
  ]);
});

describeRedis('a shared store', () => {
  const redis = useRedis();

  it('is well if it answers and persists', async () => {
    expect(await check(redis().port)).toEqual([expect.objectContaining({ status: 'ok' })]);
  });

  it('fails for each thing that would make it forget', async () => {
    await redis().command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    await redis().command('CONFIG', 'SET', 'appendonly', 'no');
    const found = await check(redis().port);
    expect(found.map(({ status }) => status)).toEqual(['fail', 'fail']);
    expect(found.map(({ detail }) => detail).join()).toMatch(/maxmemory-policy noeviction.*appendonly yes/s);
    await redis().command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    await redis().command('CONFIG', 'SET', 'appendonly', 'yes');
  });

  it('warns of replicas that nobody waits for', async () => {
    const replica = await startRedis({ replicaOf: redis() });
    try {
      expect(await check(redis().port)).toEqual([
        expect.objectContaining({ status: 'warn', remedy: 'set store.ack_replicas' }),
      ]);
      expect(await check(redis().port, { ackReplicas: 1 })).toEqual([expect.objectContaining({ status: 'ok' })]);
    } finally {
      await replica.stop();
    }
  });
});
