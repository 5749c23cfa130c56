// The model of a usage store: what the port says, and nothing else.
import type { UsageAmount, UsageBucket } from '../../src/core/usage/usage-amount.ts';
import { bucketAt, SPAN_COUNT, SPAN_MS, type UsageSpan } from '../../src/core/usage/usage-window.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { UsageStore } from '../../src/ports/usage-store.ts';

export type UsageDisk = Map<UsageSpan, Map<number, Map<string, UsageAmount>>>;

export function createMemoryUsage(clock: Pick<Clock, 'now'>, disk: UsageDisk = new Map()): UsageStore {
  const spans: readonly UsageSpan[] = ['minute', 'hour'];
  for (const span of spans) if (!disk.has(span)) disk.set(span, new Map());
  return {
    async add(amounts) {
      for (const span of spans) {
        const index = bucketAt(span, clock.now());
        const bucket = disk.get(span)?.get(index) ?? new Map<string, UsageAmount>();
        disk.get(span)?.set(index, bucket);
        for (const amount of amounts) {
          const { bytes, rows, ...key } = amount;
          const name = JSON.stringify(key);
          const before = bucket.get(name);
          bucket.set(name, { ...key, bytes: bytes + (before?.bytes ?? 0), rows: rows + (before?.rows ?? 0) });
        }
      }
    },
    async read(since) {
      const at = clock.now();
      const buckets = spans.flatMap((span): UsageBucket[] => {
        const oldest = bucketAt(span, at) - SPAN_COUNT[span];
        const from = since === undefined ? oldest : Math.max(oldest, bucketAt(span, since - SPAN_MS.minute));
        return [...(disk.get(span) ?? [])]
          .filter(([index]) => index >= from)
          .map(([index, amounts]) => ({ span, index, amounts: [...amounts.values()] }));
      });
      return { at, buckets };
    },
    close: async () => undefined,
  };
}
