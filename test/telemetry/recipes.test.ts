// The recipes and alerts of docs/operating.md ask for series and labels that exist, in whatever page the metrics make.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { createEventBus } from '../../src/telemetry/bus.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';

const page = readFileSync(new URL('../../docs/operating.md', import.meta.url), 'utf8');
const [, section = ''] = /^## Approval fatigue$(.+?)^## /ms.exec(page) ?? [];
const SERIES = /(holdgate_\w+)(?:\{([^}]*)\})?/g;

async function known(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const metrics = createMetrics(createEventBus(), {
    approvalsOpen: () => 0,
    heldConnections: () => 0,
    process: false,
  });
  const text = await metrics.render();
  metrics.close();
  const names = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].flatMap(([, name = '', type]) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
  );
  // Series without a value show no labels: docs/evidence.md has the labels of each, and is read for them.
  const evidence = readFileSync(new URL('../../docs/evidence.md', import.meta.url), 'utf8');
  return new Map(
    names.map((name) => {
      const base = name.replace(/_(?:bucket|count|sum)$/, '');
      const row = evidence.split('\n').find((line) => line.includes(`\`${base}\``)) ?? '';
      const words = [...row.matchAll(/`(\w+)`/g)].map(([, word = '']) => word);
      return [name, new Set([...words, ...(name.endsWith('_bucket') ? ['le'] : [])])];
    }),
  );
}

it('name only series and labels that there are', async () => {
  const all = await known();
  const asked = [...section.matchAll(SERIES)];
  expect(asked.length).toBeGreaterThan(15);
  for (const [, name = '', labels = ''] of asked) {
    expect([...all.keys()], name).toContain(name);
    for (const [, label = ''] of labels.matchAll(/(\w+)=~?"/g))
      expect([...(all.get(name) ?? [])], name).toContain(label);
  }
});

it('alerts are a file that Prometheus reads: groups of rules with an expression', () => {
  const [, yaml = ''] = /```yaml\n(.+?)```/s.exec(section) ?? [];
  const { groups } = parse(yaml) as {
    readonly groups: readonly { readonly name: string; readonly rules: readonly Record<string, unknown>[] }[];
  };
  const rules = groups.flatMap((group) => group.rules);
  expect(rules.length).toBeGreaterThan(2);
  for (const rule of rules) {
    expect(Object.keys(rule).filter((key) => !['alert', 'expr', 'for', 'annotations'].includes(key))).toEqual([]);
    expect(String(rule['expr'])).toMatch(/holdgate_\w+/);
  }
});
