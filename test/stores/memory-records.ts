// The model of shared records: what the port says, and nothing else.
import type { Clock } from '../../src/ports/clock.ts';
import type { SharedRecord, SharedRecords } from '../../src/ports/shared-records.ts';

interface Kept {
  readonly record: SharedRecord;
  readonly until: number;
}

export type RecordsDisk = Map<string, Map<string, Kept>>;

export function createMemoryRecords(clock: Pick<Clock, 'now'>, disk: RecordsDisk = new Map()): SharedRecords {
  function of(kind: string): Map<string, Kept> {
    const all = disk.get(kind) ?? new Map<string, Kept>();
    disk.set(kind, all);
    for (const [id, { until }] of all) if (until <= clock.now()) all.delete(id);
    return all;
  }
  return {
    now: async () => clock.now(),
    get: async (kind, id) => of(kind).get(id)?.record,
    async put(kind, id, version, value, { dueAt, keepFor }) {
      const stands = of(kind).get(id)?.record;
      if ((stands?.version ?? 0) !== version) return { outcome: 'conflict', record: stands };
      const record = { id, version: version + 1, value, dueAt };
      of(kind).set(id, { record, until: clock.now() + keepFor });
      return { outcome: 'written', record };
    },
    drop: async (kind, id, version) => of(kind).get(id)?.record.version === version && of(kind).delete(id),
    async due(kind, limit) {
      return [...of(kind).values()]
        .map(({ record }) => record)
        .filter(({ dueAt }) => dueAt !== undefined && dueAt <= clock.now())
        .toSorted((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0))
        .slice(0, limit);
    },
    list: async (kind) => [...of(kind).values()].map(({ record }) => record),
    close: async () => undefined,
  };
}
