// Capitals in names that calls have in lower case: a rule about them never matches, and nobody would notice.
import { expect, it } from 'vitest';
import { lintPolicies } from '../../../src/core/policy/lint.ts';
import { parsePolicyFile } from '../../../src/core/policy/parse.ts';

function said(rule: string): string[] {
  const text = `version: 1\nowner: team\nrules:\n  - {id: a, description: d, effect: hold, ${rule}}\n`;
  const result = parsePolicyFile(text, 'p.yaml');
  if (!result.ok) throw new Error(result.faults.map((fault) => `${fault.at} ${fault.message}`).join('\n'));
  return lintPolicies([result.policy]).map(({ at, severity, message }) => `${at} ${severity}: ${message}`);
}

it.each([
  ['match: {action: "github:repos/delete", resource: {id: Acme/app}}', 'Acme/app', 'acme/app'],
  ['match: {action: "github:*", resource: {namespace: ["ok", "ACME*"]}}', 'ACME*', 'acme*'],
  [
    'match: {action: "github:*"}, except: {action: "github:repos/*", resource: {type: repo, id: "*/App"}}',
    '*/App',
    '*/app',
  ],
])('%s never matches', (rule, name, right) => {
  expect(said(rule)).toEqual([
    expect.stringMatching(/^p\.yaml:4:\d+ error: rule "a": names of GitHub are in lower case here, so /),
  ]);
  expect(said(rule)[0]).toContain(`so "${name}" never matches; write "${right}"`);
});

it.each([
  'match: {action: "github:repos/delete", resource: {id: acme/app}}',
  'match: {action: "aws:s3:*", resource: {id: Bucket}}',
  'match: {action: ["github:*", "git:*"], resource: {id: Acme/App}}',
  'match: {resource: {id: Acme/App}}',
  'match: {action: "github:packages/*", resource: {type: package, id: MyPackage}}',
])('%s may match', (rule) => {
  expect(said(rule)).toEqual([]);
});
