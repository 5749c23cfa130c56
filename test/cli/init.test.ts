import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { type InitRequest, initWorkspace } from '../../src/cli/init/workspace.ts';
import { SHIPPED_POLICIES } from '../../src/cli/init/shipped-policies.ts';
import { knownActions } from '../../src/actions/catalogues.ts';
import { registerInit } from '../../src/cli/init.ts';
import { loadConfig } from '../../src/config/load.ts';
import { loadPolicySet } from '../../src/config/policy-files.ts';
import { knownNames, policyDefaults } from '../../src/config/policy-inputs.ts';
import { sha256 } from '../../src/core/sha256.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'holdgate-init-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function request(path: string, more: Partial<InitRequest> = {}): InitRequest {
  let count = 0;
  return {
    folder: path,
    force: false,
    agent: 'bot',
    owner: 'owner@example.com',
    approver: 'approver@example.com',
    random: () => new Uint8Array(32).fill(++count),
    ...more,
  };
}

const read = (path: string, name: string): string => readFileSync(join(path, name), 'utf8');

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

test.each(['bot', '007', 'null', '1e3'])(
  'what it writes loads without a warning, for an agent called %s',
  async (agent) => {
    const path = folder();
    expect(initWorkspace(request(path, { agent }))).toMatchObject({
      ok: true,
      written: ['holdgate.yaml', 'policies/starter.yaml', '.gitignore'],
    });
    const result = loadConfig(join(path, 'holdgate.yaml'), {});
    if (!result.ok) throw new Error(JSON.stringify(result.faults));
    expect(result.warnings).toEqual([]);
    expect(result.config.agents[0]).toMatchObject({ id: agent, owner: 'owner@example.com' });
    const policies = await loadPolicySet(
      result.config.policies,
      policyDefaults(result.config),
      knownNames(result.config),
    );
    expect(policies).toMatchObject({ ok: true, warnings: [] });
  },
);

test('the sample upstream loads too when its comment is taken away', () => {
  const path = folder();
  initWorkspace(request(path));
  const text = read(path, 'holdgate.yaml')
    .replace('upstreams: {}', 'upstreams:')
    .replaceAll(/^#( {2}.*)$/gm, '$1');
  writeFileSync(join(path, 'holdgate.yaml'), text.replace('  printf', '# printf'));
  const result = loadConfig(join(path, 'holdgate.yaml'), { EXAMPLE_TOKEN: 't' });
  expect(result).toMatchObject({
    ok: true,
    config: { upstreams: [{ id: 'example', mount: '/example', allow_private: true }] },
  });
});

test('credentials are 256 random bits, two different ones, and only their hashes are written', () => {
  const path = folder();
  const outcome = initWorkspace(request(path));
  if (!outcome.ok) throw new Error(outcome.why);
  const { agent, approvers } = outcome.principals;
  const [approver = { email: '', credential: '' }] = approvers;
  expect(agent.credential).toMatch(/^hg_[A-Za-z0-9_-]{43}$/);
  expect(approver.credential).not.toBe(agent.credential);
  const text = read(path, 'holdgate.yaml');
  expect(text).toContain(sha256(agent.credential));
  expect(text).toContain(sha256(approver.credential));
  expect(text).not.toContain(agent.credential.slice(3));
});

test.each(['holdgate.yaml', 'policies/starter.yaml'])('an existing %s stops it before anything is written', (name) => {
  const path = folder();
  mkdirSync(join(path, 'policies'));
  writeFileSync(join(path, name), 'mine');
  expect(initWorkspace(request(path))).toEqual({ ok: false, why: 'exists', files: [name] });
  expect(read(path, name)).toBe('mine');
  expect(readdirSync(path).filter((each) => each !== 'policies' && each !== name)).toEqual([]);
  expect(initWorkspace(request(path, { force: true }))).toMatchObject({ ok: true });
  expect(read(path, name)).not.toBe('mine');
});

test('a .gitignore keeps its lines and gets ours once', () => {
  const path = folder();
  writeFileSync(join(path, '.gitignore'), 'node_modules');
  initWorkspace(request(path));
  expect(read(path, '.gitignore')).toBe('node_modules\n.holdgate/\n');
  expect(initWorkspace(request(path, { force: true }))).toMatchObject({
    written: ['holdgate.yaml', 'policies/starter.yaml'],
  });
  expect(read(path, '.gitignore')).toBe('node_modules\n.holdgate/\n');
});

test('where the folder cannot be written, nothing is left behind', () => {
  const path = folder();
  writeFileSync(join(path, 'policies'), 'a file where a folder should be');
  expect(initWorkspace(request(path))).toMatchObject({ ok: false, why: 'unwritable' });
  expect(existsSync(join(path, 'holdgate.yaml'))).toBe(false);
});

async function run(...args: string[]): Promise<{ out: string; failure: string | undefined }> {
  const out = vi.spyOn(console, 'log').mockReturnValue(undefined);
  const complaints: string[] = [];
  const program = new Command('holdgate')
    .exitOverride()
    .configureOutput({ writeErr: (text) => void complaints.push(text) });
  registerInit(program);
  for (const command of program.commands)
    command.exitOverride().configureOutput({ writeErr: (text) => void complaints.push(text) });
  await program.parseAsync(['init', ...args], { from: 'user' }).catch(() => undefined);
  return { out: out.mock.calls.flat().join('\n'), failure: complaints[0] };
}

test('the command prints each credential once', async () => {
  const path = folder();
  const { out } = await run(path, '--agent', 'ci', '--owner', 'o@example.com', '--approver', 'a@example.com');
  const printed = out.match(/hg_[A-Za-z0-9_-]{43}/g) ?? [];
  expect(printed).toHaveLength(2);
  for (const credential of printed) expect(read(path, 'holdgate.yaml')).toContain(sha256(credential));
});

test('with shipped policies it needs as many approvers as they ask for, and checks clean', async () => {
  const path = folder();
  const people = ['--approver', 'a@example.com', '--approver', 'b@example.com'];
  const { out } = await run(path, '--policies', 'aws,kubernetes', '--policies', 'baseline', ...people);
  expect(out.match(/hg_[A-Za-z0-9_-]{43}/g)).toHaveLength(3);
  expect(readdirSync(join(path, 'policies')).toSorted()).toEqual(['aws.yaml', 'baseline.yaml', 'kubernetes.yaml']);
  const loaded = loadConfig(join(path, 'holdgate.yaml'), {});
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
  expect(loaded.config.people.map(({ email, groups }) => [email, groups])).toEqual([
    ['a@example.com', ['security']],
    ['b@example.com', ['security']],
  ]);
  const { config } = loaded;
  const known = { ...knownNames(config), actions: knownActions(true) };
  const policies = await loadPolicySet(config.policies, policyDefaults(config), known);
  expect(policies).toMatchObject({ ok: true, warnings: [] });
});

test('every shipped policy can be named', () => {
  const names = readdirSync(new URL('../../policies/', import.meta.url)).filter((name) => name.endsWith('.yaml'));
  expect(names.map((name) => name.replace('.yaml', '')).toSorted()).toEqual(SHIPPED_POLICIES);
});

test.each([
  ['one approver for policies that ask for two', ['--policies', 'aws'], 'give --approver 2 times'],
  ['the same approver twice', ['--approver', 'a@example.com', '--approver', 'A@example.com'], 'somebody twice'],
  ['a policy that is not shipped', ['--policies', 'kubernets'], 'did you mean "kubernetes"'],
  [
    'owner and approver who are one person',
    ['--owner', 'Same@example.com', '--approver', 'same@Example.com'],
    'two people',
  ],
  ['an owner who is no address', ['--owner', 'x'], 'e-mail'],
  ['an agent id with blanks', ['--agent', 'a b'], 'letters, digits'],
])('%s: refused, nothing written', async (_name, args, expected) => {
  const path = folder();
  expect((await run(path, ...args)).failure).toContain(expected);
  expect(readdirSync(path)).toEqual([]);
});

test('existing files make the exit code 73', async () => {
  const path = folder();
  writeFileSync(join(path, 'holdgate.yaml'), 'mine');
  vi.spyOn(console, 'error').mockReturnValue(undefined);
  await run(path);
  expect(process.exitCode).toBe(73);
});
