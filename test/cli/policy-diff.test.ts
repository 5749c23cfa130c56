// `holdgate policy diff`: what a change of policies does, for reviewers and as a gate.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPolicyFolder, type PolicyFolder } from './policy-folder.ts';

const OLD = `version: 1
name: cluster
owner: team
rules:
  - id: rights
    description: Rights.
    match: {action: "k8s:*", tags: [privilege-escalation]}
    effect: hold
    hold: {approvals: 2, from: [group:security]}
  - id: secrets
    description: Secrets.
    match: {action: "k8s:*", tags: [secret-read]}
    effect: hold
  - id: reads
    description: Reads.
    match: {action: "k8s:*", level: [read, list]}
    effect: allow
  - id: admin
    description: Nobody is administrator of the API.
    match: {path: /admin/**}
    effect: deny
`;
const CASES = `version: 1
cases:
  - name: reading a secret waits
    action: {name: "k8s:get:secrets", level: read, tags: [secret-read]}
    expect: hold
  - name: reading a pod passes
    action: {name: "k8s:get:pods", level: read}
    expect: allow
`;

interface Diff {
  readonly looser: boolean;
  readonly actions: {
    readonly name: string;
    readonly looser: boolean;
    readonly before: object;
    readonly after: object;
  }[];
  readonly cases: { readonly name: string; readonly looser: boolean }[];
  readonly rules: { readonly rule: string; readonly change: string; readonly doubtful: boolean }[];
}

let place: PolicyFolder;
beforeEach(() => {
  place = createPolicyFolder();
  place.write('old/cluster.yaml', OLD);
  place.write('old/tests/cluster.yaml', CASES);
});
afterEach(() => {
  place[Symbol.dispose]();
});

/** The old set against one with these words replaced. */
async function diff(changes: readonly (readonly [string, string])[], ...args: string[]) {
  const text = changes.reduce((sum, [from, to]) => {
    if (!sum.includes(from)) throw new Error(`nothing to replace: ${from}`);
    return sum.replace(from, to);
  }, OLD);
  place.write('new/cluster.yaml', text);
  place.write('new/tests/cluster.yaml', CASES);
  const sides = [`${place.folder}/old`, `${place.folder}/new`];
  return place.holdgate(['diff', ...sides, '--exit-code', '--provider', 'k8s', ...args]);
}

async function json(changes: readonly (readonly [string, string])[]): Promise<Diff & { readonly code: unknown }> {
  const { out, code } = await diff(changes, '--json');
  return { ...(JSON.parse(out) as Diff), code };
}

it('says nothing where nothing changes', async () => {
  expect(await diff([])).toMatchObject({ out: 'No action, case or rule changes.\n', code: 0 });
  expect(await diff([['Secrets.', 'Secrets of the cluster.']])).toMatchObject({ code: 0 });
});

it('shows what gets looser, by how it changes, with the cases', async () => {
  const { out, code } = await diff([['tags: [secret-read]', 'tags: [secret-read], resource: {namespace: prod}']]);
  expect(code).toBe(1);
  expect(out).toMatch(
    /^LOOSER actions: \d+\n {2}hold \(1 of anyone\) -> allow to hold: \d+\n {4}k8s:get:secrets {2}\[secret-read\]$/m,
  );
  expect(out).toContain('LOOSER cases: 1\n  hold (1 of anyone) -> allow: 1\n    reading a secret waits\n');
  expect(out).toContain('~ secrets: hold');
});

it('shows what gets tighter, and lets it pass the gate', async () => {
  const { looser, actions, cases, code } = await json([['level: [read, list]', 'level: [read]']]);
  expect([looser, code]).toEqual([false, 0]);
  expect(actions.map(({ name }) => name)).toContain('k8s:list:pods');
  expect(actions.some((each) => each.looser)).toBe(false);
  expect(cases).toEqual([]);
});

it('takes a smaller quorum, or another group, for looser', async () => {
  const fewer = await json([['approvals: 2', 'approvals: 1']]);
  expect(fewer).toMatchObject({ looser: true, code: 1 });
  expect(fewer.actions.find(({ name }) => name === 'k8s:impersonate:users')).toMatchObject({
    before: { loosest: 'hold', strictest: 'hold', quorums: [{ approvals: 2, from: ['group:security'] }] },
    after: { quorums: [{ approvals: 1 }] },
  });
  expect(await json([['group:security', 'group:platform']])).toMatchObject({ looser: true, code: 1 });
  expect(await json([['approvals: 2', 'approvals: 3']])).toMatchObject({ looser: false, code: 0 });
});

it('names changes that no action of a catalogue shows', async () => {
  const gone = await json([['effect: deny', 'effect: hold']]);
  expect(gone).toMatchObject({ looser: true, code: 1, actions: [], cases: [] });
  expect(gone.rules).toEqual([expect.objectContaining({ rule: 'admin', change: 'changed', doubtful: true })]);
  const wider = await json([['path: /admin/**', 'path: /**']]);
  expect(wider).toMatchObject({ looser: false, code: 0 });
});

it('tells cases of different files apart, though they have one name', async () => {
  place.write('old/tests/other.yaml', CASES.replace('k8s:get:secrets', 'k8s:list:secrets'));
  const { cases } = await json([['tags: [secret-read]', 'tags: [key-rotation]']]);
  expect(cases.map(({ name }) => name)).toEqual(['reading a secret waits', 'reading a secret waits']);
});

it('exits with 0 without --exit-code', async () => {
  place.write('new.yaml', OLD.replace('approvals: 2', 'approvals: 1'));
  const { out, code } = await place.holdgate(['diff', `${place.folder}/old/cluster.yaml`, `${place.folder}/new.yaml`]);
  expect(out).toContain('LOOSER actions');
  expect(code).toBe(0);
});

describe('wrong usage', () => {
  it.each<[string, readonly string[], RegExp]>([
    ['a folder that is not there', ['old', 'gone'], /gone/],
    ['a provider that is none', ['old', 'old', '--provider', 'x'], /unknown provider/],
  ])('%s', async (_, [old = '', fresh = '', ...args], message) => {
    const { err, code } = await place.holdgate(['diff', `${place.folder}/${old}`, `${place.folder}/${fresh}`, ...args]);
    expect(err).toMatch(message);
    expect(code).toBe(2);
  });

  it('policies or cases with faults', async () => {
    place.write('new/cluster.yaml', OLD.replace('effect: deny', 'effect: dny'));
    expect((await place.holdgate(['diff', `${place.folder}/old`, `${place.folder}/new`])).code).toBe(2);
    place.write('new/cluster.yaml', OLD);
    place.write('new/tests/cluster.yaml', CASES.replace('expect: hold', 'expect: hild'));
    const { err, code } = await place.holdgate(['diff', `${place.folder}/old`, `${place.folder}/new`]);
    expect([code, err.includes('tests/cluster.yaml')]).toEqual([2, true]);
  });
});
