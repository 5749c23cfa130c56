// Routine calls through each data path in turn: rounds alternate between the paths, so that a noisy minute hits all alike.
import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Measured, measure } from './load.ts';
import { median } from './report.ts';

export interface DataPath {
  readonly name: string;
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined for what runs throughout. */
  readonly start: (() => Promise<ChildProcess>) | undefined;
}

export interface PathResult {
  readonly name: string;
  readonly busy: Measured;
  readonly single: Measured;
}

export interface Rounds {
  readonly rounds: number;
  readonly seconds: number;
}

const BUSY = 64;
/** s: long enough that no path is still being compiled when it is measured. */
const WARM_UP = 4;

function medians(all: readonly Measured[]): Measured {
  return {
    requests: median(all.map(({ requests }) => requests)),
    p50: median(all.map(({ p50 }) => p50)),
    p99: median(all.map(({ p99 }) => p99)),
  };
}

export async function measurePaths(
  paths: readonly DataPath[],
  { rounds, seconds }: Rounds,
  end: (child: ChildProcess) => Promise<void>,
): Promise<readonly PathResult[]> {
  const seen = new Map<string, { busy: Measured[]; single: Measured[] }>();
  for (let round = 0; round < rounds; round++) {
    for (const path of paths) {
      const child = await path.start?.();
      const target = { url: `http://127.0.0.1:${path.port}${path.path}`, headers: path.headers };
      await measure({ ...target, connections: BUSY, seconds: WARM_UP });
      const busy = await measure({ ...target, connections: BUSY, seconds });
      await sleep(200);
      const single = await measure({ ...target, connections: 1, seconds });
      const results = seen.get(path.name) ?? { busy: [], single: [] };
      results.busy.push(busy);
      results.single.push(single);
      seen.set(path.name, results);
      if (child !== undefined) await end(child);
      console.error(`round ${round + 1}, ${path.name}: ${Math.round(busy.requests)}/s, ${Math.round(single.p50)} µs`);
    }
  }
  return [...seen].map(([name, { busy, single }]) => ({ name, busy: medians(busy), single: medians(single) }));
}
