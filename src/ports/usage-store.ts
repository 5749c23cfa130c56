// Usage that gates share: what went out to agents, by the minute and by the hour. Every method may reject with StoreUnavailable; then
// usage is not known, and rules that ask for it take the stricter side.
import type { UsageAmount, UsageBucket } from '../core/usage/usage-amount.ts';

export interface UsageReading {
  /** The store's clock, epoch ms; what the next reading names as `since`. */
  readonly at: number;
  /** With their totals over all gates. */
  readonly buckets: readonly UsageBucket[];
}

export interface UsageStore {
  /** Adds to the minute and to the hour that the store's clock is in, each amount once or, if it rejects, perhaps. */
  add(amounts: readonly UsageAmount[]): Promise<void>;
  /** The buckets that may have changed since an earlier reading; without one, all that any window reaches. Later additions to those of
   *  before never happen. */
  read(since: number | undefined): Promise<UsageReading>;
  close(): Promise<void>;
}
