// The log's front: a queue that costs a call one array push, group commits behind it, and the rule for a disk that fails:
// privileged work stops at once, routine work goes on while its records fit into a bounded backlog.
import { type AuditEntry, type AuditLog, AuditUnavailable } from '../ports/audit-log.ts';
import type { Clock } from '../ports/clock.ts';
import type { ChainWriter } from './chain-writer.ts';

export interface AuditLimits {
  /** ms that a routine entry may wait for company; what a killed process loses at most. */
  readonly flushMs: number;
  /** Entries in one batch; bounds how long one batch occupies the event loop. */
  readonly batchEntries: number;
  /** A segment is closed once it is this long. */
  readonly segmentBytes: number;
  /** ms and entries between syncs with a signed checkpoint; what a power cut takes from routine entries at most. */
  readonly checkpointMs: number;
  readonly checkpointEntries: number;
  /** Routine entries kept in memory while the disk fails; beyond it calls are refused. */
  readonly backlogBytes: number;
  /** ms between attempts while the disk fails. */
  readonly retryMs: number;
}

export const DEFAULT_AUDIT_LIMITS: AuditLimits = {
  flushMs: 5,
  batchEntries: 512,
  segmentBytes: 16 * 1024 * 1024,
  checkpointMs: 1000,
  checkpointEntries: 20_000,
  backlogBytes: 16 * 1024 * 1024,
  retryMs: 1000,
};

export interface AuditLogDeps {
  readonly writer: ChainWriter;
  readonly clock: Clock;
  readonly limits: AuditLimits;
  readonly onFailed: (error: string) => void;
}

interface Waiter {
  readonly entry: AuditEntry;
  readonly resolve: () => void;
  readonly reject: (error: AuditUnavailable) => void;
}

export function createAuditLog({ writer, clock, limits, onFailed }: AuditLogDeps): AuditLog {
  let queue: AuditEntry[] = [];
  let waiters: Waiter[] = [];
  let scheduled = false;
  let closed = false;
  let running: Promise<void> | undefined;
  let checkpointDue = false;
  let cancelCheckpoint: (() => void) | undefined;
  let cancelRetry: (() => void) | undefined;
  let failure: { readonly since: number; readonly error: string; refused: number } | undefined;

  const pump = (): Promise<void> => {
    scheduled = true; // Until the pump is through, nobody needs to schedule another.
    running ??= drain().finally(() => {
      running = undefined;
      scheduled = false;
      // An entry may have come between the last look at the queue and here.
      if (failure === undefined && !closed && (queue.length > 0 || checkpointDue)) void pump();
    });
    return running;
  };

  const fail = (error: Error): void => {
    const rejected = waiters;
    waiters = [];
    // Nothing may be on disk that its caller was told is not there: their entries leave the queue.
    const gone = new Set(rejected.map((waiter) => waiter.entry));
    if (gone.size > 0) queue = queue.filter((entry) => !gone.has(entry));
    const first = failure === undefined;
    failure ??= { since: clock.now(), error: error.message, refused: 0 };
    failure.refused += rejected.length;
    if (first) onFailed(error.message);
    cancelRetry?.();
    if (!closed) cancelRetry = clock.after(limits.retryMs, () => void pump());
    for (const waiter of rejected) waiter.reject(new AuditUnavailable(`audit log: ${error.message}`, { cause: error }));
  };

  const recovered = (): void => {
    if (!failure) return;
    const { error, refused, since } = failure;
    failure = undefined;
    queue.push({ at: clock.now(), detail: error, refused, since, type: 'audit:log:recovered' });
  };

  const writeBatch = async (): Promise<void> => {
    const batch = queue.length <= limits.batchEntries ? queue : queue.slice(0, limits.batchEntries);
    queue = batch === queue ? [] : queue.slice(limits.batchEntries);
    const here = new Set(waiters.length > 0 ? batch : []);
    const answered = waiters.filter((waiter) => here.has(waiter.entry));
    try {
      await writer.append(batch, answered.length > 0);
    } catch (error) {
      queue = [...batch, ...queue];
      throw error;
    }
    if (answered.length > 0) waiters = waiters.filter((waiter) => !here.has(waiter.entry));
    for (const waiter of answered) waiter.resolve();
    recovered();
  };

  async function drain(): Promise<void> {
    try {
      while (queue.length > 0 || checkpointDue) {
        if (queue.length > 0) await writeBatch();
        if (checkpointDue || writer.sinceCheckpoint() >= limits.checkpointEntries) {
          await writer.checkpoint(clock.now());
          checkpointDue = false;
          recovered();
        } else if (writer.sinceCheckpoint() > 0) {
          scheduleCheckpoint();
        }
      }
    } catch (error) {
      fail(error as Error);
    }
  }

  function scheduleCheckpoint(): void {
    cancelCheckpoint ??= clock.after(limits.checkpointMs, () => {
      cancelCheckpoint = undefined;
      checkpointDue = true;
      void pump();
    });
  }

  const full = (): boolean => queue.length * writer.meanLine() > limits.backlogBytes;

  return {
    routine(entry) {
      if (closed || full()) return false;
      queue.push(entry);
      if (failure !== undefined) return true; // The retry takes it along.
      if (!scheduled) {
        scheduled = true;
        clock.after(limits.flushMs, () => void pump());
      } else if (queue.length === limits.batchEntries) {
        setImmediate(() => void pump());
      }
      return true;
    },

    durable(entry) {
      if (closed) return Promise.reject(new AuditUnavailable('audit log: closed'));
      if (full()) return Promise.reject(new AuditUnavailable('audit log: the backlog is full'));
      return new Promise((resolve, reject) => {
        queue.push(entry);
        waiters.push({ entry, resolve, reject });
        // Everything asked for in this turn of the loop, or while a write is under way, shares one sync.
        queueMicrotask(() => void pump());
      });
    },

    async close() {
      if (closed) return;
      closed = true;
      cancelCheckpoint?.();
      cancelRetry?.();
      await running;
      checkpointDue = true;
      failure = undefined;
      await pump();
      // `fail` may have set it again meanwhile.
      const left = failure as { readonly error: string } | undefined;
      await writer.close();
      if (left) throw new AuditUnavailable(`audit log: ${queue.length} entries could not be written: ${left.error}`);
    },
  };
}
