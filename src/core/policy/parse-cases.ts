// Reads one file of policy tests, every fault of it at once.
import { type Fault, parseLocatedYaml } from '../located-yaml.ts';
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
  const reading = readCases(yaml.value);
  if (!reading.ok) return { ok: false, faults: schemaFaults(reading.issues, yaml) };
  const { cases, ...rest } = reading.cases;
  const faults = cases.flatMap((item, i): Fault[] => {
    const at = yaml.locate(['cases', i]);
    if ((item.call === undefined) === (item.action === undefined)) {
      return [{ at, message: 'a case has either `call` or `action`' }];
    }
    const both = item.call?.body !== undefined && item.call.body_base64 !== undefined;
    return both ? [{ at, message: 'a call has either `body` or `body_base64`' }] : [];
  });
  if (faults.length > 0) return { ok: false, faults };
  return { ok: true, file: rest, cases: cases.map((item, i) => ({ ...item, at: yaml.locate(['cases', i]) })) };
}
