import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Finding } from '../src/audit/finding.ts';
import { commandLogFolder, workerLogFolder } from '../src/audit/log-folders.ts';
import { openAuditLog } from '../src/audit/open-audit-log.ts';
import { AuditLocked, takeWriterLock } from '../src/audit/writer-lock.ts';
import { readReplica, takeDataDir } from '../src/data-dir.ts';
import { loadKeys } from '../src/signers/load-keys.ts';
import { createIdSource } from '../src/system-clock.ts';
import { createManualClock, type ManualClock } from './ports/manual-clock.ts';

let folder: string;
let clock: ManualClock;
let waited: string[];
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'hg-data-')), 'data');
  clock = createManualClock();
  waited = [];
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

const raise = (what: unknown): never => {
  throw new Error(JSON.stringify(what));
};
const take = (workers: number, onBroken: (findings: readonly Finding[]) => void = raise): Promise<() => void> =>
  takeDataDir(folder, {
    clock,
    ids: createIdSource(clock),
    opening: {
      onBroken,
      onFailed: raise,
      patience: { ms: 1000, onWaiting: (message) => void waited.push(message) },
    },
    mountedKeys: undefined,
    workers,
  });

async function broken(
  start: (told: (findings: readonly Finding[]) => void) => Promise<() => void>,
): Promise<Finding[]> {
  const found: Finding[] = [];
  (await start((findings) => found.push(...findings)))();
  return found;
}

describe('taking a data directory', () => {
  it('makes keys and a name once, and the folders of all logs before anybody writes', async () => {
    (await take(2))();
    const made = ['signing.json', 'data.json'].map((name) => readFileSync(join(folder, 'keys', name), 'utf8'));
    const name = readReplica(folder);
    expect(name).toMatch(/^rep_[0-9A-HJKMNP-TV-Z]{26}$/);
    expect([readReplica(folder, { number: 1 }), readReplica(folder, { number: 12 })]).toEqual([
      `${name}-1`,
      `${name}-12`,
    ]);
    expect(readdirSync(join(folder, 'audit'))).toEqual(['worker-1', 'worker-2']);
    (await take(0))();
    expect(readReplica(folder)).toBe(name);
    expect(['signing.json', 'data.json'].map((file) => readFileSync(join(folder, 'keys', file), 'utf8'))).toEqual(made);
  });

  it('says that there is a file where the folder would be', async () => {
    writeFileSync(folder, '');
    await expect(take(0)).rejects.toThrow(`data_dir cannot be made: ${folder}: it, or a part of its path, is a file`);
  });

  it('is refused while another gate has it, whatever the numbers of workers, and possible again afterwards', async () => {
    for (const [has, wants] of [
      [0, 0],
      [0, 2],
      [2, 0],
      [2, 3],
    ] as const) {
      const giveBack = await take(has);
      await expect(take(wants)).rejects.toThrow(AuditLocked);
      await expect(take(wants)).rejects.toThrow(`another gate (process ${process.pid}) is writing to ${folder}`);
      giveBack();
      (await take(wants))();
    }
    expect(waited).toEqual([]);
  });

  it('lets go of it where its keys are gone although there are records', async () => {
    (await take(1))();
    rmSync(join(folder, 'keys'), { recursive: true });
    await expect(take(1)).rejects.toThrow(/\.json is missing/);
    takeWriterLock(folder, 'gate').release();
  });

  it.each(['local', '', 'rep_short', `rep_${'!'.repeat(26)}`])(
    'refuses the name "%s" and says what to do',
    async (id) => {
      (await take(0))();
      writeFileSync(join(folder, 'replica-id'), `${id}\n`);
      await expect(take(0)).rejects.toThrow(/replica-id does not hold a replica id .*restore it, or remove it/);
    },
  );

  it('mends the torn end of a log that is not written to this time', async () => {
    (await take(3))();
    const path = workerLogFolder(join(folder, 'audit'), 3);
    const { signer } = await loadKeys({ own: join(folder, 'keys'), mounted: undefined, allowCreate: false, clock });
    const log = await openAuditLog({
      path,
      signer,
      clock,
      ids: createIdSource(clock),
      onBroken: raise,
      onFailed: raise,
    });
    await log.durable({ at: 1, type: 'test:thing:done' });
    await log.close();
    const file = join(path, '000001.jsonl');
    appendFileSync(file, '{"entry":{"at":1,"ty');
    (await take(3))();
    expect(readFileSync(file, 'utf8')).toMatch(/"ty$/);
    for (const fewer of [2, 0]) {
      (await take(fewer))();
      expect(readFileSync(file, 'utf8')).not.toMatch(/"ty$/);
      expect(readFileSync(file, 'utf8').match(/audit:log:tail-recovered/g)).toHaveLength(1);
    }
  });

  it('mends the log of commands too, unless a command is writing to it', async () => {
    (await take(0))();
    const path = commandLogFolder(join(folder, 'audit'));
    const { signer } = await loadKeys({ own: join(folder, 'keys'), allowCreate: false, clock });
    const ids = createIdSource(clock);
    const log = await openAuditLog({ path, signer, clock, ids, onBroken: raise, onFailed: raise });
    await log.durable({ at: 1, type: 'agent-key:aws:issued' });
    await log.close();
    const file = join(path, '000001.jsonl');
    appendFileSync(file, '{"entry":{"at":1,"ty');
    const lock = takeWriterLock(path);
    (await take(0))();
    expect(readFileSync(file, 'utf8')).toMatch(/"ty$/);
    lock.release();
    (await take(2))();
    expect(readFileSync(file, 'utf8')).toContain('audit:log:tail-recovered');
    expect(waited).toEqual([]);
  });

  it('starts, and says so, where the log of commands is not its own to open', async () => {
    (await take(0))();
    const path = commandLogFolder(join(folder, 'audit'));
    mkdirSync(join(folder, 'audit'));
    writeFileSync(path, '');
    const [found] = await broken((told) => take(0, told));
    expect(found).toMatchObject({ at: path, kind: 'unreadable' });
    expect(found?.message).toContain('the log of commands cannot be opened');
  });

  it('waits for a worker of a gate that was killed, but not for ever', async () => {
    (await take(2))();
    const path = workerLogFolder(join(folder, 'audit'), 2);
    const left = takeWriterLock(path);
    const soon = take(1);
    await expect
      .poll(() => waited)
      .toEqual([
        `another gate (process ${process.pid}) is writing to ${path}: stop it first, or give this one its own data_dir`,
      ]);
    left.release();
    clock.advance(100);
    (await soon)();
    const stays = takeWriterLock(path);
    const never = take(1);
    const refused = expect(never).rejects.toThrow(AuditLocked);
    await expect.poll(() => waited.length).toBe(2);
    // Until it has looked for the last time.
    const looking = setInterval(() => clock.advance(100), 1);
    await refused;
    clearInterval(looking);
    stays.release();
    (await take(1))();
  });
});
