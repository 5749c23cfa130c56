// Blocks whose actions never have the level or tag that is asked for.
import { expect, it } from 'vitest';
import { lintPolicies } from '../../../src/core/policy/lint.ts';
import type { ListedAction } from '../../../src/core/policy/lint-finding.ts';
import { parsePolicyFile } from '../../../src/core/policy/parse.ts';

const AWS: readonly ListedAction[] = [
  { name: 'aws:iam:CreateUser', level: 'write', tags: ['privilege-escalation'] },
  { name: 'aws:iam:GetRole', level: 'read', tags: [] },
  { name: 'aws:new:Thing', level: 'unknown', tags: [] },
  { name: 'aws:s3:GetObject', level: 'read', tags: ['data-export'] },
];

function said(match: string, whole = true): string[] {
  const text = `version: 1\nowner: team\nrules:\n  - {id: a, description: d, effect: hold, match: ${match}}\n`;
  const result = parsePolicyFile(text, 'p.yaml');
  if (!result.ok) throw new Error(result.faults.map((fault) => `${fault.at} ${fault.message}`).join('\n'));
  const of = (names: readonly ListedAction[]) => (prefix: string) =>
    names.filter(({ name }) => name.startsWith(prefix));
  const catalogues = [
    { provider: 'aws', complete: true, below: of(AWS) },
    { provider: 'k8s', complete: false, below: of([{ name: 'k8s:get:pods', level: 'read', tags: [] }]) },
    { provider: 'git', complete: true, below: of([{ name: 'git:push:*', level: 'write', tags: [] }]) },
    { provider: 'gcp', complete: true, below: of([{ name: 'gcp:a.b' }]) },
  ];
  return lintPolicies([result.policy], { actions: { catalogues, whole } })
    .filter(({ code }) => code === 'unmatched-name')
    .map(({ at, severity, message }) => `${at} ${severity}: ${message}`);
}

it.each([
  ['{action: "aws:iam:GetRole", level: write}', 'no action of "aws:iam:GetRole" has the level write'],
  [
    '{action: "aws:s3:*", tags: [destructive, secret-read]}',
    'no action of "aws:s3:*" has the tag destructive or secret-read',
  ],
  ['{action: ["aws:iam:*", "aws:s3:*"], level: list}', 'no action of "aws:iam:*", "aws:s3:*" has the level list'],
  ['{action: "aws:*", level: read, tags: privilege-escalation}', 'has the level read and the tag privilege-escalation'],
])('%s never matches', (match, message) => {
  expect(said(match)).toEqual([expect.stringContaining(message)]);
  expect(said(match)[0]).toMatch(/^p\.yaml:4:\d+ warning: rule "a" never matches: /);
});

it.each([
  '{action: "aws:iam:*", level: [list, write]}',
  '{action: "aws:*", tags: [destructive, data-export]}',
  '{action: "aws:new:*", level: write}',
  '{action: ["aws:iam:GetRole", "k8s:get:pods"], level: write}',
  '{action: "k8s:get:pods", level: write}',
  '{action: "git:push:*", tags: destructive}',
  '{action: "gcp:*", level: write}',
  '{action: "*", level: write}',
  '{action: "aws:iam:NoSuchThing", level: write}',
  '{level: write, tags: destructive}',
])('%s may match', (match) => {
  expect(said(match)).toEqual([]);
});

it('is left to `policy check`, where there is time', () => {
  expect(said('{action: "aws:iam:GetRole", level: write}', false)).toEqual([]);
});
