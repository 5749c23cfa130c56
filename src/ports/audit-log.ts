// Append-only record of everything that was decided and done.

/** A write to the log failed (disk full, file gone): privileged work must not go on. */
export class AuditUnavailable extends Error {
  override readonly name = 'AuditUnavailable';
}

/** One entry without its sequence number; plain JSON data, no secrets. `type` is `area:thing:phase`. */
export interface AuditEntry {
  /** Epoch ms. */
  readonly at: number;
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface AuditLog {
  /** Queues an entry for the next group commit. False if the backlog is full and the log cannot be written: refuse the call. */
  routine(entry: AuditEntry): boolean;
  /** Resolves when the entry (and all before it) is on disk; rejects with AuditUnavailable. */
  durable(entry: AuditEntry): Promise<void>;
  close(): Promise<void>;
}
