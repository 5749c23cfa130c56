// What test cases say about grants: what is offered with a call, and which calls a grant then lets through.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPolicyFolder, type PolicyFolder } from './policy-folder.ts';

const RULES = `version: 1
name: pods
owner: platform
rules:
  - id: staging-pods
    description: Pods of staging are deleted only with a person's word.
    match: {action: "k8s:delete:pods", resource: {namespace: staging}}
    effect: hold
    hold: {approvals: 2, from: [group:platform, boss@example.com], grant: {for: 1h, uses: 5, covers: targets}}
  - id: prod-pods
    description: Pods of production too, each time.
    match: {action: "k8s:delete:pods", resource: {namespace: prod}}
    effect: hold
  - id: anything-else
    description: Written to as it was seen.
    match: {action: "k8s:patch:*"}
    effect: hold
    hold: {grant: {for: 10m, covers: actions}}
  - id: owned
    description: Nobody but the owner may say so, who never may.
    match: {action: "k8s:delete:nodes"}
    effect: hold
    hold: {from: [owner@example.com], grant: {for: 10m, covers: actions}}
`;

const pod = (name: string, more = ''): string =>
  `{name: "k8s:delete:pods", level: write, resource: {type: pods, id: ${name}, namespace: staging}${more}}`;
const CASES = `version: 1
cases:
  - name: web-1 is deleted
    action: ${pod('web-1')}
    time: 2026-01-07T12:00:00Z
    expect: {effect: hold, grant: {for: 1h, uses: 5, covers: targets}, covered_by: web-1 is deleted}
  - name: web-1 once more, half an hour later
    action: ${pod('web-1', ', params: {gracePeriodSeconds: 5}')}
    time: 2026-01-07T12:30:00Z
    expect: {effect: hold, grant: {covers: targets}, covered_by: [web-1 is deleted]}
  - name: web-1 after the hour
    action: ${pod('web-1')}
    time: 2026-01-07T13:00:00Z
    expect: {effect: hold, not_covered_by: web-1 is deleted}
  - name: web-2 is deleted
    action: ${pod('web-2')}
    expect: {effect: hold, grant: {}, not_covered_by: web-1 is deleted}
  - name: another agent deletes web-1
    action: ${pod('web-1')}
    agent: {id: other, owner: o@example.com}
    expect: {effect: hold, not_covered_by: web-1 is deleted}
  - name: of production nothing is granted ahead
    action: {name: "k8s:delete:pods", level: write, resource: {type: pods, id: web-1, namespace: prod}}
    expect: {effect: hold, grant: none}
  - name: a node
    action: {name: "k8s:delete:nodes", level: write, resource: {type: nodes, id: n1}}
    agent: {id: bot, owner: owner@example.com}
    expect: {effect: hold, grant: {for: 10m}}
  - name: what no catalogue knows is the same only as itself
    action: {name: "k8s:patch:things", level: unknown, resource: {type: things, id: a}}
    expect: {effect: hold, grant: {for: 10m, uses: 20, covers: call}, covered_by: [what no catalogue knows is the same only as itself]}
  - name: and not as another
    action: {name: "k8s:patch:things", level: unknown, resource: {type: things, id: b}}
    expect: {effect: hold, grant: {covers: call}, not_covered_by: [what no catalogue knows is the same only as itself]}
  - name: a whole call, and the same with another parameter
    call: {method: PATCH, url: "https://k8s.example.com/apis/apps/v1/namespaces/staging/deployments/web", body: {spec: {replicas: 2}}, headers: {Content-Type: application/merge-patch+json}}
    expect: {effect: hold, grant: {covers: actions}}
  - name: scaled further
    call: {method: PATCH, url: "https://k8s.example.com/apis/apps/v1/namespaces/staging/deployments/api", body: {spec: {replicas: 9}}, headers: {Content-Type: application/merge-patch+json}}
    expect: {effect: hold, covered_by: "a whole call, and the same with another parameter"}
  - name: another image is no scaling
    call: {method: PATCH, url: "https://k8s.example.com/apis/apps/v1/namespaces/staging/deployments/api", body: {spec: {template: {spec: {containers: [{name: a, image: evil}]}}}}, headers: {Content-Type: application/merge-patch+json}}
    expect: {effect: hold, not_covered_by: "a whole call, and the same with another parameter"}
`.replace('version: 1\n', 'version: 1\nkind: kubernetes\n');

let place: PolicyFolder;
beforeEach(() => {
  place = createPolicyFolder();
  place.write('policies/billing.yaml', RULES);
});
afterEach(() => place[Symbol.dispose]());

const run = async (cases: string): ReturnType<PolicyFolder['holdgate']> =>
  place.holdgate(['test', place.write('policies/tests/pods.yaml', cases)]);

test('cases say what is granted and what it lets through', async () => {
  const { out, err, code } = await run(CASES);
  expect([err, out]).toEqual(['', '12 of 12 cases passed\n']);
  expect(code).toBe(0);
});

test.each([
  [
    'grant: {for: 1h, uses: 5, covers: targets}',
    'grant: none',
    /grant: expected none, got \{for: 1h, uses: 5, covers: targets\}/,
  ],
  ['{for: 1h, uses: 5, covers: targets}', '{for: 2h}', /grant: expected \{for: 2h\}, got \{for: 1h, uses: 5,/],
  ['effect: hold, grant: none', 'effect: hold, grant: {}', /grant: expected \{\}, got none: not every rule that holds/],
  [
    'not_covered_by: web-1 is deleted}\n  - name: web-2',
    'covered_by: web-1 is deleted}\n  - name: web-2',
    /covered_by: a grant given for "web-1 is deleted" does not let this call through: it comes before the grant, or after/,
  ],
  [
    'effect: hold, grant: {}, not_covered_by',
    'effect: hold, grant: {}, covered_by',
    /does not let this call through: it does something else, to something else/,
  ],
  [
    'covered_by: [web-1 is deleted]',
    'not_covered_by: [web-1 is deleted]',
    /not_covered_by: a grant given for "web-1 is deleted" lets this call through/,
  ],
  [
    'owner: o@example.com}\n    expect: {effect: hold, not_covered_by',
    'owner: o@example.com}\n    expect: {effect: hold, covered_by',
    /another agent, owner, upstream/,
  ],
  [
    'effect: hold, grant: none',
    'effect: hold, not_covered_by: [a node]',
    /not_covered_by: there is nothing to compare with "a node": nobody may vote on the other call/,
  ],
  [
    'effect: hold, grant: {for: 10m}}',
    'effect: hold, not_covered_by: of production nothing is granted ahead}',
    /nothing may be granted with the other call/,
  ],
])('a case that is wrong about it fails and says why: %s → %s', async (from, to, said) => {
  const changed = CASES.replace(from, to);
  expect(changed).not.toBe(CASES);
  const { out, code } = await run(changed);
  expect(out).toMatch(said);
  expect(out).toMatch(/11 of 12 cases passed\n$/);
  expect(code).toBe(1);
});

test.each([
  [
    'covered_by: [web-1 is deleted]',
    'covered_by: [web-1 is delete]',
    /pods\.yaml:\d+:\d+: covered_by: no case has the name "web-1 is delete"; did you mean "web-1 is deleted"\?/,
  ],
  ['- name: web-2 is deleted', '- name: web-1 is deleted', /2 cases have the name "web-1 is deleted"/],
  ['covers: targets}, covered_by', 'covers: target}, covered_by', /unknown value "target"; did you mean "targets"\?/],
  ['grant: none', 'grant: nothing', /expected/],
  ['grant: {for: 10m}', 'grant: {for: 10}', /expected/],
])('what cannot be meant is a fault with its place: %s → %s', async (from, to, said) => {
  const { err, code } = await run(CASES.replace(from, to));
  expect(err).toMatch(said);
  expect(code).toBe(2);
});
