// Keeps this process's book of usage and the shared figures together: once a second what was counted here goes to the store, and what all
// have counted comes back. INVARIANT: figures that are older than a few seconds are not known; whoever asks is told so.
import type { UsageAmount, UsageKey, UsageMeter } from '../core/usage/usage-amount.ts';
import { createUsageBook } from '../core/usage/usage-book.ts';
import { bucketAt } from '../core/usage/usage-window.ts';
import type { Clock } from '../ports/clock.ts';
import type { UsageStore } from '../ports/usage-store.ts';

export interface UsageTracker {
  meter(key: UsageKey): UsageMeter;
  /** What went out to the agent within the window (ms), everywhere. Undefined while that is not known. */
  readonly total: (
    agent: string,
    dataset: string,
    window: number,
  ) => { readonly bytes: number; readonly rows: number } | undefined;
  /** Everybody's; undefined while that is not known. */
  readonly list: (window: number) => readonly UsageAmount[] | undefined;
  /** Begins. Resolves when the figures are known, or cannot be for now. */
  start(): Promise<void>;
  /** Stores what is left. */
  stop(): Promise<void>;
}

export interface UsageTrackerOptions {
  readonly store: Pick<UsageStore, 'add' | 'read'>;
  readonly clock: Clock;
  /** Hears of what was counted here, once it is stored. */
  readonly onCounted?: (amounts: readonly UsageAmount[]) => void;
  /** Hears of what keeps usage from being known, once until it is over. */
  readonly onTrouble: (error: unknown) => void;
}

/** ms between two looks. */
const PERIOD = 1000;
/** ms for which figures are believed. */
const FRESH = 10_000;
/** ms without a look after which buckets may have passed unseen. */
const GAP = 60_000;

export function createUsageTracker({ store, clock, onCounted, onTrouble }: UsageTrackerOptions): UsageTracker {
  const book = createUsageBook();
  let cancel = (): void => undefined;
  let stopped = false;
  /** The store's clock at the last reading, and this process's own (monotonic). */
  let since: number | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  let expired = 0;
  let looking: Promise<void> = Promise.resolve();
  let failing = false;

  async function look(): Promise<void> {
    const amounts = book.drain();
    try {
      if (amounts.length > 0) await store.add(amounts);
    } catch (error) {
      book.giveBack(amounts);
      throw error;
    }
    if (amounts.length > 0) onCounted?.(amounts);
    const started = clock.monotonic();
    const reading = await store.read(started - readAt > GAP ? undefined : since);
    book.take(reading.buckets);
    since = reading.at;
    readAt = started;
    const minute = bucketAt('minute', since);
    if (minute === expired) return;
    expired = minute;
    book.expire(since);
  }

  /** Tells of trouble once, until it is over. */
  async function attempt(): Promise<void> {
    try {
      await look();
      failing = false;
    } catch (error) {
      if (!failing) onTrouble(error);
      failing = true;
    }
  }

  function tick(): void {
    looking = attempt();
    void looking.then(() => {
      if (!stopped) cancel = clock.after(PERIOD, tick);
    });
  }

  /** Buckets are by the store's clock, which this machine's need not agree with. */
  const storeNow = (): number => (since ?? 0) + clock.monotonic() - readAt;
  const known = (): boolean => clock.monotonic() - readAt <= FRESH;
  return {
    meter: (key) => book.meter(key),
    total: (agent, dataset, window) => (known() ? book.total(agent, dataset, window, storeNow()) : undefined),
    list: (window) => (known() ? book.list(window, storeNow()) : undefined),
    async start() {
      tick();
      await looking;
    },
    async stop() {
      stopped = true;
      cancel();
      await looking;
      await attempt();
    },
  };
}
