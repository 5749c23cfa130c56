// The data directory as a whole: what is made in it once (keys, the replica's name), and that one gate has it at a time,
// however many workers that gate runs. INVARIANT: nothing in it is made or changed without its lock.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLogFolder, loggedWorkers, workerLogFolder } from './audit/log-folders.ts';
import { folderTrouble } from './core/file-trouble.ts';
import { openAuditLog, type OpenAuditLogOptions } from './audit/open-audit-log.ts';
import { AuditLocked, takeWriterLock } from './audit/writer-lock.ts';
import type { Clock, IdSource } from './ports/clock.ts';
import type { Signer } from './ports/signer.ts';
import { writeFileAtomically } from './signers/key-files.ts';
import { loadKeys } from './signers/load-keys.ts';

/** One of several processes of a gate. */
export interface WorkerPlace {
  /** 1, 2, …, `of`; a worker that is replaced hands its number on. */
  readonly number: number;
  readonly of: number;
  /** Runs while no other worker does yet: it alone compares the store with what the last run recorded. */
  readonly first: boolean;
}

export interface DataPaths {
  readonly keys: string;
  readonly audit: string;
  readonly database: string;
  /** File with the name of this directory among the machines that share a store. */
  readonly replica: string;
}

/** How a log is opened, apart from which one. */
export type LogOpening = Pick<OpenAuditLogOptions, 'onBroken' | 'onFailed' | 'patience'>;

export interface TakeOptions {
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly opening: LogOpening;
  /** `keys.dir`: keys from elsewhere; without it the directory has its own. */
  readonly mountedKeys: string | undefined;
  /** Workers that this gate is about to run; 0: it is one process, and `audit/` itself is its log. */
  readonly workers: number;
}

const NO_PATIENCE = { ms: 0, onWaiting: (): void => undefined };

const REPLICA = /^rep_[0-9A-HJKMNP-TV-Z]{26}$/;

export function dataPaths(folder: string): DataPaths {
  return {
    keys: join(folder, 'keys'),
    audit: join(folder, 'audit'),
    database: join(folder, 'holdgate.db'),
    replica: join(folder, 'replica-id'),
  };
}

/** The name under which claims are made: `rep_…`, of a worker `rep_…-<number>`. Throws if the directory has none. */
export function readReplica(folder: string, worker?: Pick<WorkerPlace, 'number'>): string {
  const { replica: path } = dataPaths(folder);
  const id = readFileSync(path, 'utf8').trim();
  if (!REPLICA.test(id)) {
    throw new Error(
      `${path} does not hold a replica id (rep_ and 26 characters): restore it, or remove it while no call is being sent and a new one is made`,
    );
  }
  return worker ? `${id}-${worker.number}` : id;
}

/**
 * Takes the directory for one gate and makes what is missing. Rejects with AuditLocked while another gate has it, and with
 * KeyFileError for keys that are unusable or gone although records exist. Returns the function that gives it back.
 */
export async function takeDataDir(folder: string, options: TakeOptions): Promise<() => void> {
  const paths = dataPaths(folder);
  makeFolder(folder);
  const lock = takeWriterLock(folder, 'gate');
  try {
    // A key that vanished must not be replaced silently while records exist that only it can speak for.
    const allowCreate = !existsSync(paths.database) && !existsSync(paths.audit);
    const { clock, mountedKeys: mounted } = options;
    const { signer } = await loadKeys({ own: paths.keys, mounted, allowCreate, clock });
    if (!existsSync(paths.replica)) await writeFileAtomically(paths.replica, `${options.ids.next('rep')}\n`, 0o600);
    readReplica(folder);
    await settleLogs(paths, signer, options);
    for (let worker = 1; worker <= options.workers; worker++)
      mkdirSync(workerLogFolder(paths.audit, worker), { recursive: true, mode: 0o700 });
    return () => lock.release();
  } catch (error) {
    lock.release();
    throw error;
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new Error(`data_dir cannot be made: ${folderTrouble(folder, error)}`, { cause: error });
  }
}

/** Logs that nobody writes to this time, because there were other numbers of workers: whoever wrote to them has ended, and a
 *  torn end is mended. */
async function settleLogs(
  paths: DataPaths,
  signer: Signer,
  { clock, ids, opening, workers }: TakeOptions,
): Promise<void> {
  const idle = (await loggedWorkers(paths.audit)).filter((worker) => worker > workers);
  const folders = idle.map((worker) => workerLogFolder(paths.audit, worker));
  if (workers > 0 && existsSync(paths.audit)) folders.push(paths.audit);
  for (const path of folders) {
    const log = await openAuditLog({ path, signer, clock, ids, newestOnly: true, ...opening });
    await log.close();
  }
  const path = commandLogFolder(paths.audit);
  if (!existsSync(path)) return;
  try {
    const log = await openAuditLog({ path, signer, clock, ids, newestOnly: true, ...opening, patience: NO_PATIENCE });
    await log.close();
  } catch (error) {
    // A command is writing to it right now.
    if (error instanceof AuditLocked) return;
    // The gate does not write there, and whoever ran a command as another user must not keep it from starting.
    const message = `the log of commands cannot be opened: ${(error as Error).message}`;
    opening.onBroken([{ at: path, kind: 'unreadable', message }]);
  }
}
