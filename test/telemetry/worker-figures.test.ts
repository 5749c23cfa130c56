import { beforeEach, describe, expect, it } from 'vitest';
import type { MetricFamily } from '../../src/telemetry/metric-family.ts';
import { createWorkerFigures, type WorkerFigures } from '../../src/telemetry/worker-figures.ts';
import { createManualClock, type ManualClock } from '../ports/manual-clock.ts';

let clock: ManualClock;
let running: number[];
/** Workers that answer a question, with what they have counted. */
let counted: Map<number, number>;
let asked: { readonly worker: number; readonly question: number }[];
let figures: WorkerFigures;

const calls = (value: number): MetricFamily[] => [
  { name: 'calls', help: '', type: 'counter', merging: 'sum', samples: [{ name: 'calls', labels: {}, value }] },
  { name: 'held', help: '', type: 'gauge', merging: 'sum', samples: [{ name: 'held', labels: {}, value: 1 }] },
];

beforeEach(() => {
  clock = createManualClock();
  running = [1, 2];
  counted = new Map([
    [1, 10],
    [2, 20],
  ]);
  asked = [];
  figures = createWorkerFigures({
    clock,
    workers: 2,
    running: () => running,
    ask(worker, question) {
      asked.push({ worker, question });
      const value = counted.get(worker);
      if (value !== undefined) figures.heard(worker, question, calls(value));
    },
  });
  return () => figures.close();
});

const valueOf = (families: readonly MetricFamily[], name: string): number | undefined =>
  families.find((one) => one.name === name)?.samples[0]?.value;
const page = async (): Promise<Record<string, number | undefined>> => {
  const families = await figures.collect();
  return {
    calls: valueOf(families, 'calls'),
    held: valueOf(families, 'held'),
    reporting: valueOf(families, 'holdgate_workers_reporting'),
    exits: valueOf(families, 'holdgate_worker_exits_total'),
  };
};

describe('the page of several workers', () => {
  it('is the sum of what they say now', async () => {
    expect(await page()).toEqual({ calls: 30, held: 2, reporting: 2, exits: 0 });
    counted.set(1, 11);
    expect(await page()).toMatchObject({ calls: 31 });
  });

  it('does not go back when one dies, is replaced, and dies again', async () => {
    await page();
    running = [2];
    figures.gone(1);
    expect(await page()).toEqual({ calls: 30, held: 1, reporting: 1, exits: 1 });
    running = [1, 2];
    counted.set(1, 3);
    expect(await page()).toEqual({ calls: 33, held: 2, reporting: 2, exits: 1 });
    running = [2];
    figures.gone(1);
    expect(await page()).toMatchObject({ calls: 33, held: 1, exits: 2 });
  });

  it('shows after a second what a stuck one said last, and that it does not report', async () => {
    await page();
    counted.delete(1);
    counted.set(2, 25);
    const stuck = page();
    clock.advance(999);
    expect(await Promise.race([stuck, Promise.resolve('waiting')])).toBe('waiting');
    clock.advance(1);
    expect(await stuck).toEqual({ calls: 35, held: 2, reporting: 1, exits: 0 });
  });

  it('waits no longer for one that dies meanwhile', async () => {
    counted.delete(1);
    const waiting = page();
    running = [2];
    figures.gone(1);
    expect(await waiting).toMatchObject({ calls: 20, reporting: 1 });
  });

  it('takes a late answer, but never an older one over a newer', async () => {
    await page();
    counted.delete(1);
    const stuck = page();
    clock.advance(1000);
    await stuck;
    const [late] = asked.filter(({ worker }) => worker === 1).slice(-1);
    figures.heard(1, late?.question ?? 0, calls(15));
    const again = page();
    clock.advance(1000);
    expect(await again).toMatchObject({ calls: 35, reporting: 1 });
    figures.heard(1, 1, calls(1));
    const third = page();
    clock.advance(1000);
    expect(await third).toMatchObject({ calls: 35 });
  });

  it('asks once for scrapes that come together', async () => {
    const [one, other] = await Promise.all([figures.collect(), figures.collect()]);
    expect(one).toBe(other);
    expect(asked).toHaveLength(2);
  });

  it('is there while no worker is', async () => {
    running = [];
    expect(await page()).toEqual({ calls: undefined, held: undefined, reporting: 0, exits: 0 });
  });

  it('has the figures of the primary itself', async () => {
    const families = await figures.collect();
    const memory = families.find(({ name }) => name === 'process_resident_memory_bytes');
    expect(memory?.samples.map(({ labels }) => labels)).toEqual([{ worker: 'primary' }]);
  });
});
