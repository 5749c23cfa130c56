import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exitCode } from '../../src/cli/exit-codes.ts';
import { registerKeys } from '../../src/cli/keys.ts';
import { createManualClock, type ManualClock } from '../ports/manual-clock.ts';
import { mountSecret } from '../signers/mounted-secret.ts';
import { type FakeTerminal, fakeTerminal } from './approvals/fake-terminal.ts';

const START = Date.UTC(2026, 0, 2, 3, 4, 5);
let root: string;
let folder: string;
let clock: ManualClock;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hg-keys-cli-'));
  folder = join(root, 'keys');
  clock = createManualClock(START);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function run(...args: string[]): Promise<FakeTerminal> {
  const terminal = fakeTerminal();
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  registerKeys(program, terminal, clock);
  for (const command of program.commands) for (const child of command.commands) child.exitOverride();
  await program.parseAsync(['keys', ...args], { from: 'user' });
  return terminal;
}

interface Listed {
  readonly folder: string;
  readonly signing: readonly { readonly id: string; readonly state: string }[];
  readonly data: readonly { readonly id: number; readonly state: string }[];
}

const list = async (...args: string[]): Promise<Listed> =>
  JSON.parse((await run('list', ...args, '--json')).output()) as Listed;

const states = ({ signing, data }: Listed): string[][] => [
  signing.map(({ state }) => state),
  data.map(({ id, state }) => `${id} ${state}`),
];

/** The private parts that are in the folder, as they could be printed by mistake. */
function secrets(): string[] {
  const members = ['signing.json', 'data.json'].flatMap(
    (file) => (JSON.parse(readFileSync(join(folder, file), 'utf8')) as { keys: { d?: string; k?: string }[] }).keys,
  );
  return members.flatMap(({ d, k }) => [d, k].filter((part) => part !== undefined));
}

describe('holdgate keys', () => {
  it('init makes keys, says what they are called and what to do with them', async () => {
    const terminal = await run('init', folder);
    expect(terminal.exited()).toBeUndefined();
    const { signing, data } = await list(folder);
    expect(terminal.output()).toContain(`signing key  ${signing[0]?.id}\n  data key     ${data[0]?.id}\n`);
    expect(terminal.output()).toContain('keys: {dir: /etc/holdgate/keys}');
    expect(terminal.output()).toContain(
      `kubectl create secret generic holdgate-keys --from-file=${folder}/signing.json --from-file=${folder}/data.json\n`,
    );
    for (const secret of secrets()) expect(terminal.output()).not.toContain(secret);
  });

  it('init never goes over what is there, and says whether that is whole', async () => {
    await run('init', folder);
    const before = readFileSync(join(folder, 'signing.json'), 'utf8');
    const again = await run('init', folder);
    expect([again.exited(), again.output()]).toEqual(['cannotWrite', '']);
    expect(again.errors()).toMatch(/nothing written: .* holds .*signing\.json already.*keys rotate/);
    expect(readFileSync(join(folder, 'signing.json'), 'utf8')).toBe(before);
    rmSync(join(folder, 'signing.json'));
    const half = await run('init', folder);
    expect(half.exited()).toBe('cannotWrite');
    expect(half.errors()).toMatch(/signing\.json is missing: restore it, or if only an interrupted init/);
    expect(readdirSync(folder).toSorted()).toEqual(['data.json', 'public.json']);
  });

  it('list says which key is used when, and shows nothing private', async () => {
    await run('init', folder);
    await run('rotate', folder);
    expect(states(await list(folder))).toEqual([
      ['next', 'active'],
      ['2 next', '1 active'],
    ]);
    const text = (await run('list', folder)).output();
    expect(text).toMatch(
      /signing keys\n {2}next {7}[\w-]{43} {2}created 2026-01-02T03:04:05Z, will be used from 2026-01-02T03:14:05Z\n {2}active {5}[\w-]{43} {2}created/,
    );
    clock.advance(600_000);
    expect(states(await list(folder))).toEqual([
      ['active', 'verifying'],
      ['2 active', '1 opening'],
    ]);
    const all = `${text}${(await run('list', folder, '--json')).output()}`;
    expect(secrets()).toHaveLength(4);
    for (const secret of secrets()) expect(all).not.toContain(secret);
  });

  it('list finds the folder by the configuration: keys.dir, else that of data_dir', async () => {
    await run('init', join(root, 'shared'));
    await run('init', join(root, 'data', 'keys'));
    const config = join(root, 'holdgate.yaml');
    writeFileSync(
      config,
      'version: 1\ndata_dir: data\nkeys: {dir: shared}\nupstreams: {x: {base: "${env:NOT_HERE}"}}\n',
    );
    expect((await list('--config', config)).folder).toBe(join(root, 'shared'));
    writeFileSync(config, 'version: 1\ndata_dir: data\n');
    expect((await list('--config', config)).folder).toBe(join(root, 'data', 'keys'));
    const nowhere = await run('list', '--config', join(root, 'no.yaml'));
    expect(nowhere.exited()).toBe('noInput');
  });

  it('list reads a mounted secret, which rotate refuses to change', async () => {
    await run('init', folder);
    const files = Object.fromEntries(
      ['signing.json', 'data.json'].map((file) => [file, readFileSync(join(folder, file), 'utf8')]),
    );
    mountSecret(join(root, 'mounted'), files);
    expect((await list(join(root, 'mounted'))).signing).toEqual((await list(folder)).signing);
    const rotated = await run('rotate', join(root, 'mounted'));
    expect(rotated.exited()).toBe('cannotWrite');
    expect(rotated.errors()).toContain('change the folder that the secret was made from');
  });

  it('rotate adds what was asked for, at once where it must be', async () => {
    await run('init', folder);
    const signing = await run('rotate', folder, '--signing', '--activate-in', '0');
    expect(states(await list(folder))).toEqual([['active', 'verifying'], ['1 active']]);
    expect(signing.output()).toContain((await list(folder)).signing[0]?.id);
    expect(signing.output()).not.toContain('data key ');
    expect(signing.output()).toContain('bring them everywhere now');
    const data = await run('rotate', folder, '--data', '--activate-in', '2h');
    expect(states(await list(folder))).toEqual([
      ['active', 'verifying'],
      ['2 next', '1 active'],
    ]);
    expect(data.output()).toContain('used from 2026-01-02T05:04:05Z: every replica must have');
    for (const secret of secrets()) expect(signing.output() + data.output()).not.toContain(secret);
  });

  it.each(['10', '1y', '-1m', '31d', ''])(
    'rotate refuses --activate-in %s before it changes anything',
    async (text) => {
      await run('init', folder);
      await expect(run('rotate', folder, '--activate-in', text)).rejects.toThrow(CommanderError);
      expect(states(await list(folder))[0]).toEqual(['active']);
    },
  );

  it('rotate says when the ids of data keys are used up', async () => {
    await run('init', folder);
    const path = join(folder, 'data.json');
    const { keys } = JSON.parse(readFileSync(path, 'utf8')) as { keys: { id: number }[] };
    writeFileSync(path, JSON.stringify({ keys: [{ ...keys[0], id: 255 }] }));
    const refused = await run('rotate', folder);
    expect(refused.exited()).toBe('negative');
    expect(refused.errors()).toMatch(/used up \(1 to 255, none twice\), and nothing was changed/);
    expect((await list(folder)).signing).toHaveLength(1);
    expect((await run('rotate', folder, '--signing')).exited()).toBeUndefined();
  });

  it('retire takes the private part of an old key and refuses one that is needed', async () => {
    await run('init', folder);
    const [first = ''] = (await list(folder)).signing.map(({ id }) => id);
    expect((await run('retire', folder, first)).exited()).toBe('negative');
    await run('rotate', folder, '--activate-in', '0');
    const [secret = ''] = secrets().slice(1, 2);
    expect(readFileSync(join(folder, 'signing.json'), 'utf8')).toContain(secret);
    const retired = await run('retire', folder, first);
    expect(retired.exited()).toBeUndefined();
    expect(readFileSync(join(folder, 'signing.json'), 'utf8')).not.toContain(secret);
    expect((await list(folder)).signing[1]).toMatchObject({ id: first, state: 'verifying', retired: true });
    expect((await run('list', folder)).output()).toContain('public part only');
    expect((await run('retire', folder, '1')).exited()).toBe('noInput');
  });

  it('says what is missing or broken, and where', async () => {
    for (const args of [['list'], ['rotate']]) {
      const terminal = await run(...args, folder);
      expect([terminal.exited(), terminal.output()]).toEqual(['noInput', '']);
      expect(terminal.errors()).toContain(`${join(folder, 'signing.json')} is missing`);
    }
    mkdirSync(folder, { mode: 0o700 });
    writeFileSync(join(folder, 'signing.json'), '{"keys":[{"kty":"OKP","d":"hunter2', { mode: 0o600 });
    writeFileSync(join(folder, 'data.json'), '{}', { mode: 0o600 });
    const broken = await run('list', folder);
    expect(broken.exited()).toBe('noInput');
    expect(broken.errors()).toContain('signing.json is not JSON');
    expect(broken.errors()).not.toContain('hunter2');
  });
});

describe('bin/holdgate keys', () => {
  const holdgate = (...args: string[]): { code: number | null; out: string; err: string } => {
    const bin = new URL('../../bin/holdgate', import.meta.url).pathname;
    const done = spawnSync(bin, ['keys', ...args], { cwd: root, encoding: 'utf8' });
    return { code: done.status, out: done.stdout, err: done.stderr };
  };

  it('makes, lists and rotates', () => {
    expect(holdgate('init', 'keys')).toMatchObject({ code: 0, err: '' });
    expect(holdgate('init', 'keys').code).toBe(exitCode('cannotWrite'));
    expect(holdgate('rotate', 'keys', '--activate-in', '1h').code).toBe(0);
    const listed = holdgate('list', 'keys', '--json');
    expect(states(JSON.parse(listed.out) as Listed)).toEqual([
      ['next', 'active'],
      ['2 next', '1 active'],
    ]);
    expect(holdgate('list').code).toBe(exitCode('noInput'));
    expect(holdgate('rotate', 'keys', '--activate-in', 'soon').code).toBe(exitCode('usage'));
    for (const secret of secrets()) expect(listed.out).not.toContain(secret);
  });
});
