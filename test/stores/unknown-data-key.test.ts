// A record sealed with a data key that this replica has not loaded yet is neither edited nor lost: it cannot be read for a while.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type ApprovalStore, RecordDamaged, RecordUnreadable } from '../../src/ports/approval-store.ts';
import type { Sealer } from '../../src/ports/sealer.ts';
import { initKeys } from '../../src/signers/init-keys.ts';
import { rotateKeys } from '../../src/signers/rotate-keys.ts';
import { createSealer, type FileSealer } from '../../src/signers/sealer.ts';
import { createRedisStore } from '../../src/stores/redis/store.ts';
import { createSqliteStore } from '../../src/stores/sqlite/store.ts';
import { opened } from '../conformance/approval-events.ts';
import { CALL, LIMITS } from '../conformance/store-harness.ts';
import { createManualClock, type ManualClock } from '../ports/manual-clock.ts';
import { describeRedis, useRedis } from '../redis/describe-redis.ts';
import { redisSettings } from './redis-store.ts';

type Make = (sealer: Sealer, found: (finding: string) => void) => ApprovalStore | Promise<ApprovalStore>;

let folder: string;
let clock: ManualClock;
let behind: FileSealer;
let ahead: FileSealer;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdgate-unknown-key-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  clock = createManualClock();
  const keys = join(folder, 'keys');
  await initKeys(keys, clock.now());
  behind = await createSealer({ folder: keys, allowCreate: false, clock });
  await rotateKeys(keys, { signing: false, data: true, now: clock.now(), delay: 0 });
  ahead = await createSealer({ folder: keys, allowCreate: false, clock });
  expect([behind.keyId, ahead.keyId]).toEqual([1, 2]);
});

function suite(replicas: () => Make): void {
  it('is unavailable, hides no others, is not joined past, and is there once the key is', async () => {
    const findings: string[] = [];
    const make = replicas();
    // The older replica first: the store's own mark is sealed with the key that everybody has.
    const late = await make(behind, (finding) => findings.push(finding));
    onTestFinished(() => late.close());
    const early = await make(ahead, (finding) => expect.unreachable(finding));
    onTestFinished(() => early.close());
    const old = opened(await late.now(), {});
    const fresh = opened(await late.now(), { agent: 'release-bot' });
    expect((await late.open(old, CALL, LIMITS)).outcome).toBe('opened');
    expect((await early.open(fresh, CALL, LIMITS)).outcome).toBe('opened');
    expect((await early.load(old.id))?.status).toBe('pending');

    const refusal: unknown = await late.load(fresh.id).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(RecordUnreadable);
    expect(refusal).not.toBeInstanceOf(RecordDamaged);
    expect(String(refusal)).toContain('data key 2, which this replica does not have');
    // Neither a second approval for the same call, nor an append on top of what was not read.
    await expect(late.findCurrent(fresh.agent, fresh.digest)).rejects.toThrow(RecordUnreadable);
    await expect(late.open(opened(await late.now(), { agent: fresh.agent, digest: fresh.digest }), CALL, LIMITS))
      .rejects //
      .toThrow(RecordUnreadable);
    await expect(late.append(fresh.id, 1, [{ type: 'cancelled', at: fresh.at, why: 'x' }])).rejects.toThrow(
      RecordUnreadable,
    );
    expect((await late.list({ status: 'open', limit: 10 })).items.map(({ id }) => id)).toEqual([old.id]);
    expect(findings).toEqual([expect.stringMatching(`${fresh.id}: sealed with data key 2`)]);

    (await behind.look())?.take();
    expect((await late.load(fresh.id))?.status).toBe('pending');
    expect((await late.list({ status: 'open', limit: 10 })).items).toHaveLength(2);
    expect(await late.countOpen()).toBe(2);
  });
}

describe('a record of an unknown data key in SQLite', () => {
  suite(() => (sealer, found) => {
    const onDamaged = (id: string, finding: string): void => found(`damaged: ${id}: ${finding}`);
    const onTrouble = (_operation: string, message: string): void => found(message);
    return createSqliteStore({ file: join(folder, 'holdgate.db'), clock, sealer, onDamaged, onTrouble });
  });
});

describeRedis('a record of an unknown data key in Redis', () => {
  const redis = useRedis({ appendfsync: 'no' });
  suite(() => (sealer, found) => {
    const settings = redisSettings(redis().port, { prefix: 'unknown-key' });
    return createRedisStore({
      settings,
      clock,
      time: () => clock.now(),
      sealer,
      onDamaged: (id, finding) => found(`damaged: ${id}: ${finding}`),
      onTrouble: (_operation, message) => found(message),
    });
  });
});
