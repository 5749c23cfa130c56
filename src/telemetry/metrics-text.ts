// The Prometheus text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats).
import type { MetricFamily, Sample } from './metric-family.ts';

export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
const quoted = (text: string): string => `"${escaped(text).replaceAll('"', '\\"')}"`;

function figure(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

function line({ name, labels, value }: Sample): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}=${quoted(text)}`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${figure(value)}`;
}

export function metricsText(families: readonly MetricFamily[]): string {
  const parts = families.map(({ name, help, type, samples }) =>
    [`# HELP ${name} ${escaped(help)}`, `# TYPE ${name} ${type}`, ...samples.map(line)].join('\n'),
  );
  return `${parts.join('\n\n')}\n`;
}
