// Names of actions in rules against what catalogues list: where they stand, what is wrong, what would be right.
import { describe, expect, it } from 'vitest';
import { lintPolicies } from '../../../src/core/policy/lint.ts';
import type { ActionCatalogue, Finding } from '../../../src/core/policy/lint-finding.ts';
import { parsePolicyFile } from '../../../src/core/policy/parse.ts';

const AWS = [
  'aws:iam:AttachRolePolicy',
  'aws:iam:CreateUser',
  'aws:iam:DeleteUser',
  'aws:s3:DeleteObject',
  'aws:s3:GetObject',
  'aws:sts:AssumeRole',
];
const K8S = ['k8s:delete:apps/deployments', 'k8s:get:*.*/*', 'k8s:get:/*', 'k8s:get:pods'];

/** A catalogue of these names that remembers what it was asked for. */
function catalogue(provider: string, complete: boolean, names: readonly string[], asked: string[]): ActionCatalogue {
  return {
    provider,
    complete,
    below(prefix) {
      asked.push(prefix);
      return names.filter((name) => name.startsWith(prefix)).map((name) => ({ name }));
    },
  };
}

function findings(rules: string, whole = true, asked: string[] = []): Finding[] {
  const result = parsePolicyFile(`version: 1\nowner: team\nrules:\n${rules}`, 'p.yaml');
  if (!result.ok) throw new Error(result.faults.map((fault) => `${fault.at} ${fault.message}`).join('\n'));
  const catalogues = [
    catalogue('aws', true, AWS, asked),
    catalogue('k8s', false, K8S, asked),
    catalogue('sql', false, ['sql:delete:*', 'sql:drop:*'], asked),
  ];
  return lintPolicies([result.policy], { actions: { catalogues, whole } }).filter(
    ({ code }) => code === 'unknown-action',
  );
}

/** What is said of one pattern, without the words that every message has. */
function said(pattern: string): string | undefined {
  const [found] = findings(`  - {id: a, effect: hold, match: {action: ${JSON.stringify(pattern)}}}\n`);
  return found && `${found.severity}: ${found.message.replace('rule "a": ', '')}`;
}

describe('a complete catalogue', () => {
  it.each(['aws:iam:AttachRolePolicy', 'aws:iam:*', 'aws:*', 'aws:*:Delete*', 'aws:i?m:CreateUser', 'aws:iam:Unknown'])(
    'has %s',
    (pattern) => {
      expect(said(pattern)).toBeUndefined();
    },
  );

  it.each([
    [
      'aws:iam:AttachRolPolicy',
      'error: unknown action "aws:iam:AttachRolPolicy"; did you mean "aws:iam:AttachRolePolicy"?',
    ],
    [
      'aws:iam:attachrolepolicy',
      'error: unknown action "aws:iam:attachrolepolicy"; names are case-sensitive: did you mean "aws:iam:AttachRolePolicy"?',
    ],
    [
      'aws:iam:attach*',
      'error: no action matches "aws:iam:attach*"; names are case-sensitive: did you mean "aws:iam:Attach*"?',
    ],
    ['aws:*:*user', 'error: no action matches "aws:*:*user"; names are case-sensitive: did you mean "aws:*:*User"?'],
    ['aws:IAM:*', 'error: no action matches "aws:IAM:*"; names are case-sensitive: did you mean "aws:iam:*"?'],
    ['aws:iamm:*', 'error: no action matches "aws:iamm:*"; did you mean "aws:iam:*"?'],
    ['aws:ima:CreateUser', 'error: unknown action "aws:ima:CreateUser"; did you mean "aws:iam:CreateUser"?'],
    ['aws:iam:Detach*', 'error: no action matches "aws:iam:Detach*"'],
    ['aws:nonsense:Frobnicate', 'error: unknown action "aws:nonsense:Frobnicate"'],
  ])('has not %s', (pattern, message) => {
    expect(said(pattern)).toBe(message);
  });
});

describe('an incomplete catalogue', () => {
  it.each([
    'k8s:delete:apps/deployments',
    'k8s:get:argoproj.io/rollouts',
    'k8s:get:/version',
    'k8s:*',
    'sql:drop:public.*',
    'sql:*',
  ])('leaves room for %s', (pattern) => {
    expect(said(pattern)).toBeUndefined();
  });

  it.each([
    [
      'k8s:delete:apps/deploymnts',
      /^warning: unknown action .* among those known of k8s; did you mean "k8s:delete:apps\/deployments"\?$/,
    ],
    [
      'k8s:delet:*',
      /^warning: no action matches "k8s:delet:\*" among those known of k8s; did you mean "k8s:delete:\*"\?$/,
    ],
    ['sql:dropp:public.users', /^warning: /],
  ])('warns of %s', (pattern, message) => {
    expect(said(pattern)).toMatch(message);
  });
});

it('writes braces in names the way that patterns have them', () => {
  const asked: string[] = [];
  const names = ['azure:graph:POST:/applications/{id}/addPassword'];
  const result = parsePolicyFile(
    'version: 1\nrules:\n  - {id: a, effect: hold, match: {action: "azure:graph:POST:/applications/id/addPasword"}}\n',
    'p.yaml',
  );
  if (!result.ok) throw new Error('it is well formed');
  const actions = { catalogues: [catalogue('azure', false, names, asked)], whole: true };
  const [found] = lintPolicies([result.policy], { actions }).filter(({ code }) => code === 'unknown-action');
  expect(found?.message).toContain(String.raw`did you mean "azure:graph:POST:/applications/\{id\}/addPassword"?`);
});

describe('providers', () => {
  it.each(['*', '*:delete:*', 'k*', 'gcp:iam.projects.serviceAccounts.keys.create', 'http:POST:api.example.com/*'])(
    'that are known, or cannot be told, are no fault: %s',
    (pattern) => {
      expect(said(pattern)).toBeUndefined();
    },
  );

  it.each([
    ['kubernetes:get:pods', 'did you mean "k8s:"?'],
    ['asw:iam:*', 'did you mean "aws:"?'],
    ['AWS:iam:*', 'did you mean "aws:"?'],
    ['aws', 'did you mean "aws:"?'],
    ['AttachRolePolicy', 'expected one of aws,'],
    ['foo*', 'expected one of aws,'],
  ])('that are none are an error: %s', (pattern, hint) => {
    expect(said(pattern)).toMatch(/^error: .* is of no provider/);
    expect(said(pattern)).toContain(hint);
  });
});

it('says where each name stands, in match and except, alone and in lists', () => {
  const found = findings(`  - id: a
    effect: hold
    match: {action: "aws:iam:Nope"}
    except:
      - action: ["aws:iam:CreateUser", "aws:iam:Nope"]
  - id: b
    effect: hold
    match:
      - {method: GET}
      - action:
          - "aws:s3:GetObject"
          - "aws:s3:GetObjekt"
    except: {action: "k8s:get:pds"}
`);
  expect(found.map(({ at, rule, severity }) => `${at} ${rule} ${severity}`)).toEqual([
    'p.yaml:6:21 a error',
    'p.yaml:8:40 a error',
    'p.yaml:15:13 b error',
    'p.yaml:16:22 b warning',
  ]);
});

it('reads one service where one is named, and a name only once', () => {
  const asked: string[] = [];
  const rule = (id: string): string =>
    `  - {id: ${id}, effect: hold, match: {action: ["aws:iam:CreateUser", "aws:s3:Get*"]}}\n`;
  expect(findings(`${rule('a')}${rule('b')}`, true, asked)).toEqual([]);
  expect(asked).toEqual(['aws:iam:', 'aws:s3:']);
});

it('leaves what takes all of a provider alone where time matters', () => {
  const asked: string[] = [];
  const rules = '  - {id: a, effect: hold, match: {action: ["aws:*:*Nope", "aws:nonsense:X", "aws:iam:Nope"]}}\n';
  const found = findings(rules, false, asked);
  expect(found.map(({ message }) => message)).toEqual([
    'rule "a": unknown action "aws:nonsense:X"',
    'rule "a": unknown action "aws:iam:Nope"',
  ]);
  expect(asked).not.toContain('aws:');
});

it('is quick for many rules with many faults', () => {
  const rules = Array.from(
    { length: 3000 },
    (_, i) => `  - {id: r${i}, effect: hold, match: {action: "aws:x${i}:Y"}}\n`,
  );
  const asked: string[] = [];
  expect(findings(rules.join(''), true, asked)).toHaveLength(3000);
  expect(asked.filter((prefix) => prefix === 'aws:').length).toBeLessThanOrEqual(20);
});
