// Approvals that somebody waits for and that could not be read when they may have changed. INVARIANT: a wake-up that came while the
// store was away is not lost; nobody else would repeat it.
import type { GateDeps } from './deps.ts';

export interface LookAgain {
  /** The approval could not be read: `wake` is called for it once the store answers. */
  later(approvalId: string): void;
  stop(): void;
}

/** Between looks at a store that does not answer, ms. */
const EVERY = 500;

export function createLookAgain(
  { store, clock }: Pick<GateDeps, 'store' | 'clock'>,
  wake: (approvalId: string) => void,
): LookAgain {
  const missed = new Set<string>();
  let cancel = (): void => {};
  let stopped = false;

  // One question, whoever waits: thousands of them would only keep a store busy that comes back.
  const ask = async (): Promise<void> => {
    try {
      await store.countOpen();
    } catch {
      schedule();
      return;
    }
    const ids = [...missed];
    missed.clear();
    for (const id of ids) wake(id);
  };
  const schedule = (): void => {
    if (!stopped) cancel = clock.after(EVERY, () => void ask());
  };

  return {
    later(approvalId) {
      if (missed.add(approvalId).size === 1) schedule();
    },
    stop() {
      stopped = true;
      cancel();
    },
  };
}
