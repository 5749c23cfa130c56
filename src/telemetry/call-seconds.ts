// The histogram of finished calls in the Prometheus text format 0.0.4, straight from the tally: prom-client's own
// histogram would cost every call a hash of its labels.
import { CALL_BUCKETS, type CallCell } from './call-tally.ts';

const NAME = 'holdgate_call_seconds';

const quoted = (value: string): string =>
  `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;

/** Rules are summed up: time is told per upstream and effect. */
export function callSecondsText(cells: Iterable<CallCell>): string {
  const sums = new Map<string, { buckets: Float64Array; seconds: number; count: number }>();
  for (const { upstream, effect, buckets, seconds, count } of cells) {
    const labels = `upstream=${quoted(upstream)},effect=${quoted(effect)}`;
    const sum = sums.get(labels) ?? { buckets: new Float64Array(buckets.length), seconds: 0, count: 0 };
    sums.set(labels, sum);
    for (const [i, calls] of buckets.entries()) sum.buckets[i] = (sum.buckets[i] ?? 0) + calls;
    sum.seconds += seconds;
    sum.count += count;
  }
  const lines = [
    `# HELP ${NAME} From the head of a call to its last byte, waiting for people included`,
    `# TYPE ${NAME} histogram`,
  ];
  for (const [labels, { buckets, seconds, count }] of sums) {
    let below = 0;
    for (const [i, calls] of buckets.entries()) {
      below += calls;
      lines.push(`${NAME}_bucket{le="${CALL_BUCKETS[i] ?? '+Inf'}",${labels}} ${below}`);
    }
    lines.push(`${NAME}_sum{${labels}} ${seconds}`, `${NAME}_count{${labels}} ${count}`);
  }
  return `${lines.join('\n')}\n`;
}
