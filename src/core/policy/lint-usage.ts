// Datasets that conditions ask about and the configuration does not have: their usage would be zero for ever.
import { nearest } from '../nearest.ts';
import type { PolicyFile, Rule } from './ast.ts';
import type { Finding, KnownNames } from './lint-finding.ts';
import { compileWhen } from './when.ts';

export function lintUsage(files: readonly PolicyFile[], { datasets }: KnownNames): Finding[] {
  if (!datasets) return [];
  return files.flatMap((file) => file.rules).flatMap((rule) => unknownDatasets(rule, datasets));
}

function unknownDatasets(rule: Rule, datasets: readonly string[]): Finding[] {
  const sources = [rule.when, ...[...rule.match, ...rule.except].map((block) => block.when)];
  const asked = new Set(
    sources.flatMap((source) => {
      const compiled = source?.includes('usage') === true ? compileWhen(source) : undefined;
      return compiled?.ok === true ? compiled.when.usage.map(({ dataset }) => dataset) : [];
    }),
  );
  return [...asked]
    .filter((name) => !datasets.includes(name))
    .map((name) => {
      const near = nearest(name, datasets);
      const hint = near === undefined ? '' : `; did you mean "${near}"?`;
      const message = `rule "${rule.id}": the configuration has no dataset or upstream "${name}"${hint}`;
      return { severity: 'error', code: 'unknown-name', at: rule.at, rule: rule.id, message };
    });
}
