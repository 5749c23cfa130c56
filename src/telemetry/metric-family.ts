// One metric with all its series as plain data: what a worker reports, what is merged over workers, what the page shows.

/** What becomes of the series of several workers. */
export type Merging =
  /** Added up: counts, and what each worker has a part of. */
  | 'sum'
  /** The same everywhere, or one of them is newer: each series once, with the largest figure. */
  | 'max'
  /** Of the process, not of the gate: each worker's own series, with its label `worker`. */
  | 'each';

export interface Sample {
  /** Name of the series: the family's, or with `_bucket`, `_sum`, `_count`. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  readonly merging: Merging;
  readonly samples: readonly Sample[];
}
