// Verifies one segment against the chain: every seal recomputed over the exact bytes, every sequence number in order.
// After a finding it goes on with what the next seal states, so that one edit does not hide a second one.
import { createHash } from 'node:crypto';
import type { Signer } from '../ports/signer.ts';
import type { Finding, FindingKind } from './finding.ts';
import {
  CHECKPOINT_TYP,
  entrySeq,
  GENESIS,
  parseCheckpoint,
  parseHead,
  parseSeal,
  type Seal,
  type SegmentHead,
} from './line.ts';

/** Where the chain stands: the last sealed sequence number and the sha256 of its seal. */
export interface ChainHead {
  readonly seq: number;
  readonly sha256: string;
}

export const CHAIN_START: ChainHead = { seq: 0, sha256: GENESIS };

export interface Checkpoint {
  readonly jws: string;
  readonly at: string;
  /** The chain head that it has to state. */
  readonly head: ChainHead;
}

export interface SegmentCheck {
  readonly findings: readonly Finding[];
  /** What the segment says about itself, if its first line can be read. */
  readonly first: SegmentHead | undefined;
  readonly head: ChainHead;
  /** Highest sequence number seen, sealed or not. */
  readonly lastSeq: number;
  readonly entries: number;
  readonly checkpoints: readonly Checkpoint[];
  /** The last line is a checkpoint. */
  readonly signed: boolean;
  /** Byte offset behind the last seal; behind it only `tail`. */
  readonly sealedEnd: number;
  readonly tail: {
    /** Byte offset behind the last whole, orderly line. */
    readonly wholeEnd: number;
    /** Whole entries without a seal. */
    readonly entries: number;
  };
}

export interface SegmentExpectation {
  /** File name, for positions. */
  readonly name: string;
  readonly number: number;
  /** Head of the segment before; undefined where it is not known (then the file's own word is taken). */
  readonly after: ChainHead | undefined;
  /** True for the newest segment: only there may an end be torn. */
  readonly newest: boolean;
}

const NEWLINE = 0x0a;
const MAX_FINDINGS = 50;
const LINES_PER_STEP = 2000;

/** sha256 (hex) of a batch: the previous seal's hash, "\n", then the bytes. */
export function batchHash(prev: string, bytes: Uint8Array): string {
  return createHash('sha256').update(prev).update('\n').update(bytes).digest('hex');
}

/** Verifies in steps that leave the event loop room: a segment is long, and calls are waiting. */
export async function verifySegment(bytes: Buffer, expected: SegmentExpectation): Promise<SegmentCheck> {
  const steps = segmentSteps(bytes, expected);
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done) return step.value;
    await new Promise(setImmediate);
  }
}

function* segmentSteps(bytes: Buffer, expected: SegmentExpectation): Generator<undefined, SegmentCheck> {
  const findings: Finding[] = [];
  const checkpoints: Checkpoint[] = [];
  let first: SegmentHead | undefined;
  let head = expected.after ?? CHAIN_START;
  let next = head.seq + 1;
  let lastSeq = head.seq;
  let entries = 0;
  let line = 0;
  let sealedEnd = 0;
  let wholeEnd = 0;
  let unsealed = 0;
  let signedEnd = -1;
  let bad = 0; // Lines in no known form since the last seal.

  const find = (kind: FindingKind, message: string, at = line): void => {
    if (findings.length < MAX_FINDINGS)
      findings.push({ at: at > 0 ? `${expected.name}:${at}` : expected.name, kind, message });
  };

  const onHead = (text: string): void => {
    const stated = parseHead(text);
    if (!stated) {
      bad++;
      find('edited', 'the first line does not name the segment');
      return;
    }
    if (stated.number !== expected.number) {
      find('sequence', `the file says that it is segment ${stated.number}, its name says ${expected.number}`);
    }
    if (expected.after && (stated.prev !== head.sha256 || stated.first !== next)) {
      find(
        'unlinked',
        `expected to follow entry ${head.seq} (${head.sha256.slice(0, 12)}…), follows ${stated.first - 1} (${stated.prev.slice(0, 12)}…)`,
      );
    }
    first = stated;
    head = { seq: stated.first - 1, sha256: stated.prev };
    next = stated.first;
  };

  const onEntry = (seq: number): void => {
    entries++;
    unsealed++;
    if (seq !== next) find('sequence', `expected entry ${next}, found ${seq}: entries were dropped, repeated or moved`);
    next = seq + 1;
    lastSeq = Math.max(lastSeq, seq);
  };

  const onSeal = (seal: Seal, start: number, end: number): void => {
    if (seal.prev !== head.sha256) find('unlinked', 'the seal does not follow the seal before it');
    if (seal.from !== head.seq + 1 || seal.to !== next - 1) {
      find('sequence', `the seal covers entries ${seal.from}–${seal.to}, the file holds ${head.seq + 1}–${next - 1}`);
    }
    if (batchHash(seal.prev, bytes.subarray(sealedEnd, start)) !== seal.sha256) {
      find('edited', `entries ${seal.from}–${seal.to} are not what was sealed`);
    }
    head = { seq: seal.to, sha256: seal.sha256 };
    next = seal.to + 1;
    lastSeq = Math.max(lastSeq, seal.to);
    sealedEnd = end;
    unsealed = 0;
    bad = 0;
  };

  const onLine = (text: string, start: number, end: number): void => {
    if (line === 1) return onHead(text);
    const seq = entrySeq(text);
    if (seq !== undefined) return onEntry(seq);
    const seal = parseSeal(text);
    if (seal) return onSeal(seal, start, end);
    const jws = parseCheckpoint(text);
    if (jws === undefined) {
      bad++;
      return find('edited', 'not a line that the audit log writes');
    }
    // A checkpoint is written right behind the seal that it signs, and only once that is on disk.
    if (unsealed > 0 || start !== sealedEnd || head.seq === 0) {
      find('sequence', 'a checkpoint that does not directly follow a seal');
    }
    signedEnd = end;
    checkpoints.push({ jws, at: `${expected.name}:${line}`, head });
    return undefined;
  };

  let start = 0;
  for (let end = bytes.indexOf(NEWLINE, start); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
    line++;
    onLine(bytes.toString('utf8', start, end), start, end + 1);
    start = end + 1;
    if (bad === 0) wholeEnd = start;
    if (line % LINES_PER_STEP === 0) yield;
  }
  const cut = bytes.length - start;
  const torn = cut > 0 || unsealed > 0 || bytes.length === 0;
  if (torn && bad === 0) {
    if (cut > 0) line++;
    const what = `ends without a seal: ${unsealed} whole entries and ${cut} bytes of a cut line`;
    find(expected.newest ? 'torn' : 'edited', what);
  }
  // Closing a segment signs it; that is what vouches for its last checkpoint line, which no seal covers.
  if (!expected.newest && !torn && signedEnd !== bytes.length) {
    find('edited', 'the segment was closed with a checkpoint, which is missing');
  }
  const signed = signedEnd === bytes.length;
  return {
    findings,
    first,
    head,
    signed,
    lastSeq,
    entries,
    checkpoints,
    sealedEnd,
    tail: { wholeEnd, entries: unsealed },
  };
}

/** What a checkpoint signs, as canonical JSON. */
export function checkpointStatement(at: number, head: ChainHead): string {
  return `{"at":${at},"seq":${head.seq},"sha256":"${head.sha256}","v":1}`;
}

/** Undefined if the checkpoint is signed by a known key and states its head; else the finding. */
export async function verifyCheckpoint(
  checkpoint: Checkpoint,
  signer: Pick<Signer, 'verify'>,
): Promise<Finding | undefined> {
  const { at, head, jws } = checkpoint;
  const payload = await signer.verify(jws, CHECKPOINT_TYP);
  if (!payload) return { at, kind: 'checkpoint', message: 'the checkpoint is not signed by a known key' };
  const text = Buffer.from(payload).toString('utf8');
  const stated = /^\{"at":(\d+),/.exec(text);
  if (text !== checkpointStatement(Number(stated?.[1]), head)) {
    return { at, kind: 'checkpoint', message: `the checkpoint signs another state than entry ${head.seq} before it` };
  }
  return undefined;
}
