// No ambient time or randomness outside main.ts.

export interface Clock {
  /** Wall clock, epoch ms. */
  now(): number;
  /** Monotonic ms, for local waits and durations only. */
  monotonic(): number;
  /** Calls back once after `ms`; the returned function cancels. Does not keep the process alive. */
  after(ms: number, callback: () => void): () => void;
}

export interface IdSource {
  /** `prefix_` plus 26 characters of Crockford base32: 48 bits of time, 80 bits of randomness (ULID). */
  next(prefix: 'apr' | 'evt' | 'clm' | 'rep'): string;
}
