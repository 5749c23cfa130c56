// What a policy author sees: every mistake of a file at once, each with its place and the nearest right word.
import { expect, test } from 'vitest';
import type { PolicyFile } from '../../../src/core/policy/ast.ts';
import { parsePolicyFile } from '../../../src/core/policy/parse.ts';

function faults(text: string): string[] {
  const result = parsePolicyFile(text, 'p.yaml');
  return result.ok ? [] : result.faults.map((fault) => `${fault.at} ${fault.message}`);
}

function parsed(text: string): PolicyFile {
  const result = parsePolicyFile(text, 'policies/p.yaml');
  if (!result.ok) throw new Error(result.faults.map((fault) => `${fault.at} ${fault.message}`).join('\n'));
  return result.policy;
}

const rule = (lines: string): string => `version: 1\nrules:\n  - id: a\n    effect: hold\n    match: {${lines}}\n`;

test('a policy with many different mistakes gets one fault with its position for each of them', () => {
  const text = `version: 2
owner: &o someone@example.com
rules:
  - id: a
    efect: allow
    effect: alow
    match: {method: get, path: admin, host: "https://x.com"}
  - id: a
    effect: hold
    match: {host: "[ab].com", source: 10.0.0.1/8, time: {days: fry, from: "9:00", zone: Europe/Berln}}
    hold: {approvals: 0, expires: 5 minutes, from: [secruity], escalate: {after: 1h}}
  - id: b
    effect: allow
    match:
      - {tags: privilege-escalaton, level: raed, body: {json: {user/role: admin}}}
      - {method: {}, agent: 3}
    hold: {approvals: 1}
    when: 'agent.id == && true'
  - id: c
    id: !c c2
    effect: deny
    match: {header: {"X Bad": y, Foo: 1, foo: 2}, body: {form: {}}}
    when: 'agnet.id == "x"'
    websocket: yes
`;
  const expected: readonly (readonly [string, RegExp])[] = [
    ['1:10', /expected version 1/],
    ['2:11', /anchors are not allowed/],
    ['5:5', /unknown key "efect"; did you mean "effect"\?/],
    ['6:13', /unknown effect "alow"; did you mean "allow"\?/],
    ['7:21', /"get" is not a method.*did you mean "GET"\?/],
    ['7:32', /a path starts with "\/".*did you mean "\/admin"\?/],
    ['7:45', /"https:\/\/x\.com" is not a host/],
    ['8:9', /the rule id "a" is taken already, at p\.yaml:4:9/],
    ['10:19', /bad glob "\[ab\]\.com"/],
    ['10:39', /"10\.0\.0\.1\/8" has bits set beyond its prefix; did you mean "10\.0\.0\.0\/8"/],
    ['10:64', /unknown day "fry"; did you mean "fri"\?/],
    ['10:75', /"9:00" is not a time of day/],
    ['10:89', /unknown time zone "Europe\/Berln"; did you mean "Europe\/Berlin"\?/],
    ['11:23', /at least 1 approval is needed/],
    ['11:35', /"5 minutes" is not a duration/],
    ['11:53', /"secruity" is not an approver/],
    ['11:74', /the key "to" is missing/],
    ['15:16', /unknown tag "privilege-escalaton"; did you mean "privilege-escalation"\?/],
    ['15:44', /unknown level "raed"; did you mean "read"\?/],
    ['15:64', /"user\/role" is not a JSON pointer.*did you mean "\/user\/role"\?/],
    ['16:18', /expected a text or a list, got a map/],
    ['16:29', /expected a text or a list, got a number, 3/],
    ['17:5', /`hold` belongs to rules with `effect: hold`/],
    ['18:11', /bad CEL expression/],
    ['20:5', /this key stands twice/],
    ['20:12', /tags are not allowed: !c/],
    ['22:21', /the header "foo" stands here twice/],
    ['22:22', /"X Bad" is not a header name/],
    ['22:64', /a map here must not be empty/],
    ['23:11', /bad CEL expression.*agnet/],
    ['24:16', /expected true or false, got a text, "yes"/],
  ];
  const found = faults(text);
  expect(found.map((line) => line.replace(/ .*/s, ''))).toEqual(expected.map(([at]) => `p.yaml:${at}`));
  for (const [i, [, message]] of expected.entries()) expect(found[i]).toMatch(message);
});

test.each([
  ['an empty file', '', /1:1 the file is empty/],
  ['a file without rules', 'version: 1\nrules: []\n', /2:8 a policy needs at least one rule/],
  ['a list instead of a policy', '- a\n', /1:1 expected a map, got a list/],
  ['a second document', 'version: 1\nrules: []\n---\na: 1\n', /one document/],
  ['a merge key', rule('<<: {path: /x}'), /"<<" is not allowed/],
  ['an alias', 'version: 1\nname: &n x\nowner: *n\nrules: []\n', /3:8 aliases are not allowed/],
  ['a number that YAML 1.1 reads as octal', rule('query: {n: 010}'), /010 is ambiguous/],
  ['a number that cannot be kept exactly', rule('query: {n: 9007199254740993}'), /cannot be represented exactly/],
  ['a window without a zone', rule('time: {from: "09:00"}'), /the key "zone" is missing/],
  ['an empty window', rule('time: {from: "09:00", to: "09:00", zone: UTC}'), /the window is empty/],
  ['an offset instead of a zone', rule('time: {zone: "+01:00"}'), /unknown time zone/],
  ['a body that names nothing', rule('body: {}'), /`body` needs `form` or `json`/],
  ['an empty list of criteria', rule('path: []'), /a list here must not be empty/],
  [
    'an unknown property of a resource',
    rule('resource: {nmespace: x}'),
    /unknown key "nmespace"; did you mean "namespace"/,
  ],
  ['text that is not YAML', 'version: 1\nrules:\n  - id: "a\n', /Missing closing/],
])('%s is refused', (_what, text, message) => {
  expect(faults(text).join('\n')).toMatch(message);
});

test('a rule without an effect is told which key is missing, at the rule', () => {
  expect(faults('version: 1\nrules:\n  - id: a\n    match: {path: /x}\n')).toEqual([
    'p.yaml:3:5 the key "effect" is missing',
  ]);
});

test('an escalation after the expiry and a websocket on a deny rule are refused', () => {
  const text = `version: 1
rules:
  - {id: a, effect: hold, match: {}, hold: {expires: 10m, escalate: {after: 10m, to: group:x}}}
  - {id: b, effect: deny, match: {}, websocket: true}
  - {id: c, effect: allow, match: {}, risk: high}
`;
  expect(faults(text)).toEqual([
    'p.yaml:3:77 never happens: the approval expires after 10m',
    'p.yaml:4:38 a rule with `effect: deny` cannot let a call upgrade',
    'p.yaml:5:39 `risk` has no meaning on a rule with `effect: allow`',
  ]);
});

test('deep nesting is refused instead of exhausting the stack', () => {
  expect(faults(`a: ${'['.repeat(100_000)}`).join('\n')).toMatch(/nested deeper than 32 levels/);
  const closed = faults(`a: ${'['.repeat(5_000)}${']'.repeat(5_000)}`);
  expect(closed).toEqual([expect.stringMatching(/nested deeper than 32 levels$/)]);
});

test('one value and a list of one mean the same, names of headers are lower-case, times are minutes and milliseconds', () => {
  const policy = parsed(`version: 1
rules:
  - id: a
    effect: hold
    match:
      method: POST
      header: {X-Env: [prod, 1, true, null]}
      source: [192.0.2.7, "fd00::/8"]
      time: {days: [fri, mon], from: "22:00", to: "06:00", zone: Europe/Berlin}
    except: {agent: bot}
    hold: {approvals: 2, from: group:security, expires: 30m, wait: 55s}
`);
  expect(policy).toEqual({
    file: 'policies/p.yaml',
    name: 'p',
    owner: undefined,
    locate: expect.any(Function),
    rules: [
      {
        id: 'a',
        description: undefined,
        at: 'policies/p.yaml:3:5',
        match: [
          {
            method: ['POST'],
            header: { 'x-env': ['prod', 1, true, null] },
            source: ['192.0.2.7/32', 'fd00::/8'],
            time: [{ days: [1, 5], from: 1320, to: 360, zone: 'Europe/Berlin' }],
          },
        ],
        except: [{ agent: ['bot'] }],
        when: undefined,
        effect: 'hold',
        mode: 'enforce',
        hold: { approvals: 2, from: ['group:security'], expires: 1_800_000, wait: 55_000 },
        risk: undefined,
        websocket: false,
      },
    ],
  });
});

test('the mode of the file is the mode of the rules that name none', () => {
  const policy = parsed(`version: 1
mode: observe
rules:
  - {id: a, effect: deny, match: {path: /x}}
  - {id: b, effect: deny, match: {path: /x}, mode: enforce}
`);
  expect(policy.rules.map((item) => item.mode)).toEqual(['observe', 'enforce']);
});

test('a grant is offered within bounds, and never with critical risk', () => {
  const grant = (text: string, more = ''): string => `${rule('path: /a')}    hold: {grant: ${text}}\n${more}`;
  expect(parsed(grant('{for: 24h}')).rules[0]?.hold?.grant).toEqual({ for: 86_400_000 });
  expect(parsed(grant('{for: 5m, uses: 1000, covers: actions}')).rules[0]?.hold?.grant).toEqual({
    for: 300_000,
    uses: 1000,
    covers: 'actions',
  });
  expect(faults(grant('{for: 25h}'))).toEqual(['p.yaml:6:25 a grant lasts 24h at most']);
  expect(faults(grant('{uses: 3}'))).toEqual([expect.stringMatching(/the key "for" is missing/)]);
  expect(faults(grant('{for: 1h, uses: 0}'))).toEqual([expect.stringMatching(/at least 1 use/)]);
  expect(faults(grant('{for: 1h, uses: 1001}'))).toEqual([expect.stringMatching(/at most 1000 uses/)]);
  expect(faults(grant('{for: 1h, covers: target}'))).toEqual([expect.stringMatching(/did you mean "targets"/)]);
  expect(faults(grant('{for: 1h}', '    risk: critical\n'))).toEqual([
    expect.stringMatching(
      /^p\.yaml:6:12 nothing is granted ahead with `risk: critical`: take `grant` out, or say a lower risk/,
    ),
  ]);
  expect(faults(grant('{for: 1h}', '    risk: high\n'))).toEqual([]);
});
