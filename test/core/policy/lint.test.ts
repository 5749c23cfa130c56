import { expect, test } from 'vitest';
import { lintPolicies } from '../../../src/core/policy/lint.ts';
import type { KnownNames } from '../../../src/core/policy/lint-finding.ts';
import { parsePolicyFile } from '../../../src/core/policy/parse.ts';

function lint(rules: string, known?: KnownNames): string[] {
  const text = `version: 1\nowner: team\nrules:\n${rules}`;
  const result = parsePolicyFile(text, 'p.yaml');
  if (!result.ok) throw new Error(result.faults.map((fault) => `${fault.at} ${fault.message}`).join('\n'));
  return lintPolicies([result.policy], known)
    .filter((finding) => finding.code !== 'no-description')
    .map((finding) => `${finding.severity} ${finding.code} ${finding.rule ?? '-'}: ${finding.message}`);
}

const people = [
  { email: 'Ann@example.com', groups: ['security'] },
  { email: 'bob@example.com', groups: ['security', 'platform'] },
];
const known: KnownNames = { upstreams: ['billing'], agents: ['deploy-bot'], people, hold: { approvals: 1, from: [] } };

test('names that the configuration does not have are errors with the nearest one that it has', () => {
  const found = lint(
    `  - {id: a, effect: deny, match: {upstream: [biling, "b*"], agent: deploy-bto}}
  - {id: b, effect: hold, match: {path: /x}, hold: {from: [group:secruity, bob@example.con, ANN@example.com, oncall:ops]}}
`,
    known,
  );
  expect(found).toEqual([
    'error unknown-name a: rule "a": the configuration has no upstream "biling"; did you mean "billing"?',
    'error unknown-name a: rule "a": the configuration has no agent "deploy-bto"; did you mean "deploy-bot"?',
    'error unknown-name b: rule "b": the configuration has no group "secruity"; did you mean "security"?',
    'error unknown-name b: rule "b": the configuration has no person "bob@example.con"; did you mean "bob@example.com"?',
    'error unknown-name b: rule "b": the configuration has no on-call schedule "ops"',
  ]);
});

test('names are not checked against lists that are not known', () => {
  expect(lint('  - {id: a, effect: hold, match: {upstream: x, agent: y}, hold: {from: oncall:z}}\n')).toEqual([]);
});

test('a quorum of more humans than may vote is an error, also where it comes from the defaults', () => {
  const rules = `  - {id: a, effect: hold, match: {path: /a}, hold: {approvals: 2, from: group:platform}}
  - {id: b, effect: hold, match: {path: /b}, hold: {approvals: 2, from: group:security}}
  - {id: c, effect: hold, match: {path: /c}}
`;
  expect(lint(rules, { people, hold: { approvals: 3, from: [] } })).toEqual([
    'error quorum-impossible a: rule "a" needs 2 approvals from group:platform: that is 1 in people, nobody could ever approve',
    'error quorum-impossible c: rule "c" needs 3 approvals from everyone in people: that is 2 in people, nobody could ever approve',
  ]);
});

test.each([
  ['{path: /a/**}', '{path: /a/b/*, method: GET}'],
  ['{host: "*.example.com"}', '{host: api.Example.com, path: /x}'],
  ['{action: "aws:*"}', '{action: "aws:iam:*"}'],
  ['[{host: a.com}, {host: b.com}]', '{host: [a.com]}'],
  ['{labels: {env: [prod, ci]}}', '{labels: {env: ci, team: x}, host: a.com}'],
  ['{level: [write, unknown]}', '{level: write, upstream: u}'],
  ['{body: {json: {/a: "x*"}}}', '{body: {json: {/a: xy}}, host: a.com}'],
])('an allow rule inside a deny rule %s never takes effect', (outer, inner) => {
  const found = lint(`  - {id: d, effect: deny, match: ${outer}}\n  - {id: a, effect: allow, match: ${inner}}\n`);
  expect(found).toEqual([expect.stringMatching(/^warning shadowed a: .*"d" at p\.yaml:4:5 .*says deny$/)]);
});

test.each([
  ['another path', '{path: /a/*}', '', '{path: /a/b/c}'],
  ['another host', '{host: "*.example.com"}', '', '{host: example.com}'],
  ['an exception of the stricter rule', '{path: /a/**}', ', except: {method: GET}', '{path: /a/b}'],
  ['a condition on the stricter rule', '{path: /a/**}', ', when: \'agent.id == "x"\'', '{path: /a/b}'],
  ['observe mode', '{path: /a/**}', ', mode: observe', '{path: /a/b}'],
  ['one criterion more', '{path: /a/**, method: GET}', '', '{path: /a/b}'],
])('%s keeps an allow rule alive beside a deny rule', (_why, outer, more, inner) => {
  const rules = `  - {id: d, effect: deny, match: ${outer}${more}}\n  - {id: a, effect: allow, match: ${inner}}\n`;
  expect(lint(rules)).toEqual([]);
});

test('a stricter rule is found among thousands, whatever tells its blocks apart', () => {
  const many = Array.from(
    { length: 3000 },
    (_, i) => `  - {id: d${i}, effect: deny, match: {host: h${i}.example.com, path: /v1/t${i}/**}}\n`,
  ).join('');
  const found = lint(`${many}  - {id: by-action, effect: deny, match: {action: "aws:iam:*"}}
  - {id: by-path, effect: deny, match: {path: /a/b/**}}
  - {id: a1, effect: allow, match: {host: H7.example.com, path: /v1/t7/x}}
  - {id: a2, effect: allow, match: {action: "aws:iam:Get*", host: x.example.com}}
  - {id: a3, effect: allow, match: {path: /a/b/c, upstream: u}}
  - {id: a4, effect: allow, match: {path: /v1/t8/x}}
`);
  expect(found).toEqual([
    expect.stringMatching(/^warning shadowed a1: .*"d7"/),
    expect.stringMatching(/^warning shadowed a2: .*"by-action"/),
    expect.stringMatching(/^warning shadowed a3: .*"by-path"/),
  ]);
});

test('a rule whose exception takes out all of it, or whose condition is false, can never match', () => {
  const found = lint(`  - {id: a, effect: deny, match: {path: /a/b}, except: {path: /a/**}}
  - {id: b, effect: deny, match: {path: /c}, when: 'false'}
`);
  expect(found).toEqual([
    expect.stringMatching(/^error never-matches a: .*`except` takes out everything/),
    expect.stringMatching(/^error never-matches b: .*`when` is false/),
  ]);
});

test('an allow rule that says neither where nor what is reported as broad', () => {
  const found = lint(`  - {id: all, effect: allow, match: {}}
  - {id: stars, effect: allow, match: {host: "*", path: "/**", method: POST}}
  - {id: reads, effect: allow, match: {method: [GET, HEAD]}}
  - {id: levels, effect: allow, match: {level: read}}
  - {id: placed, effect: allow, match: {upstream: billing}}
  - {id: seen, effect: allow, match: {}, mode: observe}
`);
  expect(found).toEqual([
    expect.stringMatching(/^warning broad-allow all: rule "all" allows every call/),
    expect.stringMatching(/^warning broad-allow stars: rule "stars" allows calls to anywhere/),
  ]);
});

test('a file without owner, a rule without description and an id used in two files are reported', () => {
  const text = 'version: 1\nrules:\n  - {id: a, effect: deny, match: {path: /x}}\n';
  const files = ['one.yaml', 'two.yaml'].map((file) => {
    const result = parsePolicyFile(text, file);
    if (!result.ok) throw new Error('the sample is valid');
    return result.policy;
  });
  expect(lintPolicies(files).map((finding) => `${finding.at} ${finding.severity} ${finding.code}`)).toEqual([
    'one.yaml:1:1 warning no-owner',
    'one.yaml:3:5 warning no-description',
    'two.yaml:1:1 warning no-owner',
    'two.yaml:3:5 warning no-description',
    'two.yaml:3:5 warning duplicate-id',
  ]);
  const sameName = files.map((file) => ({ ...file, name: 'one' }));
  expect(lintPolicies(sameName).filter((finding) => finding.severity === 'error')).toEqual([
    expect.objectContaining({ code: 'duplicate-id', at: 'two.yaml:3:5' }),
  ]);
});
