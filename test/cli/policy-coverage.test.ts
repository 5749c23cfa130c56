// `holdgate policy coverage`: what becomes of the sensitive actions of the catalogues, and the gate that CI makes of it.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPolicyFolder, type PolicyFolder } from './policy-folder.ts';

const RULES = `version: 1
name: cloud
owner: team
rules:
  - id: escalation
    description: Rights.
    match: {tags: [privilege-escalation]}
    effect: hold
  - id: reads
    description: Reads.
    match: {action: "k8s:*", level: [read, list]}
    effect: allow
  - id: exec-in-dev
    description: Debugging.
    match: {action: "k8s:create:pods/exec", resource: {namespace: dev}}
    effect: allow
  - id: no-tokens
    description: No tokens.
    match: {action: "k8s:create:serviceaccounts/token"}
    effect: deny
`;

interface Report {
  readonly default: string;
  readonly actions: number;
  readonly tags: { readonly word: string; readonly provider: string; readonly states: Record<string, number> }[];
  readonly gaps: {
    readonly action: string;
    readonly tags: string[];
    readonly state: string;
    readonly loosest: string;
  }[];
  readonly unmet: { readonly demand: string; readonly actions: string[] }[];
}

let place: PolicyFolder;
let file: string;
beforeEach(() => {
  place = createPolicyFolder();
  file = place.write('cloud.yaml', RULES);
});
afterEach(() => {
  place[Symbol.dispose]();
});

async function report(...args: string[]): Promise<Report & { readonly code: unknown }> {
  const { out, code } = await place.holdgate(['coverage', file, '--json', '--provider', 'k8s', ...args]);
  return { ...(JSON.parse(out) as Report), code };
}

it('counts the actions of each tag by what becomes of them', async () => {
  const { tags, actions, code } = await report();
  expect(code).toBe(0);
  expect(actions).toBeGreaterThan(1000);
  const of = (word: string) => tags.find((row) => row.word === word)?.states ?? {};
  expect(of('privilege-escalation')).toMatchObject({ deny: 0, default: 0, depends: 0, allow: 0 });
  expect(of('privilege-escalation')['hold']).toBeGreaterThan(50);
  expect(of('secret-read')).toMatchObject({ allow: 3, deny: 1 });
  expect(of('code-execution')['depends']).toBeGreaterThan(0);
  expect(tags.every(({ provider }) => provider === 'k8s')).toBe(true);
});

it('names sensitive actions that may pass or fall to the default', async () => {
  const { gaps } = await report();
  const gap = (name: string) => gaps.find(({ action }) => action === name);
  expect(gap('k8s:get:secrets')).toMatchObject({
    state: 'allow',
    loosest: 'allow',
    tags: ['secret-read'],
    rules: ['reads'],
  });
  expect(gap('k8s:delete:apps/deployments')).toMatchObject({ state: 'default', loosest: 'hold' });
  expect(gap('k8s:create:pods/exec')).toMatchObject({ state: 'depends', loosest: 'allow', perhaps: ['exec-in-dev'] });
  expect(gap('k8s:create:serviceaccounts/token')).toBeUndefined();
  expect(gap('k8s:create:rbac.authorization.k8s.io/rolebindings')).toBeUndefined();
});

it('shows tables and what may pass first', async () => {
  const { out } = await place.holdgate(['coverage', file, '--provider', 'k8s']);
  expect(out).toMatch(/^\d+ actions of the catalogues; default: hold\n/);
  expect(out).toMatch(/^sensitive actions +provider +deny +hold +default +depends +allow$/m);
  expect(out).toMatch(/^all actions /m);
  const gaps = out.slice(out.indexOf('Sensitive actions that no rule'));
  expect(gaps.split('\n')[1]).toMatch(/^ {2}k8s:(get|list|watch):secrets {2}\[secret-read\] {2}allowed by reads$/);
  expect(gaps).toContain('k8s:create:pods/exec  [code-execution]  depends: default (hold), exec-in-dev may match');
  expect(gaps).toContain('--all lists them');
  const all = await place.holdgate(['coverage', file, '--provider', 'k8s', '--all']);
  expect(all.out.length).toBeGreaterThan(out.length);
  expect(all.out).not.toContain('--all lists them');
});

describe('gates', () => {
  it('--require-held is met where every action with the tag is held, denied, or held by default', async () => {
    expect(await report('--require-held', 'privilege-escalation,destructive')).toMatchObject({ unmet: [], code: 0 });
  });

  it('--require-held is not met where one may pass', async () => {
    const { unmet, code } = await report('--require-held', 'secret-read', '--require-held', 'code-execution');
    expect(code).toBe(1);
    expect(unmet).toEqual(
      [
        { demand: '--require-held secret-read', actions: ['k8s:get:secrets', 'k8s:list:secrets', 'k8s:watch:secrets'] },
        { demand: '--require-held code-execution', actions: ['k8s:create:pods/exec'] },
      ].toReversed(),
    );
    const { out } = await place.holdgate(['coverage', file, '--provider', 'k8s', '--require-held', 'secret-read']);
    expect(out).toContain('NOT MET --require-held secret-read: 3 (k8s:get:secrets,');
  });

  it('--require-held counts the default as it is', async () => {
    const config = place.write('holdgate.yaml', 'version: 1\ndefault: allow\npolicies: [cloud.yaml]\n');
    const { out, code, err } = await place.holdgate([
      'coverage',
      '--config',
      config,
      '--json',
      '--provider',
      'k8s',
      '--require-held',
      'destructive',
    ]);
    expect(err).toBe('');
    expect((JSON.parse(out) as Report).default).toBe('allow');
    expect(code).toBe(1);
  });

  it('--fail-on asks for a state of a tag, or of any', async () => {
    expect((await report('--fail-on', 'privilege-escalation=default')).code).toBe(0);
    expect((await report('--fail-on', 'destructive=default')).code).toBe(1);
    expect((await report('--fail-on', '*=allow')).code).toBe(1);
  });
});

describe('wrong usage', () => {
  it.each<[string, readonly string[], RegExp]>([
    ['a tag that is none', ['--require-held', 'secret-reed'], /unknown tag "secret-reed"; did you mean "secret-read"/],
    ['a demand without a state', ['--fail-on', 'destructive'], /expected tag=state/],
    ['a state that is none', ['--fail-on', 'destructive=alow'], /did you mean "allow"/],
    ['a provider that is none', ['--provider', 'k9s'], /did you mean "k8s"/],
  ])('%s', async (_, args, message) => {
    const { out, err, code } = await place.holdgate(['coverage', file, ...args]);
    expect(out).toBe('');
    expect(err).toMatch(message);
    expect(code).toBe(2);
  });

  it('policies that are not there, or have faults', async () => {
    expect((await place.holdgate(['coverage', 'gone.yaml'])).code).toBe(2);
    const broken = place.write('broken.yaml', RULES.replace('effect: deny', 'effect: dny'));
    expect(await place.holdgate(['coverage', broken])).toMatchObject({
      code: 2,
      err: expect.stringContaining('did you mean "deny"'),
    });
  });
});
