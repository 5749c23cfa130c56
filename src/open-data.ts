// Opens what lives in the data directory: keys, audit log, store. INVARIANT: whatever was opened is closed again if a later
// part cannot be.
import { loggedApprovals } from './audit/logged-approvals.ts';
import type { Config } from './config/types.ts';
import { workerLogFolder } from './audit/log-folders.ts';
import { openAuditLog } from './audit/open-audit-log.ts';
import { dataPaths, type LogOpening, readReplica, takeDataDir, type WorkerPlace } from './data-dir.ts';
import type { GateDeps } from './gate/deps.ts';
import type { AuditLog } from './ports/audit-log.ts';
import type { AgentKeyStore } from './ports/agent-keys.ts';
import type { ApprovalStore } from './ports/approval-store.ts';
import type { Clock, IdSource } from './ports/clock.ts';
import type { EventBus } from './ports/events.ts';
import type { SecretSource } from './ports/secret-source.ts';
import type { Sealer } from './ports/sealer.ts';
import type { UsageStore } from './ports/usage-store.ts';
import type { Signer } from './ports/signer.ts';
import { openAgentKeys } from './open-agent-keys.ts';
import { openKeys } from './signers/open-keys.ts';
import { createSqliteStore } from './stores/sqlite/store.ts';
import { createSqliteUsage } from './stores/sqlite/usage-store.ts';
import { createIdSource } from './system-clock.ts';
import type { CallLog } from './telemetry/log.ts';

export interface Data {
  readonly signer: Signer;
  readonly sealer: Sealer;
  readonly ids: IdSource;
  readonly audit: AuditLog;
  readonly store: ApprovalStore;
  readonly usage: UsageStore;
  readonly agentKeys: AgentKeyStore;
  readonly secrets: SecretSource;
  /** Looks at the key files now. */
  readonly reloadKeys: () => Promise<void>;
  readonly logged: GateDeps['logged'];
  readonly replica: string;
}

/** Findings in the audit log that one log line names. */
const MAX_FINDINGS = 20;
/** A worker whose gate was killed lets go of its log when it has handed back and sent what it had, ms. */
const PATIENCE = 30_000;

/** What is said about an audit log, and how long its writer of before is waited for. */
export function logOpening(log: CallLog, bus: EventBus): LogOpening {
  return {
    onBroken: (findings) =>
      log.logger.error({
        event: 'audit:log:broken',
        findings: findings.slice(0, MAX_FINDINGS),
        total: findings.length,
      }),
    onFailed: (error) => bus.emit('audit:failed', { error }),
    patience: { ms: PATIENCE, onWaiting: (message) => log.logger.warn({ message }, 'audit:log:waiting') },
  };
}

export interface OpenDataOptions {
  readonly clock: Clock;
  readonly bus: EventBus;
  readonly log: CallLog;
  readonly worker?: WorkerPlace | undefined;
  /** `keys.dir`. */
  readonly mountedKeys: string | undefined;
  readonly store: Config['store'];
}

/** A gate on SQLite does not read the code for Redis. */
async function openStore(file: string, { bus, clock, store }: OpenDataOptions, sealer: Sealer): Promise<ApprovalStore> {
  const onDamaged = (approvalId: string, finding: string): void =>
    bus.emit('approval:damaged', { approvalId, finding });
  const onTrouble = (operation: string, error: string): void => bus.emit('store:failed', { operation, error });
  if (store === 'sqlite') return createSqliteStore({ file, clock, sealer, onDamaged, onTrouble });
  const { createRedisStore } = await import('./stores/redis/store.ts');
  return createRedisStore({
    settings: store,
    clock,
    sealer,
    onDamaged,
    onTrouble,
  });
}

async function openUsage(file: string, { clock, store }: OpenDataOptions): Promise<UsageStore> {
  if (store === 'sqlite') return createSqliteUsage(file, clock);
  const { createRedisUsage } = await import('./stores/redis/usage-store.ts');
  return createRedisUsage(store, clock);
}

/** Rejects with a message that says what to do: a damaged store, unusable keys, another gate on the same directory. A worker's
 *  directory has been taken by its gate. `onClose` is given the closers in the order of opening. */
export async function openData(
  folder: string,
  options: OpenDataOptions,
  onClose: (close: () => Promise<void> | void) => void,
): Promise<Data> {
  const { clock, bus, log, worker, mountedKeys } = options;
  const paths = dataPaths(folder);
  const ids = createIdSource(clock);
  const opening = logOpening(log, bus);
  if (!worker) onClose(await takeDataDir(folder, { clock, ids, opening, mountedKeys, workers: 0 }));
  const keys = await openKeys({ own: paths.keys, mounted: mountedKeys, allowCreate: false, clock, bus });
  onClose(() => keys.close());
  const { signer, sealer } = keys;
  const audit = await openAuditLog({
    path: worker ? workerLogFolder(paths.audit, worker.number) : paths.audit,
    signer,
    clock,
    ids,
    ...opening,
  });
  onClose(() => audit.close());
  const store = await openStore(paths.database, options, sealer);
  onClose(() => store.close());
  const usage = await openUsage(paths.database, options);
  onClose(() => usage.close());
  const agentKeys = openAgentKeys(paths.database, options.store, clock);
  onClose(() => agentKeys.close());
  return {
    signer,
    sealer,
    ids,
    audit,
    store,
    usage,
    agentKeys,
    secrets: keys.secrets,
    reloadKeys: () => keys.reload(),
    replica: readReplica(folder, worker),
    // While other workers run, an approval may be recorded as sent an instant before the store says so.
    logged: (since) => (worker && !worker.first ? Promise.resolve(new Map()) : loggedApprovals(paths.audit, since)),
  };
}
