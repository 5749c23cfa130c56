// Where the logs of one data directory are: `audit/` itself for a gate of one process, `audit/worker-<k>/` for worker k of
// several, `audit/commands/` for commands. INVARIANT: each is a chain of its own with one writer; together they are the record.
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

const WORKER = /^worker-([1-9]\d{0,3})$/;

/** The log of worker `worker` (1, 2, …). `audit` is `<data_dir>/audit`. */
export function workerLogFolder(audit: string, worker: number): string {
  return join(audit, `worker-${worker}`);
}

/** The log of what commands change without the gate. */
export function commandLogFolder(audit: string): string {
  return join(audit, 'commands');
}

/** Numbers of the workers that have ever had a log here, ascending. */
export async function loggedWorkers(audit: string): Promise<readonly number[]> {
  if (!existsSync(audit)) return [];
  const entries = await readdir(audit, { withFileTypes: true });
  return entries
    .flatMap((entry) => (entry.isDirectory() ? (WORKER.exec(entry.name)?.[1] ?? []) : []))
    .map(Number)
    .toSorted((a, b) => a - b);
}

/** Every log folder that is there: `audit` first, then those of workers, then that of commands. */
export async function logFolders(audit: string): Promise<readonly string[]> {
  if (!existsSync(audit)) return [];
  const workers = (await loggedWorkers(audit)).map((worker) => workerLogFolder(audit, worker));
  const commands = commandLogFolder(audit);
  return [audit, ...workers, ...(existsSync(commands) ? [commands] : [])];
}
