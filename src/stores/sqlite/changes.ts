// Tells subscribers which approvals changed, through this process or another one on the same file. One cursor over the
// global order of events serves both, so that nothing is skipped; it is polled only while somebody listens.
import type { Clock } from '../../ports/clock.ts';

// A look costs microseconds (PRAGMA data_version reads shared memory), so that a vote at another process is heard at once.
const POLL_MS = 10;

interface Source {
  /** Changes whenever another connection commits. */
  version(): unknown;
  last(): number;
  after(n: number): readonly { readonly n: number; readonly approval: string }[];
}

export interface Changes {
  subscribe(listener: (id: string) => void): () => void;
  /** After each of our own commits. */
  committed(): void;
  close(): void;
}

export function createChanges(source: Source, clock: Clock): Changes {
  const listeners = new Set<{ readonly call: (id: string) => void }>();
  let seen = 0;
  let version: unknown;
  let cancelPoll: (() => void) | undefined;

  function drain(): void {
    const ids = new Set<string>();
    for (const change of source.after(seen)) {
      seen = change.n;
      ids.add(change.approval);
    }
    for (const id of ids) {
      for (const listener of listeners) {
        // Not from inside the commit: a listener may well use the store.
        queueMicrotask(() => {
          if (listeners.has(listener)) listener.call(id);
        });
      }
    }
  }

  function poll(): void {
    cancelPoll = clock.after(POLL_MS, () => {
      try {
        const current = source.version();
        if (current !== version) {
          drain();
          version = current;
        }
      } catch {
        // The file cannot be read now; whoever needs it is told by the store's own methods. The cursor stays, so nothing is lost.
      }
      poll();
    });
  }

  function stop(): void {
    cancelPoll?.();
    cancelPoll = undefined;
  }

  return {
    subscribe(call) {
      if (listeners.size === 0) {
        version = source.version();
        seen = source.last();
        poll();
      }
      const listener = { call };
      listeners.add(listener);
      return () => {
        if (listeners.delete(listener) && listeners.size === 0) stop();
      };
    },
    committed() {
      if (listeners.size > 0) drain();
    },
    close() {
      listeners.clear();
      stop();
    },
  };
}
