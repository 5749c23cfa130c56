// The metrics of a prom-client registry as plain data.
import type { Registry } from 'prom-client';
import type { Merging, MetricFamily, Sample } from './metric-family.ts';

/** `aggregator: 'max'` on one of ours says that workers do not add up; figures of the process never do. */
function mergingOf(name: string, aggregator: string): Merging {
  if (!name.startsWith('holdgate_')) return 'each';
  return aggregator === 'max' ? 'max' : 'sum';
}

interface Value {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number | undefined>>;
  /** Of the parts of a histogram. */
  readonly metricName?: string;
}

export async function registryFamilies(registry: Registry): Promise<MetricFamily[]> {
  const metrics = await registry.getMetricsAsJSON();
  return metrics.map(({ name, help, type, aggregator, values }) => ({
    name,
    help,
    type: String(type) as MetricFamily['type'],
    merging: mergingOf(name, aggregator),
    samples: (values as readonly Value[]).map(
      ({ value, labels, metricName = name }): Sample => ({
        name: metricName,
        labels: Object.fromEntries(Object.entries(labels).map(([label, text]) => [label, String(text)])),
        value,
      }),
    ),
  }));
}
