// One page out of what several workers report. INVARIANT: a sum never goes back while workers come and go: what a dead one
// had counted stays in it.
import type { MetricFamily, Sample } from './metric-family.ts';

export interface WorkerReport {
  /** Value of the label `worker` for figures of the process. */
  readonly worker: string;
  readonly families: readonly MetricFamily[];
  /** False: what it said some time ago, for it did not answer this time. */
  readonly fresh: boolean;
}

type Samples = Map<string, Sample>;

interface Building {
  readonly family: MetricFamily;
  readonly samples: Samples;
}

const keyOf = ({ name, labels }: Sample): string => `${name} ${JSON.stringify(labels)}`;

function add(samples: Samples, sample: Sample, join: (a: number, b: number) => number): void {
  const key = keyOf(sample);
  const before = samples.get(key);
  samples.set(key, before ? { ...sample, value: join(before.value, sample.value) } : sample);
}

const sum = (a: number, b: number): number => a + b;
/** What one of two does not know (NaN) is taken from the other. */
const largest = (a: number, b: number): number => (Number.isNaN(a) || b > a ? b : a);

/** Families in the order in which they first appear. */
export function mergeFamilies(reports: readonly WorkerReport[]): MetricFamily[] {
  const merged = new Map<string, Building>();
  for (const { worker, families, fresh } of reports) {
    for (const family of families) {
      const building = merged.get(family.name) ?? { family, samples: new Map<string, Sample>() };
      merged.set(family.name, building);
      const { samples } = building;
      for (const sample of family.samples) {
        if (family.merging === 'sum') add(samples, sample, sum);
        else if (family.merging === 'each') add(samples, { ...sample, labels: { ...sample.labels, worker } }, largest);
        // What is the same everywhere is asked of those who know it now.
        else if (fresh) add(samples, sample, largest);
      }
    }
  }
  return [...merged.values()].map(({ family, samples }) => ({ ...family, samples: [...samples.values()] }));
}

/** What stays of a worker that is gone: whatever only ever grows. */
export function whatCounts(families: readonly MetricFamily[]): MetricFamily[] {
  return families.filter(({ merging, type }) => merging === 'sum' && (type === 'counter' || type === 'histogram'));
}
