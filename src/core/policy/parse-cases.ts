// Reads one file of policy tests, every fault of it at once.
import { type Fault, parseLocatedYaml } from '../located-yaml.ts';
import { nearest } from '../nearest.ts';
import { type PolicyCase, type PolicyCases, readCases } from './schema-cases.ts';
import { schemaFaults } from './schema-faults.ts';

export interface LocatedCase extends PolicyCase {
  /** `file:line:col`. */
  readonly at: string;
}

export type CasesResult =
  | { readonly ok: true; readonly file: Omit<PolicyCases, 'cases'>; readonly cases: readonly LocatedCase[] }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** Parses the text of a file of policy tests; `file` is only used in positions. */
export function parseCases(text: string, file: string): CasesResult {
  const parsed = parseLocatedYaml(text, file);
  if (!parsed.ok) return { ok: false, faults: parsed.faults };
  const { yaml } = parsed;
  if (yaml.value === null)
    return { ok: false, faults: [{ at: `${file}:1:1`, message: 'the file is empty; expected `version` and `cases`' }] };
  const reading = readCases(yaml.value);
  if (!reading.ok) return { ok: false, faults: schemaFaults(reading.issues, yaml) };
  const { cases, ...rest } = reading.cases;
  /** Names in `expect` that are not those of exactly one case. */
  const namesFault = (key: 'covered_by' | 'not_covered_by', i: number): Fault[] =>
    (cases[i]?.expect[key] ?? []).flatMap((name): Fault[] => {
      const count = cases.filter((other) => other.name === name).length;
      if (count === 1) return [];
      const at = yaml.locate(['cases', i, 'expect', key]);
      const near = nearest(
        name,
        cases.map((other) => other.name),
      );
      const hint = near === undefined ? 'expected the `name` of a case of this file' : `did you mean "${near}"?`;
      const message = count > 1 ? `${count} cases have the name "${name}"` : `no case has the name "${name}"; ${hint}`;
      return [{ at, message: `${key}: ${message}` }];
    });
  const faults = cases.flatMap((item, i): Fault[] => {
    const at = yaml.locate(['cases', i]);
    if ((item.call === undefined) === (item.action === undefined)) {
      return [{ at, message: 'a case has either `call` or `action`' }];
    }
    const unnamed = (['covered_by', 'not_covered_by'] as const).flatMap((key) => namesFault(key, i));
    if (unnamed.length > 0) return unnamed;
    const both = item.call?.body !== undefined && item.call.body_base64 !== undefined;
    return both ? [{ at, message: 'a call has either `body` or `body_base64`' }] : [];
  });
  if (faults.length > 0) return { ok: false, faults };
  return { ok: true, file: rest, cases: cases.map((item, i) => ({ ...item, at: yaml.locate(['cases', i]) })) };
}
