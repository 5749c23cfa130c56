// What went out, of which data, to whom.
import type { UsageSpan } from './usage-window.ts';

/** Whose answers count as whose data. */
export interface UsageKey {
  readonly agent: string;
  /** Id of the upstream. */
  readonly upstream: string;
  /** A label of the configuration, or the upstream's own id. */
  readonly dataset: string;
}

export interface UsageAmount extends UsageKey {
  readonly bytes: number;
  readonly rows: number;
}

/** Everything that went out within one minute or hour, whatever gate it went through. */
export interface UsageBucket {
  readonly span: UsageSpan;
  /** Number since the epoch. */
  readonly index: number;
  readonly amounts: readonly UsageAmount[];
}

/** Counts what goes out while it does; made once for a call and dataset. */
export interface UsageMeter {
  add(bytes: number, rows: number): void;
}
