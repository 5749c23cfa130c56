// Reads one policy file: every fault of it at once, each with its position, or the policy made uniform.
// INVARIANT: a file with any fault gives no policy at all; nothing of it is half used.
import { type Fault, type LocatedYaml, parseLocatedYaml } from '../located-yaml.ts';
import type { PolicyFile, Rule } from './ast.ts';
import { checkRules } from './parse-checks.ts';
import { type PolicySource, readPolicy } from './schema.ts';
import { schemaFaults } from './schema-faults.ts';

export type PolicyFileResult =
  | { readonly ok: true; readonly policy: PolicyFile }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** Parses the text of a policy file; `file` is used in positions and, without its folders and extension, as default name. */
export function parsePolicyFile(text: string, file: string): PolicyFileResult {
  const parsed = parseLocatedYaml(text, file);
  const { yaml } = parsed;
  const faults: Fault[] = parsed.ok ? [] : [...parsed.faults];
  if (!yaml) return { ok: false, faults };
  if (yaml.value === null)
    return {
      ok: false,
      faults: [{ at: `${file}:1:1`, message: 'the file is empty; a policy needs at least one rule' }],
    };
  const reading = readPolicy(yaml.value);
  // Where YAML itself was refused, what the schema says about the same place is a consequence of it.
  const taken = new Set(faults.map((fault) => fault.at));
  const further = [...(reading.ok ? [] : schemaFaults(reading.issues, yaml)), ...checkRules(yaml)];
  faults.push(...further.filter((fault) => !taken.has(fault.at)));
  if (faults.length > 0 || !reading.ok) return { ok: false, faults: inFileOrder(faults) };
  return { ok: true, policy: uniform(reading.policy, file, yaml) };
}

function inFileOrder(faults: readonly Fault[]): Fault[] {
  const place = (fault: Fault): readonly [number, number] => {
    const [line, column] = fault.at.split(':').slice(-2).map(Number);
    return [line ?? 0, column ?? 0];
  };
  return faults.toSorted((a, b) => {
    const [x, y] = [place(a), place(b)];
    return x[0] - y[0] || x[1] - y[1];
  });
}

function uniform(source: PolicySource, file: string, yaml: LocatedYaml): PolicyFile {
  const rules = source.rules.map(
    (rule, i): Rule => ({
      id: rule.id,
      description: rule.description,
      at: yaml.locate(['rules', i]),
      match: rule.match,
      except: rule.except ?? [],
      when: rule.when,
      effect: rule.effect,
      mode: rule.mode ?? source.mode ?? 'enforce',
      hold: rule.hold,
      risk: rule.risk,
      websocket: rule.websocket ?? false,
    }),
  );
  const locate = (path: readonly (string | number)[]): string => yaml.locate(writtenPath(path, yaml.value));
  return { file, name: source.name ?? baseName(file), owner: source.owner, rules, locate };
}

/** Without the places in lists that the file leaves out: a single value stands for a list of one. */
function writtenPath(path: readonly (string | number)[], value: unknown): (string | number)[] {
  const written: (string | number)[] = [];
  let at = value;
  for (const step of path) {
    if (typeof step === 'number' && !Array.isArray(at)) continue;
    written.push(step);
    at = typeof at === 'object' && at !== null ? (Reflect.get(at, step) as unknown) : undefined;
  }
  return written;
}

function baseName(file: string): string {
  return file.replace(/^.*[/\\]/, '').replace(/\.ya?ml$/i, '');
}
