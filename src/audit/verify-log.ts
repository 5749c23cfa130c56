// Verifies whole segment folders: every segment, every link, every signature. Used offline and behind a running gate.
import type { Signer } from '../ports/signer.ts';
import type { Finding } from './finding.ts';
import type { SegmentFolder } from './segment-folder.ts';
import { CHAIN_START, type ChainHead, type SegmentCheck, verifyCheckpoint, verifySegment } from './verify-segment.ts';

/** Whoever knows the public keys. */
export type CheckpointVerifier = Pick<Signer, 'verify'>;

export interface LogCheck {
  readonly segments: number;
  readonly entries: number;
  readonly checkpoints: number;
  readonly findings: readonly Finding[];
  readonly head: ChainHead;
  /** Check of the last segment that was verified. */
  readonly last: { readonly name: string; readonly number: number; readonly check: SegmentCheck } | undefined;
}

export interface VerifyOptions {
  /** Names, oldest first; default: all of the folder. */
  readonly names?: readonly string[];
  /** Head of the chain before the first of them; undefined: taken from the file. */
  readonly after?: ChainHead;
  /** `last`: only the newest signature of each segment, which covers all before it. */
  readonly signatures: 'all' | 'last';
  /** Whether the last name is the segment that is being written. */
  readonly newest: boolean;
}

/** Verifies a chain of segments. Never rejects for what is in the files: everything wrong is a finding. */
export async function verifyLog(
  folder: SegmentFolder,
  signer: CheckpointVerifier,
  options: VerifyOptions,
): Promise<LogCheck> {
  const names = options.names ?? (await folder.names());
  const findings: Finding[] = [];
  let head = options.after;
  let entries = 0;
  let checkpoints = 0;
  let expected: number | undefined;
  let last: LogCheck['last'];
  for (const [index, name] of names.entries()) {
    const number = Number.parseInt(name, 10);
    if (expected !== undefined && number !== expected) {
      findings.push({ at: name, kind: 'sequence', message: `expected segment ${expected} before it: it is missing` });
    }
    expected = number + 1;
    let bytes: Buffer;
    try {
      bytes = await folder.read(name);
    } catch (error) {
      findings.push({ at: name, kind: 'unreadable', message: (error as Error).message });
      head = undefined;
      continue;
    }
    const newest = options.newest && index === names.length - 1;
    const after = number === 1 ? CHAIN_START : head;
    const check = await verifySegment(bytes, { name, number, after, newest });
    findings.push(...check.findings);
    for (const checkpoint of options.signatures === 'all' ? check.checkpoints : check.checkpoints.slice(-1)) {
      const finding = await verifyCheckpoint(checkpoint, signer);
      if (finding) findings.push(finding);
    }
    // Entries behind the last seal of a damaged segment have used their numbers.
    head = { seq: Math.max(check.head.seq, check.lastSeq), sha256: check.head.sha256 };
    entries += check.entries;
    checkpoints += check.checkpoints.length;
    last = { name, number, check };
  }
  return { segments: names.length, entries, checkpoints, findings, head: head ?? CHAIN_START, last };
}

/** Every segment, every link, every signature. */
export async function verifyAll(folder: SegmentFolder, signer: CheckpointVerifier): Promise<LogCheck> {
  const names = await folder.names();
  const check = await verifyLog(folder, signer, { names, signatures: 'all', newest: true });
  const first = Number.parseInt(names[0] ?? '1', 10);
  if (first === 1) return check;
  const missing: Finding = { at: names[0] ?? '', kind: 'sequence', message: `segments 1–${first - 1} are missing` };
  return { ...check, findings: [missing, ...check.findings] };
}
