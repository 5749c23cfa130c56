// How many messages of each agent were put off because it asked too much, by day (UTC), over all replicas: for the figures that people
// look at. Nothing is decided by it.
import type { SharedRecords } from '../../ports/shared-records.ts';

export interface PutOffTally {
  /** Never rejects: what cannot be counted is not. */
  count(agent: string, now: number): Promise<void>;
  /** By agent, from the day of `since` (epoch ms) on. Rejects with StoreUnavailable. */
  since(since: number): Promise<ReadonlyMap<string, number>>;
}

interface Counted {
  readonly agent: string;
  readonly day: number;
  readonly count: number;
}

const KIND = 'putoff';
const DAY = 86_400_000;
const KEPT = 32 * DAY;
const TRIES = 8;

export function createPutOffTally(records: SharedRecords): PutOffTally {
  async function add(agent: string, day: number): Promise<void> {
    const id = `${day}/${agent}`;
    let known = await records.get(KIND, id);
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const { count } = known ? (JSON.parse(known.value) as Counted) : { count: 0 };
      const value: Counted = { agent, day, count: count + 1 };
      const put = await records.put(KIND, id, known?.version ?? 0, JSON.stringify(value), { keepFor: KEPT });
      if (put.outcome === 'written') return;
      known = put.record;
    }
  }
  return {
    count: (agent, now) => add(agent, Math.floor(now / DAY)).catch(() => undefined),
    async since(since) {
      const first = Math.floor(since / DAY);
      const sums = new Map<string, number>();
      for (const { value } of await records.list(KIND)) {
        const { agent, day, count } = JSON.parse(value) as Counted;
        if (day >= first) sums.set(agent, (sums.get(agent) ?? 0) + count);
      }
      return sums;
    },
  };
}
