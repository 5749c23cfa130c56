import { describe, expect, it } from 'vitest';
import { mergeFamilies, type WorkerReport, whatCounts } from '../../src/telemetry/merge-families.ts';
import type { Merging, MetricFamily } from '../../src/telemetry/metric-family.ts';
import { metricsText } from '../../src/telemetry/metrics-text.ts';

function family(
  merging: Merging,
  values: Readonly<Record<string, number>>,
  type: MetricFamily['type'] = 'counter',
): MetricFamily {
  const samples = Object.entries(values).map(([rule, value]) => ({ name: 'x', labels: { rule }, value }));
  return { name: 'x', help: 'An x', type, merging, samples };
}
const report = (worker: string, one: MetricFamily, fresh = true): WorkerReport => ({ worker, families: [one], fresh });
const lines = (...reports: WorkerReport[]): string[] =>
  metricsText(mergeFamilies(reports))
    .split('\n')
    .filter((line) => line.startsWith('x'));

describe('merging what workers report', () => {
  it('adds up what each has a part of, series by series', () => {
    expect(lines(report('1', family('sum', { a: 1, b: 2 })), report('2', family('sum', { b: 3, c: 4 })))).toEqual([
      'x{rule="a"} 1',
      'x{rule="b"} 5',
      'x{rule="c"} 4',
    ]);
  });

  it('takes the parts of a histogram apart by their names', () => {
    const histogram: MetricFamily = {
      name: 'x',
      help: 'An x',
      type: 'histogram',
      merging: 'sum',
      samples: [
        { name: 'x_bucket', labels: { le: '1' }, value: 1 },
        { name: 'x_bucket', labels: { le: '+Inf' }, value: 2 },
        { name: 'x_sum', labels: {}, value: 0.5 },
        { name: 'x_count', labels: {}, value: 2 },
      ],
    };
    expect(lines(report('1', histogram), report('2', histogram))).toEqual([
      'x_bucket{le="1"} 2',
      'x_bucket{le="+Inf"} 4',
      'x_sum 1',
      'x_count 4',
    ]);
  });

  it('does not add up what is the same everywhere, and shows both where a change is under way', () => {
    expect(lines(report('1', family('max', { old: 1, n: 3 })), report('2', family('max', { new: 1, n: 4 })))).toEqual([
      'x{rule="old"} 1',
      'x{rule="n"} 4',
      'x{rule="new"} 1',
    ]);
  });

  it('asks only those who know it now what is the same everywhere', () => {
    expect(lines(report('1', family('max', { n: 50 }), false), report('2', family('max', { n: 3 })))).toEqual([
      'x{rule="n"} 3',
    ]);
    expect(lines(report('1', family('sum', { n: 50 }), false), report('2', family('sum', { n: 3 })))).toEqual([
      'x{rule="n"} 53',
    ]);
  });

  it('knows what one of them knows, and says so where none does', () => {
    const unknown = report('1', family('max', { n: Number.NaN }));
    expect(lines(unknown, report('2', family('max', { n: 3 })))).toEqual(['x{rule="n"} 3']);
    expect(lines(report('2', family('max', { n: 3 })), unknown)).toEqual(['x{rule="n"} 3']);
    expect(lines(unknown, unknown)).toEqual(['x{rule="n"} NaN']);
  });

  it('keeps figures of a process apart', () => {
    expect(lines(report('1', family('each', { a: 1 })), report('2', family('each', { a: 1 })))).toEqual([
      'x{rule="a",worker="1"} 1',
      'x{rule="a",worker="2"} 1',
    ]);
  });
});

it('keeps of a worker that is gone what only ever grows', () => {
  const families = [
    family('sum', { counter: 1 }),
    family('sum', { histogram: 1 }, 'histogram'),
    family('sum', { gauge: 1 }, 'gauge'),
    family('max', { info: 1 }, 'gauge'),
    family('each', { cpu: 1 }),
  ];
  expect(whatCounts(families).map(({ samples }) => samples[0]?.labels['rule'])).toEqual(['counter', 'histogram']);
});

it('writes labels and helps so that they read back as they were', () => {
  const text = metricsText([
    {
      name: 'x',
      help: 'a\\b\nc',
      type: 'gauge',
      merging: 'sum',
      samples: [{ name: 'x', labels: { l: 'a"b\\c\nd' }, value: Infinity }],
    },
  ]);
  expect(text).toBe('# HELP x a\\\\b\\nc\n# TYPE x gauge\nx{l="a\\"b\\\\c\\nd"} +Inf\n');
});
