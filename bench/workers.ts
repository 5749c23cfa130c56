// Routine calls through one process and two, of Holdgate and of nginx. Nothing is pinned: the load and the upstream share the
// cores with what is measured.
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { measure } from './load.ts';
import { startProxy } from './nginx.ts';
import { freePort, stop } from './processes.ts';
import { figure, median, table } from './report.ts';
import type { SetUp } from './set-up.ts';

const CONNECTIONS = 64;
/** s. */
const WARM_UP = 2;
const ROUNDS = 2;

interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

type Kind = 'nginx' | 'Holdgate';
const KINDS: readonly { readonly kind: Kind; readonly workers: number }[] = [
  { kind: 'nginx', workers: 1 },
  { kind: 'nginx', workers: 2 },
  { kind: 'Holdgate', workers: 1 },
  { kind: 'Holdgate', workers: 2 },
];

async function throughput(target: Target, seconds: number): Promise<number> {
  const load = { ...target, connections: CONNECTIONS, core: 'any' } as const;
  await measure({ ...load, seconds: WARM_UP });
  await sleep(200);
  return (await measure({ ...load, seconds })).requests;
}

async function measureOne(setUp: SetUp, kind: Kind, workers: number): Promise<number> {
  const { upstream, settings } = setUp;
  if (kind === 'Holdgate') {
    return setUp.withGates({ store: 'sqlite', workers, core: 'any' }, ([gate]) =>
      throughput({ url: `http://127.0.0.1:${gate.proxy}/bench/1k`, headers: gate.agent }, settings.seconds),
    );
  }
  const port = await freePort();
  const server = await startProxy(join(setUp.folder('nginx'), 'proxy'), port, upstream, { core: 'any', workers });
  try {
    return await throughput({ url: `http://127.0.0.1:${port}/1k`, headers: {} }, settings.seconds);
  } finally {
    await stop(server);
  }
}

/** Rounds alternate between the kinds. */
export async function workersPart(setUp: SetUp): Promise<string> {
  const seen = KINDS.map(({ kind, workers: count }) => ({ kind, count, rates: [] as number[] }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const { kind, count, rates } of seen) {
      const rate = await measureOne(setUp, kind, count);
      rates.push(rate);
      console.error(`round ${round + 1}, ${kind} with ${count}: ${Math.round(rate)}/s`);
    }
  }
  const rate = (kind: Kind, count: number): number =>
    median(seen.find((one) => one.kind === kind && one.count === count)?.rates ?? []);
  return table(
    [`${CONNECTIONS} connections`, 'req/s', '/ one worker', '/ nginx with as many'],
    seen.map(({ kind, count, rates }) => [
      `${kind}, ${count === 1 ? 'one worker' : 'two workers'}`,
      figure(median(rates)),
      `${(median(rates) / rate(kind, 1)).toFixed(2)} ×`,
      `${(median(rates) / rate('nginx', count)).toFixed(2)} ×`,
    ]),
  );
}
