// Usage as one process knows it: what all gates together have in the store, and what it has itself counted since. INVARIANT: what is not
// certain to be in the store's figures is added to them, so usage may be counted twice after a failure, never forgotten.
import type { UsageAmount, UsageBucket, UsageKey, UsageMeter } from './usage-amount.ts';
import { bucketAt, SPAN_COUNT, spanOf, type UsageSpan } from './usage-window.ts';

interface Cell {
  bytes: number;
  rows: number;
}

interface Series extends UsageKey, UsageMeter {
  readonly minute: Map<number, Cell>;
  readonly hour: Map<number, Cell>;
  /** Counted here; not on its way to the store. */
  readonly pending: Cell;
  /** On its way there, or there but not in the figures that were read last. */
  readonly unseen: Cell;
  /** False once it was forgotten. */
  listed: boolean;
}

/** All series of one agent's dataset, over the upstreams that have it. */
interface Group {
  readonly series: Map<string, Series>;
  readonly sums: Map<number, { readonly bucket: number; readonly revision: number } & Cell>;
  /** There was no room for some of it, or may not have been before it was made. */
  partial: boolean;
}

export interface UsageBook {
  meter(key: UsageKey): UsageMeter;
  /** What went out to the agent within the window, `now` in epoch ms. Undefined where that is not known. */
  total(agent: string, dataset: string, window: number, now: number): { bytes: number; rows: number } | undefined;
  /** Every agent, upstream and dataset with something within the window. */
  list(window: number, now: number): UsageAmount[];
  /** Takes what is to be stored. */
  drain(): UsageAmount[];
  /** It could not be stored. */
  giveBack(amounts: readonly UsageAmount[]): void;
  /** Takes what the store has, read after everything drained was in it (or given back). */
  take(buckets: readonly UsageBucket[]): void;
  /** Forgets what no window reaches any more. */
  expire(now: number): void;
}

/** Series that are kept at once; what is beyond them is not known. */
const MAX_SERIES = 10_000;
/** Windows of one group whose sums are remembered. */
const MAX_SUMS = 16;

export function createUsageBook(maxSeries: number = MAX_SERIES): UsageBook {
  const agents = new Map<string, Map<string, Group>>();
  /** Those with something pending, and with something unseen: few of all at any time. */
  const counting = new Set<Series>();
  const underway = new Set<Series>();
  let count = 0;
  let revision = 0;
  let overflowed = false;
  /** When there was no room at last, as far as that is over. */
  let lostAt = Number.NEGATIVE_INFINITY;

  const groupOf = (agent: string, dataset: string): Group => {
    let datasets = agents.get(agent);
    if (!datasets) agents.set(agent, (datasets = new Map<string, Group>()));
    let group = datasets.get(dataset);
    if (!group)
      datasets.set(
        dataset,
        (group = { series: new Map(), sums: new Map(), partial: overflowed || lostAt > Number.NEGATIVE_INFINITY }),
      );
    return group;
  };

  /** Undefined where there are too many. */
  function seriesOf({ agent, upstream, dataset }: UsageKey): Series | undefined {
    const known = agents.get(agent)?.get(dataset)?.series.get(upstream);
    if (known) return known;
    if (count >= maxSeries) {
      overflowed = true;
      const group = agents.get(agent)?.get(dataset);
      if (group) group.partial = true;
      return undefined;
    }
    const pending: Cell = { bytes: 0, rows: 0 };
    const series: Series = {
      agent,
      upstream,
      dataset,
      minute: new Map(),
      hour: new Map(),
      pending,
      unseen: { bytes: 0, rows: 0 },
      listed: true,
      add(bytes, rows) {
        if (pending.bytes === 0 && pending.rows === 0) counting.add(series);
        pending.bytes += bytes;
        pending.rows += rows;
      },
    };
    groupOf(agent, dataset).series.set(upstream, series);
    count++;
    return series;
  }

  /** What found no room was counted nowhere: it stays unknown until no window reaches back to it. */
  function isLost(window: number, now: number): boolean {
    const span = spanOf(window);
    return overflowed || bucketAt(span, lostAt) >= bucketAt(span, now - window);
  }

  function* all(): Generator<Series> {
    for (const datasets of agents.values()) for (const { series } of datasets.values()) yield* series.values();
  }

  function stored(series: Series, span: UsageSpan, last: number, window: number, now: number, sum: Cell): void {
    const cells = series[span];
    for (let index = bucketAt(span, now - window); index <= last; index++) {
      const cell = cells.get(index);
      if (!cell) continue;
      sum.bytes += cell.bytes;
      sum.rows += cell.rows;
    }
  }

  /** Of the store's figures; the same for all calls until they are read again or the time moves on. */
  function sumOf(group: Group, window: number, now: number): Cell {
    const span = spanOf(window);
    const bucket = bucketAt(span, now);
    const known = group.sums.get(window);
    if (known && known.bucket === bucket && known.revision === revision) return known;
    const sum = { bucket, revision, bytes: 0, rows: 0 };
    // One more: the store's clock may be ahead of this one.
    for (const series of group.series.values()) stored(series, span, bucket + 1, window, now, sum);
    if (group.sums.size >= MAX_SUMS) group.sums.clear();
    group.sums.set(window, sum);
    return sum;
  }

  return {
    meter(key) {
      let series = seriesOf(key);
      return {
        add(bytes, rows) {
          // One that was forgotten while its stream was quiet is made anew.
          if (!series?.listed) series = seriesOf(key);
          series?.add(bytes, rows);
        },
      };
    },
    total(agent, dataset, window, now) {
      const group = agents.get(agent)?.get(dataset);
      if ((group?.partial ?? true) && isLost(window, now)) return undefined;
      if (!group) return { bytes: 0, rows: 0 };
      const { bytes, rows } = sumOf(group, window, now);
      const sum = { bytes, rows };
      for (const { pending, unseen } of group.series.values()) {
        sum.bytes += pending.bytes + unseen.bytes;
        sum.rows += pending.rows + unseen.rows;
      }
      return sum;
    },
    list(window, now) {
      const span = spanOf(window);
      const amounts: UsageAmount[] = [];
      for (const series of all()) {
        const { agent, upstream, dataset, pending, unseen } = series;
        const sum: Cell = { bytes: pending.bytes + unseen.bytes, rows: pending.rows + unseen.rows };
        stored(series, span, bucketAt(span, now) + 1, window, now, sum);
        if (sum.bytes > 0 || sum.rows > 0) amounts.push({ agent, upstream, dataset, ...sum });
      }
      return amounts;
    },
    drain() {
      const amounts: UsageAmount[] = [];
      for (const series of counting) {
        const { agent, upstream, dataset, pending, unseen } = series;
        const { bytes, rows } = pending;
        amounts.push({ agent, upstream, dataset, bytes, rows });
        unseen.bytes += bytes;
        unseen.rows += rows;
        pending.bytes = 0;
        pending.rows = 0;
        underway.add(series);
      }
      counting.clear();
      return amounts;
    },
    giveBack(amounts) {
      for (const { bytes, rows, ...key } of amounts) {
        const series = seriesOf(key);
        if (!series) continue;
        series.unseen.bytes -= bytes;
        series.unseen.rows -= rows;
        series.add(bytes, rows);
      }
    },
    take(buckets) {
      revision++;
      for (const { unseen } of underway) {
        unseen.bytes = 0;
        unseen.rows = 0;
      }
      underway.clear();
      for (const { span, index, amounts } of buckets) {
        for (const { bytes, rows, ...key } of amounts) seriesOf(key)?.[span].set(index, { bytes, rows });
      }
    },
    expire(now) {
      revision++;
      for (const series of all()) {
        for (const span of ['minute', 'hour'] as const) {
          const oldest = bucketAt(span, now) - SPAN_COUNT[span];
          for (const index of series[span].keys()) if (index < oldest) series[span].delete(index);
        }
        const { agent, dataset, upstream, pending, unseen, minute, hour } = series;
        const busy = pending.bytes + pending.rows + unseen.bytes + unseen.rows > 0;
        if (busy || minute.size > 0 || hour.size > 0) continue;
        const datasets = agents.get(agent);
        const group = datasets?.get(dataset);
        group?.series.delete(upstream);
        series.listed = false;
        count--;
        if (group?.series.size === 0) datasets?.delete(dataset);
        if (datasets?.size === 0) agents.delete(agent);
      }
      if (overflowed) lostAt = now;
      if (count < maxSeries) overflowed = false;
    },
  };
}
