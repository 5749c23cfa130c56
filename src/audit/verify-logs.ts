// Verifies every log of a data directory: that of a gate of one process and those of workers, each a chain of its own.
import type { Finding } from './finding.ts';
import { loggedWorkers, logFolders, workerLogFolder } from './log-folders.ts';
import { openSegmentFolder } from './segment-folder.ts';
import { type CheckpointVerifier, type LogCheck, verifyAll } from './verify-log.ts';

export interface LogsCheck {
  /** Logs that hold anything, with their folders; `findings` of a log are placed below its folder. */
  readonly logs: readonly { readonly folder: string; readonly check: LogCheck }[];
  /** Logs that must have been there, with the folder as the place. */
  readonly missing: readonly Finding[];
}

/** `audit` is `<data_dir>/audit`, or the folder of one log. */
export async function verifyLogs(audit: string, signer: CheckpointVerifier): Promise<LogsCheck> {
  const logs: { folder: string; check: LogCheck }[] = [];
  for (const path of await logFolders(audit)) {
    const folder = await openSegmentFolder(path, false);
    if ((await folder.names()).length > 0) logs.push({ folder: path, check: await verifyAll(folder, signer) });
  }
  return { logs, missing: await missingLogs(audit) };
}

/** A gate makes the folders of all its workers before the first one starts. */
async function missingLogs(audit: string): Promise<Finding[]> {
  const workers = await loggedWorkers(audit);
  const last = workers.at(-1) ?? 0;
  return Array.from({ length: last }, (_, i) => i + 1)
    .filter((worker) => !workers.includes(worker))
    .map((worker) => ({
      at: workerLogFolder(audit, worker),
      kind: 'sequence',
      message: `the log of worker ${worker} is missing, although there is one of worker ${last}`,
    }));
}
