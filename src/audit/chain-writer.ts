// Writes sealed batches and checkpoints to the newest segment.
// INVARIANT: what counts as written is a prefix of whole, sealed batches; a failed write or sync leaves no trace in the
// state, and the next attempt first repairs the file to exactly that prefix.
import type { AuditEntry } from '../ports/audit-log.ts';
import type { IdSource } from '../ports/clock.ts';
import type { Signer } from '../ports/signer.ts';
import { CHECKPOINT_TYP, checkpointLine, entryLine, headLine, sealLine } from './line.ts';
import { type SegmentFile, type SegmentFolder, segmentName } from './segment-folder.ts';
import { batchHash, type ChainHead, checkpointStatement } from './verify-segment.ts';

/** Where writing goes on. */
export interface ChainPosition {
  readonly head: ChainHead;
  readonly number: number;
  /** Bytes of segment `number` that are good; undefined if the file is still to be made. */
  readonly length: number | undefined;
  /** Bytes behind the last seal that the next seal has to cover, and how many entries they hold. */
  readonly unsealed: Buffer;
  readonly unsealedEntries: number;
  /** Whether a checkpoint of `head` is written. */
  readonly signed: boolean;
}

export interface ChainWriter {
  /** Writes one batch; with `sync` it is on disk when this resolves. Calls must not overlap. */
  append(entries: readonly AuditEntry[], sync: boolean): Promise<void>;
  /** Syncs, then signs the chain head if it moved since the last checkpoint. */
  checkpoint(at: number): Promise<void>;
  /** Entries sealed since the last checkpoint. */
  sinceCheckpoint(): number;
  /** Mean bytes of an entry's line so far. */
  meanLine(): number;
  close(): Promise<void>;
}

export interface ChainWriterDeps {
  readonly folder: SegmentFolder;
  readonly signer: Signer;
  readonly ids: IdSource;
  readonly segmentBytes: number;
}

const NOTHING = Buffer.alloc(0);

async function writeAll(file: SegmentFile, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const written = await file.write(done === 0 ? bytes : bytes.subarray(done), position + done);
    if (written <= 0) throw new Error('the disk took no bytes');
    done += written;
  }
}

export function createChainWriter(deps: ChainWriterDeps, from: ChainPosition): ChainWriter {
  let { head, number, unsealed, unsealedEntries } = from;
  let file: SegmentFile | undefined;
  let exists = from.length !== undefined;
  let named = exists; // The folder's entry of the file is on disk.
  let position = from.length ?? 0;
  // After a failed fsync the kernel may have dropped the pages and forgotten the error: everything since the last good
  // one is kept here to be written again.
  let unsynced: Buffer[] = [];
  let syncedPosition = position;
  let damage: 'none' | 'write' | 'sync' = from.length === undefined ? 'none' : 'write';
  let signedSeq = from.signed ? head.seq : -1;
  let mean = 700;

  const ready = async (): Promise<SegmentFile> => {
    if (!file) {
      file = await (exists ? deps.folder.reopen(segmentName(number)) : deps.folder.create(segmentName(number)));
      exists = true;
    }
    if (!named) {
      await deps.folder.sync();
      named = true;
    }
    if (damage === 'sync') {
      await file.truncate(syncedPosition);
      await writeAll(file, Buffer.concat(unsynced), syncedPosition);
      damage = 'write';
    }
    if (damage === 'write') await file.truncate(position);
    damage = 'none';
    return file;
  };

  const put = async (bytes: Buffer, sync: boolean): Promise<void> => {
    const to = await ready();
    damage = 'write';
    await writeAll(to, bytes, position);
    if (sync) {
      damage = 'sync';
      await to.sync();
    }
    damage = 'none';
    position += bytes.length;
    if (sync) {
      syncedPosition = position;
      unsynced = [];
    } else {
      unsynced.push(bytes);
    }
  };

  const sync = async (): Promise<void> => {
    if (unsynced.length === 0) return;
    const to = await ready();
    damage = 'sync';
    await to.sync();
    damage = 'none';
    syncedPosition = position;
    unsynced = [];
  };

  const checkpoint = async (at: number): Promise<void> => {
    await sync();
    if (signedSeq === head.seq || position === 0) return;
    const jws = await deps.signer.sign(Buffer.from(checkpointStatement(at, head)), CHECKPOINT_TYP);
    const line = Buffer.from(checkpointLine(jws));
    await put(line, false);
    unsealed = Buffer.concat([unsealed, line]);
    signedSeq = head.seq;
  };

  const rotate = async (at: number): Promise<void> => {
    await checkpoint(at);
    await sync();
    await file?.close();
    file = undefined;
    exists = false;
    named = false;
    number++;
    position = 0;
    syncedPosition = 0;
    unsealed = NOTHING;
  };

  return {
    async append(entries, durable) {
      if (position >= deps.segmentBytes) await rotate(entries[0]?.at ?? 0);
      const first = head.seq + 1;
      let seq = first + unsealedEntries;
      let text = position === 0 ? headLine({ first, number, prev: head.sha256 }) : '';
      for (const entry of entries) text += entryLine(entry, deps.ids.next('evt'), seq++);
      const content = Buffer.from(text);
      const sha256 = batchHash(head.sha256, unsealed.length > 0 ? Buffer.concat([unsealed, content]) : content);
      const seal = { from: first, to: seq - 1, prev: head.sha256, sha256 };
      await put(Buffer.concat([content, Buffer.from(sealLine(seal))]), durable);
      head = { seq: seal.to, sha256 };
      unsealed = NOTHING;
      unsealedEntries = 0;
      mean += (content.length / entries.length - mean) / 8;
    },
    checkpoint,
    sinceCheckpoint: () => (position === 0 ? 0 : head.seq - signedSeq),
    meanLine: () => mean,
    async close() {
      try {
        await sync();
        if (damage !== 'none') await file?.truncate(position);
      } finally {
        await file?.close();
        file = undefined;
      }
    },
  };
}
