// Opens what lives in the data directory: keys, audit log, store. INVARIANT: whatever was opened is closed again if a later
// part cannot be.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { loggedApprovals } from './audit/logged-approvals.ts';
import { openAuditLog } from './audit/open-audit-log.ts';
import type { GateDeps } from './gate/deps.ts';
import type { AuditLog } from './ports/audit-log.ts';
import type { ApprovalStore } from './ports/approval-store.ts';
import type { Clock, IdSource } from './ports/clock.ts';
import type { EventBus } from './ports/events.ts';
import type { Sealer } from './ports/sealer.ts';
import type { Signer } from './ports/signer.ts';
import { createSigner } from './signers/ed25519.ts';
import { createSealer } from './signers/sealer.ts';
import { createSqliteStore } from './stores/sqlite/store.ts';
import { createIdSource } from './system-clock.ts';
import type { CallLog } from './telemetry/log.ts';

export interface Data {
  readonly signer: Signer;
  readonly sealer: Sealer;
  readonly ids: IdSource;
  readonly audit: AuditLog;
  readonly store: ApprovalStore;
  readonly logged: GateDeps['logged'];
}

/** Findings in the audit log that one log line names. */
const MAX_FINDINGS = 20;

/** Rejects with a message that says what to do: a damaged store, unusable keys, another process on the same directory.
 *  `onClose` is given the closers in the order of opening. */
export async function openData(
  folder: string,
  { clock, bus, log }: { readonly clock: Clock; readonly bus: EventBus; readonly log: CallLog },
  onClose: (close: () => Promise<void> | void) => void,
): Promise<Data> {
  const [keys, auditFolder, database] = [join(folder, 'keys'), join(folder, 'audit'), join(folder, 'holdgate.db')];
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // A key that vanished must not be replaced silently while records exist that only it can speak for.
  const allowCreate = !existsSync(database) && !existsSync(auditFolder);
  const signer = await createSigner({ folder: keys, allowCreate });
  const sealer = await createSealer({ folder: keys, allowCreate });
  const ids = createIdSource(clock);
  const audit = await openAuditLog({
    path: auditFolder,
    signer,
    clock,
    ids,
    onBroken: (findings) =>
      log.logger.error({
        event: 'audit:log:broken',
        findings: findings.slice(0, MAX_FINDINGS),
        total: findings.length,
      }),
    onFailed: (error) => bus.emit('audit:failed', { error }),
  });
  onClose(() => audit.close());
  const store = createSqliteStore({
    file: database,
    clock,
    sealer,
    onCorrupt: (id, finding) => bus.emit('store:failed', { operation: 'read', error: `approval ${id}: ${finding}` }),
  });
  onClose(() => store.close());
  return { signer, sealer, ids, audit, store, logged: (known, since) => loggedApprovals(auditFolder, known, since) };
}
