// The `holdgate policy …` commands from their options to their output and exit code, on real files.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPolicyFolder, POLICY, type PolicyFolder } from './policy-folder.ts';

let place: PolicyFolder;
beforeEach(() => {
  place = createPolicyFolder();
});
afterEach(() => {
  place[Symbol.dispose]();
});

test('a clean set has exit code 0 and says how large it is', async () => {
  expect(await place.holdgate(['check', place.policies])).toEqual({
    out: '4 rules in 1 file: 0 errors, 0 warnings\n',
    err: '1 name of upstreams, agents, people, groups, schedules or datasets was not checked: that takes --config\n',
    code: 0,
  });
});

test('faults have exit code 1, in the form that was asked for', async () => {
  const file = place.write('bad/a.yaml', 'version: 1\nrules:\n  - {id: "a,b", efect: deny, match: {}}\n');
  const text = await place.holdgate(['check', file]);
  expect(text.code).toBe(1);
  expect(text.out).toContain(`${file}:3:17: error: unknown key "efect"; did you mean "effect"?`);
  const github = await place.holdgate(['check', file, '--format', 'github']);
  expect(github.out).toContain(`::error file=${file},line=3,col=10,title=invalid::"a,b" is not a rule id`);
  const json = await place.holdgate(['check', file, '--format', 'json']);
  const parsed = JSON.parse(json.out) as { ok: boolean; findings: { line: number; file: string; severity: string }[] };
  expect([parsed.ok, parsed.findings.map(({ line }) => line), parsed.findings[0]?.file]).toEqual([
    false,
    [3, 3, 3],
    file,
  ]);
});

test('warnings fail only with --strict', async () => {
  const file = place.write('warn/a.yaml', POLICY.replace('owner: finance\n', ''));
  expect((await place.holdgate(['check', file])).code).toBe(0);
  expect((await place.holdgate(['check', file, '--strict'])).code).toBe(1);
});

test('files that cannot be read have exit code 2', async () => {
  expect((await place.holdgate(['check', join(place.folder, 'none')])).code).toBe(2);
  expect((await place.holdgate(['explain', '--batch', '-p', join(place.folder, 'none')], ['{}'])).code).toBe(2);
  expect((await place.holdgate(['test', join(place.folder, 'none')])).code).toBe(2);
  expect((await place.holdgate(['check', '--config', join(place.folder, 'none.yaml')])).code).toBe(2);
});

const CONFIG = `version: 1
data_dir: data
policies: [policies]
agents:
  - {id: deploy-bot, owner: owner@example.com, labels: {env: ci}}
people:
  - {email: ann@example.com, groups: [finance]}
  - {email: bob@example.com, groups: [finance]}
upstreams:
  billing:
    base: https://billing.internal.example.com
    mount: /billing
    hosts: [billing.internal.example.com]
`;

test('with a configuration the mount is removed and agents and upstreams are looked up', async () => {
  const config = place.write('holdgate.yaml', CONFIG);
  place.write(
    'policies/up.yaml',
    `version: 1
name: up
owner: team
rules:
  - {id: up, description: d, effect: deny, match: {upstream: billing, path: /v1/x, agent: deploy-bot, labels: {env: ci}}}
`,
  );
  const lines = [
    { agent: 'deploy-bot', url: 'http://127.0.0.1:8080/billing/v1/x' },
    { agent: 'deploy-bot', url: 'https://billing.internal.example.com/v1/x' },
    { agent: 'deploy-bot', url: 'https://elsewhere.example.com/v1/x' },
    { agent: 'nobody', url: 'https://billing.internal.example.com/v1/x' },
  ].map((line) => JSON.stringify(line));
  const { out, code } = await place.holdgate(['explain', '--batch', '--config', config], [lines.join('\n')]);
  const answers = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(answers.map((answer) => answer['rules'] ?? answer['error'])).toEqual([
    ['up'],
    ['up'],
    expect.stringMatching(/no upstream is configured/),
    expect.stringMatching(/no agent "nobody"/),
  ]);
  expect(code).toBe(2);
});

test('names that the configuration does not have are findings of check', async () => {
  const config = place.write('holdgate.yaml', CONFIG);
  expect((await place.holdgate(['check', '--config', config])).code).toBe(0);
  place.write(
    'policies/bad.yaml',
    POLICY.replace('group:finance', 'group:finanec').replace('name: billing', 'name: b'),
  );
  const { out, code } = await place.holdgate(['check', '--config', config]);
  expect(out).toMatch(/no group "finanec"; did you mean "finance"\?/);
  expect(code).toBe(1);
});

test('check and explain need none of the secrets, certificates and key sets that the configuration refers to', async () => {
  const secretive = `${CONFIG}    ca: gone.pem
    credential: {header: Authorization, value: "Bearer \${env:NOT_SET_HERE}"}
issuers:
  - {issuer: "https://ci.example.com", audience: a, algorithms: [ES256], jwks_file: gone.json, owner: owner@example.com}
`;
  const config = place.write('holdgate.yaml', secretive);
  expect(await place.holdgate(['check', '--config', config])).toMatchObject({ code: 0, err: '' });
  const explained = await place.holdgate(['explain', 'curl http://127.0.0.1:8080/billing/v1/x', '--config', config]);
  expect(explained.out).toContain('(upstream billing, agent anonymous)');
});

test('explain shows the decision about a curl command and the rules behind it', async () => {
  const { out, code } = await place.holdgate([
    'explain',
    "curl -X POST https://api.example.com/v1/invoices/7/refunds -d '{}'",
    '-p',
    place.policies,
  ]);
  expect(code).toBe(0);
  expect(out).toMatch(
    /^POST https:\/\/api\.example\.com\/v1\/invoices\/7\/refunds \(no upstream, agent anonymous\)\nHOLD, reason rule: /,
  );
  expect(out).toContain('needs 2 of group:finance (rule refunds)');
  expect(out).toMatch(/refunds/);
  expect(out).toMatch(/reads[\s\S]*method/);
});

test('explain answers about an action and in JSON', async () => {
  place.write(
    'policies/iam.yaml',
    `version: 1
name: iam
owner: team
rules:
  - {id: iam, description: d, effect: hold, match: {action: "aws:iam:*", tags: privilege-escalation, resource: {id: ci}}}
`,
  );
  const args = [
    'explain',
    '--action',
    'aws:iam:AttachRolePolicy',
    '--tag',
    'privilege-escalation',
    '--resource',
    'id=ci',
  ];
  const { out, code } = await place.holdgate([...args, '-p', place.policies, '--json']);
  expect(JSON.parse(out)).toMatchObject({ effect: 'hold', reason: 'rule', rules: ['iam'], detail: 'd' });
  expect(code).toBe(0);
});

test('explain wants exactly one question', async () => {
  expect((await place.holdgate(['explain', '-p', place.policies])).code).toBe(2);
  expect((await place.holdgate(['explain', 'curl https://a/', '--batch', '-p', place.policies])).code).toBe(2);
  expect((await place.holdgate(['explain', 'curl', '-p', place.policies])).code).toBe(2);
});

const CASES = `version: 1
cases:
  - name: a refund is held
    call: {method: POST, url: "https://a/v1/invoices/7/refunds"}
    expect: {effect: hold, rules: [refunds], quorums: [{approvals: 2, from: [group:finance]}], risk: high}
  - name: a <read> passes
    call: {url: "https://a/v1"}
    expect: deny
`;

test('a failed case shows expected and actual and has exit code 1; JUnit has it too', async () => {
  const file = place.write('policies/tests/billing.yaml', CASES);
  const junit = join(place.folder, 'out.xml');
  const { out, code } = await place.holdgate(['test', file, '--junit', junit]);
  expect(code).toBe(1);
  expect(out).toContain(`FAIL ${file}:6:5: a <read> passes\n    effect: expected "deny", got "allow"\n`);
  expect(out).toContain('1 of 2 cases passed\n');
  const xml = readFileSync(junit, 'utf8');
  expect(xml).toContain('<testsuites name="holdgate policy test" tests="2" failures="1">');
  expect(xml).toContain('name="a &lt;read&gt; passes">');
});

test('a test file with faults has exit code 2 and says where', async () => {
  const file = place.write(
    'policies/tests/bad.yaml',
    CASES.replace('expect: deny', 'expect: dney').replace('call: {url', 'cal: {url'),
  );
  const { err, code } = await place.holdgate(['test', file]);
  expect(err).toMatch(/bad\.yaml:7:5: unknown key "cal"; did you mean "call"\?/);
  expect(err).toMatch(/bad\.yaml:8:13: unknown effect "dney"; did you mean "deny"\?/);
  expect(code).toBe(2);
});

test('the shipped policies are clean and pass their own cases', async () => {
  const shipped = new URL('../../policies', import.meta.url).pathname;
  expect((await place.holdgate(['check', shipped, '--strict'])).out).toMatch(/0 errors, 0 warnings/);
  const { out, code } = await place.holdgate(['test', shipped]);
  expect(out).toMatch(/^(\d+) of \1 cases passed\n$/);
  expect(code).toBe(0);
});

test('explain takes level and tags of an action from the catalogue, unless they are given', async () => {
  const file = place.write(
    'tags.yaml',
    `version: 1
rules:
  - {id: escalation, description: d, effect: deny, match: {tags: privilege-escalation}}
  - {id: reads, description: d, effect: allow, match: {action: "*:*", level: read}}
`,
  );
  const effect = async (...args: string[]): Promise<unknown> => {
    const { out } = await place.holdgate(['explain', '--json', '-p', file, '--action', ...args]);
    return (JSON.parse(out) as { effect: string }).effect;
  };
  expect(await effect('aws:iam:AttachRolePolicy')).toBe('deny');
  expect(await effect('aws:iam:AttachRolePolicy', '--tag', 'destructive')).toBe('hold');
  expect(await effect('aws:iam:GetRole')).toBe('allow');
  expect(await effect('aws:iam:GetRole', '--level', 'write')).toBe('hold');
  expect(await effect('k8s:create:apps/deployments')).toBe('hold');
  expect(await effect('aws:iam:NoSuchThing')).toBe('hold');
});

test('an action that does not exist is an error of check, and a warning of everything that runs the policies', async () => {
  const text = POLICY.replace('{method: GET}', '{action: ["aws:iam:GetUser", "aws:iam:getrole"]}');
  place.write('policies/billing.yaml', text);
  const { out, code } = await place.holdgate(['check', place.policies, '--format', 'json']);
  expect(code).toBe(1);
  const { findings } = JSON.parse(out) as { findings: object[] };
  expect(findings).toEqual([
    {
      severity: 'error',
      code: 'unknown-action',
      rule: 'reads',
      message:
        'rule "reads": unknown action "aws:iam:getrole"; names are case-sensitive: did you mean "aws:iam:GetRole"?',
      file: join(place.policies, 'billing.yaml'),
      line: 7,
      column: 41,
    },
  ]);
  const github = await place.holdgate(['check', place.policies, '--format', 'github']);
  expect(github.out).toMatch(/^::error file=.*line=7,col=41,title=unknown-action::/);
  expect((await place.holdgate(['explain', 'curl https://a/', '-p', place.policies])).code).toBe(0);
});

test('names of operations that documents describe are checked with --config, and without it said to be unchecked', async () => {
  const rule = (action: string): string =>
    POLICY.replace('{method: GET}', `{action: "${action}"}`).replace(', from: [group:finance]', '');
  const check = async (action: string, ...more: string[]): Promise<string> => {
    place.write('policies/billing.yaml', rule(action));
    const { out, err } = await place.holdgate(['check', place.policies, ...more]);
    expect(err).toBe('');
    return out.replace(place.policies, '');
  };
  expect(await check('openapi:shop:deletOrder')).toBe(
    '/billing.yaml:7:21: warning: rule "reads": "openapi:shop:deletOrder" was not checked: what there is of "openapi:" stands in the configuration; name it with --config [unchecked-name]\n' +
      '4 rules in 1 file: 0 errors, 1 warning\n',
  );
  for (const all of ['openapi:*', 'openapi:*:unknown', 'http:GET'])
    expect(await check(all)).toMatch(/0 errors, 0 warn/);
  place.write(
    'shop.yaml',
    'openapi: 3.0.3\ninfo: {title: Shop, version: "1"}\npaths:\n  /orders/{id}:\n    delete: {operationId: deleteOrder, responses: {"204": {description: gone}}}\n',
  );
  const upstream = (kind: string): string =>
    place.write(
      'holdgate.yaml',
      `version: 1\npolicies: [policies]\npeople: [{email: a@example.com}, {email: b@example.com}]\nupstreams:\n  shop: {base: "https://shop.example.com", mount: /shop${kind}}\n`,
    );
  const config = upstream(', kind: {openapi: shop.yaml}');
  expect(await check('openapi:shop:deletOrder', '--config', config)).toContain(
    'error: rule "reads": unknown action "openapi:shop:deletOrder"; did you mean "openapi:shop:deleteOrder"? [unknown-action]',
  );
  expect(await check('openapi:shop:deleteOrder', '--config', config)).toMatch(/0 errors, 0 warnings/);
  expect(await check('openapi:*', '--config', upstream(''))).toMatch(/0 errors, 0 warnings/);
  expect(await check('openapi:shop:deleteOrder', '--config', upstream(''))).toContain(
    'unknown action "openapi:shop:deleteOrder"; the configuration has no upstream with such actions [unknown-action]',
  );
});

test.each<[string, readonly string[], number, RegExp]>([
  ['test of a folder that is not there', ['test', 'gone'], 2, /gone: no such file or folder\n$/],
  ['test of what is not UTF-8', ['test', 'latin.yaml'], 2, /latin\.yaml:1:1: is not valid UTF-8\n$/],
  [
    'test of an empty file',
    ['test', 'empty.yaml'],
    2,
    /empty\.yaml:1:1: the file is empty; expected `version` and `cases`\n$/,
  ],
  [
    'results that cannot be written',
    ['test', 'cases', '--junit', 'gone/x.xml'],
    73,
    /^--junit .*gone\/x\.xml: no such file or folder\n$/,
  ],
  [
    'results into a folder',
    ['test', 'cases', '--junit', 'cases'],
    73,
    /^--junit .*cases: is a folder; expected a file\n$/,
  ],
  [
    'a source that is no address',
    ['explain', 'curl https://a/', '-p', 'policies', '--source', 'here'],
    2,
    /^--source: "here" is not an IP/,
  ],
  [
    'an action that does not exist',
    ['explain', '--action', 'aws:iam:AttachRolPolicy', '-p', 'policies'],
    0,
    /^warning: unknown action ".*"; did you mean "aws:iam:AttachRolePolicy"\?\n$/,
  ],
  [
    'an action of nobody',
    ['explain', '--action', 'nope', '-p', 'policies'],
    0,
    /^warning: the action "nope" is of no provider \(expected one of aws/,
  ],
  [
    'a folder as a configuration',
    ['check', '--config', 'policies'],
    2,
    /policies:1:1: error: cannot be read: is a folder; expected a file \[unreadable\]/,
  ],
])('%s ends as documented, and says what is wrong', async (_words, args, exit, said) => {
  place.write('empty.yaml', '');
  place.write(
    'cases/a.yaml',
    `version: 1\npolicies: [../policies]\ncases: [{name: a, call: {url: "https://a/"}, expect: allow}]\n`,
  );
  // A folder that is called like a file of cases is none.
  place.write('cases/folder.yaml/b.txt', '');
  writeFileSync(join(place.folder, 'latin.yaml'), Buffer.from([0xff, 0xfe, 0x0a]));
  const paths = new Set(['gone', 'latin.yaml', 'empty.yaml', 'cases', 'gone/x.xml', 'policies']);
  const { out, err, code } = await place.holdgate(args.map((arg) => (paths.has(arg) ? join(place.folder, arg) : arg)));
  expect(args[0] === 'check' ? out : err).toMatch(said);
  expect(code).toBe(exit);
  if (args[0] === 'test')
    expect(out).toBe(exit === 73 ? '1 of 1 cases passed\n' : args[1] === 'gone' ? '' : 'no case was run\n');
});
