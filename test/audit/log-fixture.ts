// A log on a real folder with a clock and ids of its own, and a disk that can be made to fail.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditLimits } from '../../src/audit/audit-log.ts';
import type { Finding } from '../../src/audit/finding.ts';
import { type OpenedAuditLog, openAuditLog } from '../../src/audit/open-audit-log.ts';
import { openSegmentFolder, type SegmentFolder } from '../../src/audit/segment-folder.ts';
import type { IdSource } from '../../src/ports/clock.ts';
import type { Signer } from '../../src/ports/signer.ts';
import { createSigner } from '../../src/signers/ed25519.ts';
import { createManualClock, type ManualClock } from '../ports/manual-clock.ts';

function countingIds(): IdSource {
  let n = 0;
  return { next: (prefix) => `${prefix}_${String(++n).padStart(26, '0')}` };
}

export interface Bench {
  readonly path: string;
  readonly signer: Signer;
  readonly clock: ManualClock;
  readonly ids: IdSource;
  readonly broken: Finding[];
  readonly failed: string[];
  open(limits?: Partial<AuditLimits>, folder?: SegmentFolder): Promise<OpenedAuditLog>;
}

export async function bench(root: string = mkdtempSync(join(tmpdir(), 'hg-audit-')), signer?: Signer): Promise<Bench> {
  const path = join(root, 'audit');
  const clock = createManualClock(Date.UTC(2026, 0, 2, 3, 4, 5));
  const ids = countingIds();
  const broken: Finding[] = [];
  const failed: string[] = [];
  const key = signer ?? (await createSigner({ folder: join(root, 'keys'), allowCreate: true }));
  return {
    path,
    signer: key,
    clock,
    ids,
    broken,
    failed,
    open: (limits = {}, folder) =>
      openAuditLog({
        path,
        signer: key,
        clock,
        ids,
        limits,
        ...(folder && { folder }),
        onBroken: (findings) => broken.push(...findings),
        onFailed: (error) => failed.push(error),
      }),
  };
}

export interface Faults {
  /** Bytes that still fit; writes beyond are cut short, then fail. */
  room: number;
  /** How many of the next syncs fail. */
  badSyncs: number;
  /** Most bytes that one write takes. */
  chunk: number;
  syncs: number;
  /** False leaves the disk alone: thousands of small logs would only wait for it. */
  realSync: boolean;
}

/** The real folder behind a disk that can run full, write short and fail to sync. */
export async function faultyFolder(path: string, faults: Faults): Promise<SegmentFolder> {
  const real = await openSegmentFolder(path, true);
  const wrap = (file: Awaited<ReturnType<SegmentFolder['create']>>): typeof file => ({
    ...file,
    async write(bytes, position) {
      const fits = Math.min(bytes.length, faults.chunk, faults.room);
      if (fits === 0) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      faults.room -= fits;
      return file.write(bytes.subarray(0, fits), position);
    },
    async sync() {
      if (faults.badSyncs > 0) {
        faults.badSyncs--;
        throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
      }
      faults.syncs++;
      if (faults.realSync) await file.sync();
    },
  });
  return {
    ...real,
    sync: async () => {
      if (faults.realSync) await real.sync();
    },
    create: async (name) => wrap(await real.create(name)),
    reopen: async (name) => wrap(await real.reopen(name)),
  };
}

export const noFaults = (): Faults => ({ room: Infinity, badSyncs: 0, chunk: Infinity, syncs: 0, realSync: true });

/** Lets pending reads and writes finish: as many turns of the loop as real files need. */
export async function until(done: () => boolean): Promise<void> {
  for (let turn = 0; turn < 20_000 && !done(); turn++) await new Promise(setImmediate);
  if (!done()) throw new Error('it did not happen');
}
