// Turns zod's issues into faults with positions: what was expected, what was there, the nearest valid word.
import type { z } from 'zod';
import type { Fault, LocatedYaml } from '../located-yaml.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly (string | number)[];

const NOUNS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
  null: 'null',
};

function noun(expected: string): string {
  return NOUNS[expected] ?? expected;
}

function describe(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  return `${noun(typeof value)}, ${JSON.stringify(value)}`;
}

/** One fault for each thing that is wrong, in the order of the issues. */
export function schemaFaults(issues: readonly Issue[], yaml: LocatedYaml): Fault[] {
  return issues.flatMap((issue) => faultsOf(issue, [], yaml));
}

function faultsOf(issue: Issue, parent: Path, yaml: LocatedYaml): Fault[] {
  const path: Path = [...parent, ...issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))];
  const fault = (message: string, at: Path = path, key = false): Fault => ({ at: yaml.locate(at, key), message });
  switch (issue.code) {
    case 'unrecognized_keys': {
      const messages = issue.message.split('\n');
      return issue.keys.map((name, i) => fault(messages[i] ?? `unknown key "${name}"`, [...path, name], true));
    }
    case 'invalid_type': {
      const found = valueAt(yaml.value, path);
      const name = path.at(-1);
      if (found === undefined && typeof name === 'string') return [fault(`the key "${name}" is missing`)];
      return [fault(`expected ${noun(issue.expected)}, got ${describe(found)}`)];
    }
    case 'invalid_union':
      return unionFaults(issue, path, yaml);
    case 'custom':
      return [fault(issue.message, path, issue.params?.['key'] === true)];
    default: {
      const missing = valueAt(yaml.value, path) === undefined && typeof path.at(-1) === 'string';
      return [fault(missing ? `the key "${String(path.at(-1))}" is missing` : issue.message)];
    }
  }
}

// The branch whose type fits is the one that was meant; where none fits, the types of all of them are what was expected.
function unionFaults(issue: z.core.$ZodIssueInvalidUnion, path: Path, yaml: LocatedYaml): Fault[] {
  const found = valueAt(yaml.value, path);
  const name = path.at(-1);
  if (found === undefined && typeof name === 'string')
    return [{ at: yaml.locate(path), message: `the key "${name}" is missing` }];
  const meant = issue.errors.filter((branch) => !branch.some((inner) => rejectsType(inner)));
  const [first] = meant;
  if (first) return first.flatMap((inner) => faultsOf(inner, path, yaml));
  const words = issue.errors.find((branch) => branch[0]?.code === 'invalid_value');
  if (words?.[0] && typeof found === 'string') return [{ at: yaml.locate(path), message: words[0].message }];
  const expected = [...new Set(issue.errors.flatMap((branch) => branch.flatMap(expectedTypes)))];
  return [{ at: yaml.locate(path), message: `expected ${expected.join(' or ')}, got ${describe(found)}` }];
}

function rejectsType(issue: Issue): boolean {
  if (issue.path.length > 0) return false;
  if (issue.code === 'invalid_union') return issue.errors.every((branch) => branch.some(rejectsType));
  return issue.code === 'invalid_type' || issue.code === 'invalid_value';
}

function expectedTypes(issue: Issue): string[] {
  if (issue.path.length > 0) return [];
  if (issue.code === 'invalid_type') return [noun(issue.expected)];
  if (issue.code === 'invalid_value') return [`one of ${issue.values.map(String).join(', ')}`];
  if (issue.code === 'invalid_union') return issue.errors.flatMap((branch) => branch.flatMap(expectedTypes));
  return [];
}

function valueAt(value: unknown, path: Path): unknown {
  let at: unknown = value;
  for (const step of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined;
    at = (at as Record<string | number, unknown>)[step];
  }
  return at;
}
