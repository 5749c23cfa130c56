// From a vote that leaves the approver to the first byte that reaches the upstream: both ends are in this process.
import type { Gate } from './gate.ts';
import { approve, holdOne } from './one-call.ts';
import type { Recorder } from './recorder.ts';
import { NO_REDIS, redisInstalled } from './redis.ts';
import { figure, median, table } from './report.ts';
import type { SetUp } from './set-up.ts';

/** Calls that are approved before it is measured, so that no path is still being compiled. */
const WARM_UP = 20;

/** ms of each of `votes` approvals, one after the other, of calls held at `holder` and voted on at `voter`. */
async function measureVotes(holder: Gate, voter: Gate, recorder: Recorder, votes: number): Promise<readonly number[]> {
  const latencies: number[] = [];
  for (let i = 0; i < WARM_UP + votes; i++) {
    const item = await holdOne(holder, voter);
    const arrival = recorder.next();
    const began = performance.now();
    await approve(voter, item);
    const latency = (await arrival) - began;
    if (i >= WARM_UP) latencies.push(latency);
    await item.answered();
  }
  return latencies;
}

/** Votes on SQLite, on Redis, and on Redis at another replica than the one that holds the call. */
export async function votesPart(setUp: SetUp): Promise<string> {
  const { recorder, settings } = setUp;
  const row = (name: string, ms: readonly number[]): readonly string[] => {
    const sorted = ms.toSorted((a, b) => a - b);
    const p99 = sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0;
    console.error(`${name}: ${figure(median(sorted))} ms`);
    return [name, figure(median(sorted)), figure(p99)];
  };
  const rows = [
    await setUp.withGates({ store: 'sqlite' }, async ([gate]) =>
      row('SQLite', await measureVotes(gate, gate, recorder, settings.votes)),
    ),
  ];
  if (redisInstalled) {
    await setUp.withGates({ store: 'redis', count: 2 }, async ([a, b = a]) => {
      rows.push(
        row('Redis, the same replica', await measureVotes(a, a, recorder, settings.votes)),
        row('Redis, held at one replica, vote at another', await measureVotes(a, b, recorder, settings.votes)),
      );
    });
  }
  return [
    table([`vote to first upstream byte, ${settings.votes} votes`, 'p50 ms', 'p99 ms'], rows),
    ...(redisInstalled ? [] : [NO_REDIS]),
  ].join('\n\n');
}
