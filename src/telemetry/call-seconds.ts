// The histogram of finished calls, straight from the tally: prom-client's own histogram would cost every call a hash of
// its labels.
import { CALL_BUCKETS, type CallCell } from './call-tally.ts';
import type { MetricFamily, Sample } from './metric-family.ts';

const NAME = 'holdgate_call_seconds';

/** Rules are summed up: time is told per upstream and effect. */
export function callSecondsFamily(cells: Iterable<CallCell>): MetricFamily {
  const sums = new Map<string, { labels: Sample['labels']; buckets: Float64Array; seconds: number; count: number }>();
  for (const { upstream, effect, buckets, seconds, count } of cells) {
    const key = `${upstream} ${effect}`;
    const labels = { upstream, effect };
    const sum = sums.get(key) ?? { labels, buckets: new Float64Array(buckets.length), seconds: 0, count: 0 };
    sums.set(key, sum);
    for (const [i, calls] of buckets.entries()) sum.buckets[i] = (sum.buckets[i] ?? 0) + calls;
    sum.seconds += seconds;
    sum.count += count;
  }
  const samples: Sample[] = [];
  for (const { labels, buckets, seconds, count } of sums.values()) {
    let below = 0;
    for (const [i, calls] of buckets.entries()) {
      below += calls;
      samples.push({
        name: `${NAME}_bucket`,
        labels: { le: String(CALL_BUCKETS[i] ?? '+Inf'), ...labels },
        value: below,
      });
    }
    samples.push({ name: `${NAME}_sum`, labels, value: seconds }, { name: `${NAME}_count`, labels, value: count });
  }
  return {
    name: NAME,
    help: 'From the head of a call to its last byte, waiting for people included',
    type: 'histogram',
    merging: 'sum',
    samples,
  };
}
