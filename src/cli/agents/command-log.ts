// The audit log that commands write, beside those of the gate's processes: a chain of its own, signed by the same key, one command at a time.
// INVARIANT: an entry that was not refused is on disk; behind it is a signed checkpoint when `close` resolves.
import { commandLogFolder } from '../../audit/log-folders.ts';
import { openAuditLog } from '../../audit/open-audit-log.ts';
import { AuditLocked } from '../../audit/writer-lock.ts';
import type { AuditEntry } from '../../ports/audit-log.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Signer } from '../../ports/signer.ts';
import { createIdSource } from '../../system-clock.ts';

export interface CommandLog {
  /** Durable when it resolves; rejects with AuditUnavailable. */
  write(entry: AuditEntry): Promise<void>;
  close(): Promise<void>;
}

export interface CommandLogOptions {
  /** `<data_dir>/audit` */
  readonly audit: string;
  readonly signer: Signer;
  readonly clock: Clock;
  /** Hears what an auditor would find wrong in what is there; the log goes on behind it. */
  readonly warn: (message: string) => void;
}

/** How long another command is waited for, ms. */
const PATIENCE = 10_000;

/** A process must not end because all that it waits for is a moment. */
const holding = (clock: Clock): Clock => ({
  ...clock,
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
});

/** Rejects with AuditLocked where another command holds it for too long, and if the folder cannot be written. */
export async function openCommandLog({ audit, signer, clock, warn }: CommandLogOptions): Promise<CommandLog> {
  const path = commandLogFolder(audit);
  const log = await openAuditLog({
    path,
    signer,
    clock: holding(clock),
    ids: createIdSource(clock),
    patience: { ms: PATIENCE, onWaiting: () => warn(`another command is writing to ${path}; waiting for it`) },
    onBroken: (findings) => {
      const [first] = findings;
      if (first) warn(`${path} does not verify (${first.at}: ${first.message}); "holdgate audit verify" says more`);
    },
    onFailed: () => undefined,
  }).catch((error: unknown) => {
    if (!(error instanceof AuditLocked)) throw error;
    throw new AuditLocked(`another command has been writing to ${path} for ${PATIENCE / 1000} s`, { cause: error });
  });
  return { write: (entry) => log.durable(entry), close: () => log.close() };
}
