import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSegmentFolder } from '../../src/audit/segment-folder.ts';
import { verifyAll } from '../../src/audit/verify-log.ts';
import { canonicalJson } from '../../src/core/canonical-json.ts';
import { AuditUnavailable } from '../../src/ports/audit-log.ts';
import { type Bench, bench, faultyFolder, noFaults, until } from './log-fixture.ts';

let b: Bench;

function tool(name: string, args: readonly string[]): void {
  execFileSync(name, args, { stdio: 'ignore' });
}

function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'hg-mount-'));
  try {
    tool('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]);
    tool('umount', [folder]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

beforeEach(async () => {
  b = await bench();
});
afterEach(() => rmSync(join(b.path, '..'), { recursive: true, force: true }));

const entry = (n: number): { at: number; n: number; type: string } => ({
  at: b.clock.now(),
  n,
  type: 'test:thing:done',
});
const segments = (): string[] =>
  readdirSync(b.path)
    .filter((name) => name.endsWith('.jsonl'))
    .toSorted();
const lines = (): string[] =>
  segments().flatMap((name) => readFileSync(join(b.path, name), 'utf8').split('\n').slice(0, -1));
const entries = (): { entry: Record<string, unknown>; id: string; seq: number }[] =>
  lines()
    .filter((line) => line.startsWith('{"entry"'))
    .map((line) => JSON.parse(line) as { entry: Record<string, unknown>; id: string; seq: number });
const check = async (): Promise<Awaited<ReturnType<typeof verifyAll>>> =>
  verifyAll(await openSegmentFolder(b.path, false), b.signer);

describe('the log', () => {
  it('writes canonical lines with sequence numbers and ids that verify over restarts', async () => {
    for (const round of [0, 1, 2]) {
      const log = await b.open();
      for (let n = 0; n < 10; n++) expect(log.routine(entry(round * 10 + n))).toBe(true);
      await log.close();
    }
    expect(entries().map((line) => [line.seq, line.entry['n']])).toEqual(
      Array.from({ length: 30 }, (_, n) => [n + 1, n]),
    );
    expect(new Set(entries().map((line) => line.id)).size).toBe(30);
    for (const line of lines()) expect(canonicalJson(JSON.parse(line))).toBe(line);
    const result = await check();
    expect(result.findings).toEqual([]);
    expect(result).toMatchObject({ segments: 1, entries: 30, checkpoints: 3, head: { seq: 30 } });
    expect(b.broken).toEqual([]);
  });

  it('makes canonical lines of entries whose members are in any order or whose text is ill-formed', async () => {
    const log = await b.open();
    log.routine({ type: 'b', at: 1, z: { y: 1, x: undefined }, a: ['\u2028', 'é', '"\\\u0007'] });
    log.routine({ at: 2, text: 'lone \ud800 surrogate', type: 'c' });
    await log.close();
    for (const line of lines()) expect(canonicalJson(JSON.parse(line))).toBe(line);
    expect(entries()[1]?.entry['text']).toBe('lone \ufffd surrogate');
    expect((await check()).findings).toEqual([]);
  });

  it('keeps routine entries for a few milliseconds and writes them as one sealed batch', async () => {
    const log = await b.open({ flushMs: 5 });
    for (let n = 0; n < 100; n++) log.routine(entry(n));
    expect(segments()).toEqual([]);
    b.clock.advance(5);
    await until(() => segments().length === 1 && lines().length === 102);
    expect(lines().filter((line) => line.startsWith('{"seal"'))).toHaveLength(1);
    await log.close();
  });

  it('has an entry and all before it on disk when durable resolves, and shares one sync between those at once', async () => {
    const faults = noFaults();
    const log = await b.open({}, await faultyFolder(b.path, faults));
    log.routine(entry(0));
    await log.durable(entry(1));
    expect(entries().map((line) => line.entry['n'])).toEqual([0, 1]);
    expect(faults.syncs).toBe(1);
    await Promise.all(Array.from({ length: 200 }, (_, n) => log.durable(entry(n + 2))));
    expect(faults.syncs).toBe(2);
    expect(entries()).toHaveLength(202);
    await log.close();
  });

  it('signs a checkpoint of the chain head every second in which something was written, after a sync', async () => {
    const faults = noFaults();
    const log = await b.open({ checkpointMs: 1000 }, await faultyFolder(b.path, faults));
    log.routine(entry(0));
    b.clock.advance(5);
    await until(() => entries().length === 1);
    expect(faults.syncs).toBe(0);
    const checkpoints = (): string[] => lines().filter((line) => line.startsWith('{"checkpoint"'));
    await until(() => {
      b.clock.advance(1000);
      return checkpoints().length === 1;
    });
    expect(faults.syncs).toBe(1);
    const { checkpoint } = JSON.parse(checkpoints()[0] ?? '') as { checkpoint: string };
    const payload = await b.signer.verify(checkpoint, 'holdgate-checkpoint+json');
    const seal = (JSON.parse(lines()[2] ?? '') as { seal: { sha256: string } }).seal;
    expect(JSON.parse(Buffer.from(payload ?? []).toString())).toMatchObject({ seq: 1, sha256: seal.sha256, v: 1 });
    await log.close();
    expect(checkpoints()).toHaveLength(1);
    expect((await check()).findings).toEqual([]);
  });

  it('goes on in a new segment once one is long, chained over the files', async () => {
    const log = await b.open({ segmentBytes: 2000 });
    for (let n = 0; n < 40; n++) await log.durable(entry(n));
    await log.close();
    expect(segments().length).toBeGreaterThan(3);
    const result = await check();
    expect(result.findings).toEqual([]);
    expect(result.entries).toBe(40);
    const again = await b.open({ segmentBytes: 2000 });
    expect(await again.verified).toEqual([]);
    await again.durable(entry(40));
    await again.close();
    expect((await check()).findings).toEqual([]);
  });

  it('refuses a second writer with a message and lets the next one in after close', async () => {
    const log = await b.open();
    await expect(b.open()).rejects.toThrow(new RegExp(`another gate \\(process ${process.pid}\\) is writing to`));
    await log.close();
    await (await b.open()).close();
  });

  it('takes nothing after close', async () => {
    const log = await b.open();
    await log.close();
    expect(log.routine(entry(0))).toBe(false);
    await expect(log.durable(entry(0))).rejects.toBeInstanceOf(AuditUnavailable);
  });
});

describe('when the disk fails', () => {
  it('refuses durable entries, keeps routine ones, and writes the backlog without a gap when it is back', async () => {
    const faults = { ...noFaults(), room: 1500 };
    const log = await b.open({}, await faultyFolder(b.path, faults));
    await log.durable(entry(0));
    faults.room = 130; // Cuts the next batch in the middle of a line.
    log.routine(entry(1));
    await expect(log.durable(entry(2))).rejects.toThrow(/audit log: ENOSPC/);
    await expect(log.durable(entry(3))).rejects.toBeInstanceOf(AuditUnavailable);
    expect(b.failed).toEqual(['ENOSPC: no space left on device, write']);
    expect(log.routine(entry(4))).toBe(true);
    faults.room = Infinity;
    await log.durable(entry(5));
    log.routine(entry(6));
    await log.close();
    expect(entries().map((line) => line.entry['n'] ?? line.entry['type'])).toEqual([
      0,
      1,
      4,
      5,
      'audit:log:recovered',
      6,
    ]);
    expect(entries()[4]?.entry).toMatchObject({ detail: 'ENOSPC: no space left on device, write', refused: 2 });
    expect(entries().map((line) => line.seq)).toEqual([1, 2, 3, 4, 5, 6]);
    expect((await check()).findings).toEqual([]);
  });

  it('tries again by itself while only routine entries come', async () => {
    const faults = { ...noFaults(), room: 0 };
    const log = await b.open({ retryMs: 1000 }, await faultyFolder(b.path, faults));
    log.routine(entry(0));
    b.clock.advance(5);
    await until(() => b.failed.length === 1);
    faults.room = Infinity;
    await until(() => {
      b.clock.advance(1000);
      return segments().length === 1 && entries().length >= 1;
    });
    await log.close();
    expect((await check()).findings).toEqual([]);
  });

  it('bounds the backlog in bytes and says so by returning false', async () => {
    const faults = { ...noFaults(), room: 0 };
    const log = await b.open({ backlogBytes: 70_000 }, await faultyFolder(b.path, faults));
    let taken = 0;
    while (taken < 1000 && log.routine(entry(taken))) taken++;
    expect(taken).toBeGreaterThan(50);
    expect(taken).toBeLessThan(200);
    await expect(log.durable(entry(0))).rejects.toThrow(/backlog is full/);
    faults.room = Infinity;
    b.clock.advance(5);
    await until(() => segments().length === 1 && entries().length === taken);
    expect(log.routine(entry(taken))).toBe(true);
    await log.close();
    expect(entries().map((line) => line.entry['n'])).toEqual(Array.from({ length: taken + 1 }, (_, n) => n));
  });

  it('writes everything since the last good sync again after a failed one', async () => {
    const faults = noFaults();
    const folder = await faultyFolder(b.path, faults);
    const log = await b.open({}, folder);
    await log.durable(entry(0));
    log.routine(entry(1));
    b.clock.advance(5);
    await until(() => entries().length === 2);
    faults.badSyncs = 1;
    await expect(log.durable(entry(2))).rejects.toThrow(/EIO/);
    await log.durable(entry(3));
    await log.close();
    expect(entries().map((line) => line.entry['n'] ?? line.entry['type'])).toEqual([0, 1, 3, 'audit:log:recovered']);
    expect((await check()).findings).toEqual([]);
  });

  it('survives a disk that takes a few bytes at a time', async () => {
    const log = await b.open({}, await faultyFolder(b.path, { ...noFaults(), chunk: 7 }));
    for (let n = 0; n < 5; n++) await log.durable(entry(n));
    await log.close();
    expect((await check()).findings).toEqual([]);
  });

  it('verifies whatever the point at which the disk ran full, whether it comes back or the process ends', async () => {
    for (let room = 0; room < 900; room += 13) {
      const c = await bench(undefined, b.signer);
      const faults = { ...noFaults(), room, realSync: false };
      const log = await c.open({}, await faultyFolder(c.path, faults));
      let refused = 0;
      for (let n = 0; n < 4; n++) await log.durable(entry(n)).catch(() => refused++);
      const back = room % 2 === 0;
      if (back) faults.room = Infinity;
      await log.close().catch((error: unknown) => expect(error).toBeInstanceOf(AuditUnavailable));
      const folder = await openSegmentFolder(c.path, false);
      const next = await c.open();
      await next.durable(entry(9));
      await next.close();
      expect((await verifyAll(folder, b.signer)).findings, `room ${room}`).toEqual([]);
      expect(c.broken).toEqual([]);
      rmSync(join(c.path, '..'), { recursive: true });
      expect(refused).toBeLessThanOrEqual(4);
    }
  });

  it.skipIf(!canMount())('stands a really full file system (skipped where a tmpfs cannot be mounted)', async () => {
    const root = join(b.path, '..', 'tmpfs');
    mkdirSync(root);
    tool('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', root]);
    try {
      const c = await bench(root, b.signer);
      const log = await c.open();
      await log.durable(entry(0));
      const ballast = join(root, 'ballast');
      expect(() => writeFileSync(ballast, Buffer.alloc(256 * 1024))).toThrow(/ENOSPC/);
      // What is left of the last page is used up first.
      let n = 1;
      while (
        await log.durable(entry(n)).then(
          () => true,
          (error: unknown) => !(error instanceof AuditUnavailable),
        )
      )
        n++;
      expect(log.routine(entry(n))).toBe(true);
      rmSync(ballast);
      await log.durable(entry(n + 1));
      await log.close();
      const result = await verifyAll(await openSegmentFolder(c.path, false), b.signer);
      expect(result.findings).toEqual([]);
      expect(c.failed).toEqual([expect.stringContaining('ENOSPC')]);
      const text = readFileSync(join(c.path, '000001.jsonl'), 'utf8');
      for (let k = 0; k <= n + 1; k++) expect(text).toContain(`"n":${k},`);
    } finally {
      tool('umount', ['-l', root]);
    }
  });

  it('rejects close when entries are lost', async () => {
    const log = await b.open({}, await faultyFolder(b.path, { ...noFaults(), room: 0 }));
    log.routine(entry(0));
    await expect(log.close()).rejects.toThrow(/1 entries could not be written: ENOSPC/);
  });
});
