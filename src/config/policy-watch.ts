// Notices that policy files changed: fs.watch makes it quick, polling makes it certain (network file systems, swapped
// ConfigMaps, folders that appear later). Both only ask; what counts is whether the listing differs from the last one.
import { type FSWatcher, watch } from 'node:fs';
import { dirname } from 'node:path';
import { listPolicyFiles, sameEntries } from './policy-files.ts';

export interface PolicyWatchOptions {
  readonly paths: readonly string[];
  /** Timer: calls back once after `ms`, the returned function cancels (the Clock port's `after`). */
  readonly after: (ms: number, callback: () => void) => () => void;
  /** Quiet time after the last event before the files are looked at, ms. */
  readonly debounce?: number;
  /** Time between looks that nothing asked for, ms. */
  readonly poll?: number;
  /** The files differ from those at the start or at the last call; also when they became unreadable. */
  readonly onChange: () => void;
}

export interface PolicyWatch {
  /** Looks at once (SIGHUP); resolves when `onChange` was called if it had to be. */
  check(): Promise<void>;
  close(): void;
}

/** Watches the paths of `policies:`. Resolves once the first listing, which later ones are compared with, is taken. */
export async function watchPolicies(options: PolicyWatchOptions): Promise<PolicyWatch> {
  const { paths, after, debounce = 200, poll = 5000, onChange } = options;
  const watchers = new Map<string, FSWatcher>();
  let closed = false;
  let cancelDebounce = (): void => {};
  let cancelPoll = (): void => {};
  let checking: Promise<void> = Promise.resolve();
  let last = await listPolicyFiles(paths);

  const follow = (): void => {
    const wanted = new Set([...paths.map((path) => dirname(path)), ...(last.ok ? last.folders : [])]);
    for (const [folder, watcher] of watchers) {
      if (wanted.has(folder)) continue;
      watcher.close();
      watchers.delete(folder);
    }
    for (const folder of wanted) if (!watchers.has(folder)) open(folder);
  };
  const open = (folder: string): void => {
    try {
      const watcher = watch(folder, { persistent: false }, soon);
      // A folder that vanished, or no more inotify handles: polling goes on.
      watcher.on('error', () => {
        watcher.close();
        watchers.delete(folder);
      });
      watchers.set(folder, watcher);
    } catch {
      // Not watchable (missing, remote, out of handles): polling covers it.
    }
  };
  const look = async (): Promise<void> => {
    const now = await listPolicyFiles(paths);
    if (closed) return;
    const same = now.ok && last.ok ? sameEntries(now.entries, last.entries) : now.ok === last.ok;
    last = now;
    follow();
    if (!same) onChange();
  };
  // One look at a time, in order: a slow listing must not overwrite a newer one.
  const check = (): Promise<void> => {
    checking = checking.then(look);
    return checking;
  };
  function soon(): void {
    cancelDebounce();
    if (!closed) cancelDebounce = after(debounce, () => void check());
  }
  const tick = (): void => {
    cancelPoll = after(poll, () => void check().finally(() => closed || tick()));
  };

  follow();
  tick();
  return {
    check,
    close(): void {
      closed = true;
      cancelDebounce();
      cancelPoll();
      for (const watcher of watchers.values()) watcher.close();
      watchers.clear();
    },
  };
}
