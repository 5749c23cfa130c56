// The policies of the package, as `holdgate init --policies` copies them.
import { readFileSync } from 'node:fs';
import { parsePolicyFile } from '../../core/policy/parse.ts';

const FOLDER = new URL('../../../policies/', import.meta.url);

export const SHIPPED_POLICIES: readonly string[] = [
  'aws',
  'azure',
  'baseline',
  'databases',
  'gcp',
  'github',
  'kubernetes',
  'mcp',
];

/** The text of one of {@link SHIPPED_POLICIES}, without the line that only makes sense beside the schema. Throws where the package is broken. */
export function shippedPolicy(name: string): string {
  const text = readFileSync(new URL(`${name}.yaml`, FOLDER), 'utf8');
  return text.replace(/^# yaml-language-server:.*\n/, '');
}

/** How many people the strictest of its rules asks for. */
export function peopleNeeded(name: string): number {
  const parsed = parsePolicyFile(shippedPolicy(name), `${name}.yaml`);
  if (!parsed.ok) throw new Error(`the shipped policy ${name} has faults`);
  return parsed.policy.rules.reduce((most, { hold }) => Math.max(most, hold?.approvals ?? 1), 1);
}
