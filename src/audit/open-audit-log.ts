// Opens a data directory's log: takes the writer's lock, verifies what is there, recovers a torn tail, and starts a new
// segment behind one that does not verify (docs/decisions/0003-start-on-broken-audit.md says why the gate still starts).
import type { AuditEntry, AuditLog } from '../ports/audit-log.ts';
import type { Clock, IdSource } from '../ports/clock.ts';
import type { Signer } from '../ports/signer.ts';
import { type AuditLimits, createAuditLog, DEFAULT_AUDIT_LIMITS } from './audit-log.ts';
import { type ChainPosition, createChainWriter } from './chain-writer.ts';
import type { Finding } from './finding.ts';
import { openSegmentFolder, type SegmentFolder } from './segment-folder.ts';
import { type LogCheck, verifyLog } from './verify-log.ts';
import { CHAIN_START } from './verify-segment.ts';
import { AuditLocked, takeWriterLock, type WriterLock } from './writer-lock.ts';

export interface OpenAuditLogOptions {
  /** `<data_dir>/audit`, or a worker's folder in it. */
  readonly path: string;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly ids: IdSource;
  /** Something in the record was changed; the gate goes on, loudly. */
  readonly onBroken: (findings: readonly Finding[]) => void;
  /** Writing began to fail; once per outage. */
  readonly onFailed: (error: string) => void;
  /** How long to wait for a writer that is still there, ms, and who is told; default: not at all. */
  readonly patience?: { readonly ms: number; readonly onWaiting: (message: string) => void };
  /** True leaves the older segments unread: for a log that nobody is going to write to. */
  readonly newestOnly?: boolean;
  readonly limits?: Partial<AuditLimits>;
  /** Tests put a failing disk here. */
  readonly folder?: SegmentFolder;
}

export interface OpenedAuditLog extends AuditLog {
  /** Resolves with what the background verification of older segments found; never rejects. */
  readonly verified: Promise<readonly Finding[]>;
}

interface Start {
  readonly position: ChainPosition;
  readonly entries: readonly AuditEntry[];
}

const MAX_REPORTED = 20;
/** ms between looks at a lock that somebody holds. */
const LOOK_AGAIN = 100;
const NOTHING = Buffer.alloc(0);

function brokenEntry(at: number, findings: readonly Finding[]): AuditEntry {
  return {
    at,
    findings: findings.slice(0, MAX_REPORTED).map(({ at: place, kind, message }) => ({ at: place, kind, message })),
    total: findings.length,
    type: 'audit:log:broken',
  };
}

/** Goes on in the same file if it verifies; behind what does not, in a new one. */
async function start(folder: SegmentFolder, newest: LogCheck, now: number): Promise<Start> {
  const fresh = { length: undefined, unsealed: NOTHING, unsealedEntries: 0, signed: true };
  const { last, findings } = newest;
  if (!last) return { position: { head: CHAIN_START, number: 1, ...fresh }, entries: [] };
  const serious = findings.filter((finding) => finding.kind !== 'torn');
  const { check, number, name } = last;
  if (serious.length > 0) {
    // Sequence numbers of the damaged file are never given out again.
    const head = { seq: Math.max(check.head.seq, check.lastSeq), sha256: check.head.sha256 };
    return { position: { head, number: number + 1, ...fresh }, entries: [brokenEntry(now, serious)] };
  }
  const bytes = await folder.read(name);
  const { sealedEnd, tail } = check;
  const position: ChainPosition = {
    head: check.head,
    number,
    length: tail.wholeEnd,
    unsealed: Buffer.from(bytes.subarray(sealedEnd, tail.wholeEnd)),
    unsealedEntries: tail.entries,
    signed: check.signed,
  };
  if (findings.length === 0) return { position, entries: [] };
  const recovery: AuditEntry = {
    at: now,
    cut_bytes: bytes.length - tail.wholeEnd,
    kept_entries: tail.entries,
    type: 'audit:log:tail-recovered',
  };
  return { position, entries: [recovery] };
}

/** The newest segment whole; with the one before it where it cannot say itself what it follows (cut near its start). */
async function verifyNewest(folder: SegmentFolder, signer: Signer, names: readonly string[]): Promise<LogCheck> {
  const options = { signatures: 'last', newest: true } as const;
  const newest = await verifyLog(folder, signer, { names: names.slice(-1), ...options });
  if (newest.last?.check.first || names.length < 2) return newest;
  return verifyLog(folder, signer, { names: names.slice(-2), ...options });
}

/** Takes the lock now, or as soon as its holder lets go within the patience. */
async function takeLock({ clock, path, patience }: OpenAuditLogOptions): Promise<WriterLock> {
  const until = clock.monotonic() + (patience?.ms ?? 0);
  for (let waited = false; ; waited = true) {
    try {
      return takeWriterLock(path);
    } catch (error) {
      if (!(error instanceof AuditLocked) || clock.monotonic() >= until) throw error;
      if (!waited) patience?.onWaiting(error.message);
      await new Promise<void>((resolve) => void clock.after(LOOK_AGAIN, resolve));
    }
  }
}

/** Rejects with AuditLocked if another process writes here, and if the folder cannot be read at all. */
export async function openAuditLog(options: OpenAuditLogOptions): Promise<OpenedAuditLog> {
  const { clock, ids, onBroken, onFailed, path, signer } = options;
  const limits = { ...DEFAULT_AUDIT_LIMITS, ...options.limits };
  const folder = options.folder ?? (await openSegmentFolder(path, true));
  const lock = await takeLock(options);
  try {
    const names = await folder.names();
    const newest = await verifyNewest(folder, signer, names);
    const { position, entries } = await start(folder, newest, clock.now());
    const writer = createChainWriter({ folder, signer, ids, segmentBytes: limits.segmentBytes }, position);
    const log = createAuditLog({ writer, clock, limits, onFailed });
    for (const entry of entries) log.routine(entry);
    const serious = newest.findings.filter((finding) => finding.kind !== 'torn');
    if (serious.length > 0) onBroken(serious);

    const verifyOlder = async (): Promise<readonly Finding[]> => {
      const older = await verifyLog(folder, signer, {
        names: names.slice(0, -1),
        signatures: 'last',
        newest: false,
      });
      const findings = [...older.findings, ...linkFinding(older, newest)];
      if (findings.length > 0) {
        log.routine(brokenEntry(clock.now(), findings));
        onBroken(findings);
      }
      return findings;
    };
    let closing = false;
    const older = options.newestOnly === true ? Promise.resolve([]) : verifyOlder();
    const verified = older.catch((error: unknown): readonly Finding[] => {
      const finding: Finding = { at: path, kind: 'unreadable', message: (error as Error).message };
      if (!closing) onBroken([finding]);
      return [finding];
    });
    return {
      routine: (entry) => log.routine(entry),
      durable: (entry) => log.durable(entry),
      verified,
      async close() {
        closing = true;
        try {
          await log.close();
        } finally {
          lock.release();
        }
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** The newest segment was verified on its own; this is its link to the one before. */
function linkFinding(older: LogCheck, newest: LogCheck): readonly Finding[] {
  const { last } = newest;
  if (!last) return [];
  const before = older.last?.number ?? 0;
  if (last.number !== before + 1) {
    return [{ at: last.name, kind: 'sequence', message: `segment ${last.number - 1} before it is missing` }];
  }
  if (before === 0) return [];
  const { first } = last.check;
  if (!first || (first.prev === older.head.sha256 && first.first === older.head.seq + 1)) return [];
  return [{ at: `${last.name}:1`, kind: 'unlinked', message: `does not follow segment ${before}` }];
}
