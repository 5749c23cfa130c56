// The primary's view of its workers' metrics: asks all of them at a scrape, waits a second at most, and keeps what it last
// heard. INVARIANT: a worker that is stuck or dead neither takes the page away nor lets a counter fall.
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Clock } from '../ports/clock.ts';
import { mergeFamilies, whatCounts, type WorkerReport } from './merge-families.ts';
import type { MetricFamily } from './metric-family.ts';
import { registryFamilies } from './registry-families.ts';

export interface WorkerFiguresDeps {
  readonly clock: Clock;
  /** Workers that this gate ought to run. */
  readonly workers: number;
  /** Numbers of those that run now. */
  readonly running: () => readonly number[];
  /** Asks a worker for its figures; the answer comes with `heard` and the same number. */
  readonly ask: (worker: number, question: number) => void;
}

export interface WorkerFigures {
  /** Figures of the whole gate. Scrapes at the same time share one round of questions. */
  collect(): Promise<readonly MetricFamily[]>;
  heard(worker: number, question: number, families: readonly MetricFamily[]): void;
  /** The process of this worker has ended. */
  gone(worker: number): void;
  /** Stops watching this process. */
  close(): void;
}

/** How long a worker may take to answer, ms. */
const ANSWER_WITHIN = 1000;
const PRIMARY = 'primary';

interface Known {
  readonly question: number;
  readonly families: readonly MetricFamily[];
}

export function createWorkerFigures({ clock, workers, running, ask }: WorkerFiguresDeps): WorkerFigures {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const known = new Map<number, Known>();
  let retired: readonly MetricFamily[] = [];
  let exits = 0;
  let question = 0;
  let round: { readonly waiting: Set<number>; readonly done: () => void } | undefined;
  let collecting: Promise<readonly MetricFamily[]> | undefined;

  const own = (name: string, help: string, type: 'gauge' | 'counter', value: number): MetricFamily => ({
    name: `holdgate_${name}`,
    help,
    type,
    merging: 'sum',
    samples: [{ name: `holdgate_${name}`, labels: {}, value }],
  });

  const settle = (worker: number): void => {
    round?.waiting.delete(worker);
    if (round?.waiting.size === 0) round.done();
  };

  async function askAll(): Promise<readonly MetricFamily[]> {
    question++;
    const asked = question;
    const { promise, resolve } = Promise.withResolvers<void>();
    round = { waiting: new Set(running()), done: resolve };
    const cancel = clock.after(ANSWER_WITHIN, resolve);
    for (const worker of round.waiting) ask(worker, asked);
    if (round.waiting.size === 0) resolve();
    await promise;
    cancel();
    round = undefined;
    const reports = [...known]
      .toSorted(([a], [b]) => a - b)
      .map(
        ([worker, { question: answered, families }]): WorkerReport => ({
          worker: String(worker),
          families,
          fresh: answered === asked,
        }),
      );
    return [
      own('workers', 'Processes that this gate ought to run', 'gauge', workers),
      own('workers_reporting', 'Of them, those whose figures on this page are of now', 'gauge', fresh(reports)),
      own('worker_exits_total', 'Workers that ended although nobody stopped the gate', 'counter', exits),
      ...mergeFamilies([
        ...reports,
        { worker: '', families: retired, fresh: false },
        { worker: PRIMARY, families: await registryFamilies(registry), fresh: true },
      ]),
    ];
  }

  return {
    collect() {
      collecting ??= askAll().finally(() => {
        collecting = undefined;
      });
      return collecting;
    },
    heard(worker, answered, families) {
      // An answer that is late must not put an older figure over a newer one.
      if ((known.get(worker)?.question ?? 0) > answered) return;
      known.set(worker, { question: answered, families });
      if (answered === question) settle(worker);
    },
    gone(worker) {
      exits++;
      const last = known.get(worker);
      known.delete(worker);
      if (last) {
        const reports = [retired, whatCounts(last.families)].map((families) => ({
          worker: '',
          families,
          fresh: false,
        }));
        retired = mergeFamilies(reports);
      }
      settle(worker);
    },
    close: () => registry.clear(),
  };
}

function fresh(reports: readonly WorkerReport[]): number {
  return reports.filter((report) => report.fresh).length;
}
