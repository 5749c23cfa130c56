import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import type { Check } from '../../src/cli/doctor/check.ts';
import { checkClock } from '../../src/cli/doctor/clock.ts';
import { type DoctorInput, runChecks } from '../../src/cli/doctor/run-checks.ts';
import { registerDoctor } from '../../src/cli/doctor.ts';
import { systemClock } from '../../src/system-clock.ts';
import { initKeys } from '../../src/signers/init-keys.ts';
import { rotateKeys } from '../../src/signers/rotate-keys.ts';

const NOW = Date.UTC(2026, 0, 15);
const POLICY = `version: 1
owner: team@example.com
rules:
  - {id: reads, description: Reading is routine, match: {method: GET}, effect: allow}
`;

function workspace(lines = '', listen = '{proxy: "127.0.0.1:0", console: "127.0.0.1:0"}'): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdgate-doctor-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'policy.yaml'), POLICY);
  const people = 'people: [{email: a@example.com}]';
  writeFileSync(
    join(folder, 'holdgate.yaml'),
    `version: 1\nlisten: ${listen}\npolicies: [policy.yaml]\n${people}\n${lines}\n`,
  );
  return folder;
}

const UPSTREAM = 'upstreams: {api: {base: "https://api.test", mount: /api}}';

function check(folder: string, more: Partial<DoctorInput> = {}): Promise<Check[]> {
  return runChecks({
    file: join(folder, 'holdgate.yaml'),
    connect: false,
    env: {},
    execArgv: [],
    node: '24.0.0',
    clock: { now: () => NOW, monotonic: () => 0, after: (ms, callback) => systemClock.after(ms, callback) },
    lookup: () => Promise.resolve([{ address: '93.184.216.34', family: 4 }]),
    ...more,
  });
}

async function listening(): Promise<number> {
  const server = net.createServer((socket) => socket.on('error', () => undefined));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

const named = (checks: readonly Check[], name: string): Check | undefined => checks.find((each) => each.name === name);

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

test('a sound set-up passes every check', async () => {
  const checks = await check(workspace(UPSTREAM));
  expect(checks.filter(({ status }) => status !== 'ok')).toEqual([]);
  expect(checks.map(({ name }) => name)).toEqual([
    'node',
    'node flags',
    'configuration',
    'policies',
    'data dir',
    'port proxy',
    'port console',
    'upstream api',
    'clock',
  ]);
});

test('faults of the configuration are listed with their places, and the runtime is still judged', async () => {
  const checks = await check(workspace('defualt: hold\nhold: {approvals: 0}'), {
    node: '20.1.0',
    execArgv: ['--insecure-http-parser'],
  });
  expect(checks.filter(({ status }) => status === 'fail').map(({ name }) => name)).toEqual([
    'node',
    'node flags',
    'configuration',
    'configuration',
  ]);
  expect(checks[2]?.detail).toMatch(/holdgate\.yaml:5:1: unknown key "defualt"; did you mean "default"\?/);
});

test('a broken policy fails', async () => {
  const folder = workspace(UPSTREAM);
  writeFileSync(join(folder, 'policy.yaml'), 'version: 1\nrules: [{id: x, match: {}, effect: alow}]\n');
  expect(named(await check(folder), 'policies')).toMatchObject({
    status: 'fail',
    detail: expect.stringContaining('policy.yaml:2:'),
  });
});

test('a port in use fails and, where the system tells, names who has it', async () => {
  const port = await listening();
  const checks = await check(workspace(UPSTREAM, `{proxy: "127.0.0.1:${port}", console: "127.0.0.1:0"}`));
  expect(named(checks, 'port proxy')).toMatchObject({
    status: 'fail',
    detail: expect.stringContaining(`127.0.0.1 port ${port} is in use`),
  });
  if (process.platform === 'linux') expect(named(checks, 'port proxy')?.detail).toContain(`(pid ${process.pid})`);
  expect(named(checks, 'port console')?.status).toBe('ok');
});

test('an address of another machine cannot be listened on', async () => {
  const checks = await check(workspace(UPSTREAM, '{proxy: "192.0.2.1:0", console: "127.0.0.1:0"}'));
  expect(named(checks, 'port proxy')).toMatchObject({
    status: 'fail',
    detail: expect.stringContaining('EADDRNOTAVAIL'),
  });
});

test.each<[string, number, number, Check['status']]>([
  ['closed', 0o700, 0o600, 'ok'],
  ['closed, with an open file that nobody can reach', 0o700, 0o644, 'ok'],
  ['listable', 0o755, 0o600, 'warn'],
  ['open, with an open file', 0o755, 0o644, 'fail'],
  ['writable for the group', 0o770, 0o600, 'fail'],
])('a data folder that is %s', async (_name, folderMode, fileMode, status) => {
  const folder = workspace(UPSTREAM);
  mkdirSync(join(folder, '.holdgate'));
  writeFileSync(join(folder, '.holdgate/key'), '');
  chmodSync(join(folder, '.holdgate/key'), fileMode);
  chmodSync(join(folder, '.holdgate'), folderMode);
  utimesSync(join(folder, '.holdgate/key'), NOW / 1000 - 60, NOW / 1000 - 60);
  expect(named(await check(folder), 'data dir')?.status).toBe(status);
});

test('a file in place of the data folder fails', async () => {
  const folder = workspace(UPSTREAM);
  writeFileSync(join(folder, '.holdgate'), '');
  expect(named(await check(folder), 'data dir')).toMatchObject({
    status: 'fail',
    detail: expect.stringContaining('not a folder'),
  });
});

test('data written in the future means that the clock was set back', async () => {
  const folder = workspace(UPSTREAM);
  mkdirSync(join(folder, '.holdgate'), { mode: 0o700 });
  writeFileSync(join(folder, '.holdgate/log'), '');
  utimesSync(join(folder, '.holdgate/log'), NOW / 1000 + 60, NOW / 1000 + 60);
  expect(named(await check(folder), 'clock')).toMatchObject({
    status: 'fail',
    detail: expect.stringContaining('set back'),
  });
});

test("a gate's own keys are looked at once there are any, and missed where there are records", async () => {
  const folder = workspace();
  const keys = join(folder, '.holdgate', 'keys');
  const said = async (): Promise<string> => {
    const found = named(await check(folder), 'keys');
    return found ? `${found.status}: ${found.detail}` : '';
  };
  expect(await said()).toBe('');
  mkdirSync(join(folder, '.holdgate', 'audit'), { recursive: true, mode: 0o700 });
  expect(await said()).toBe(`fail: ${keys}/signing.json is missing although there are records that it signed`);
  await initKeys(keys, NOW);
  expect(await said()).toMatch(/^ok: .*signing key \S+ is used \(1 in all\); data key 1 is used \(1 in all\)$/);
  chmodSync(keys, 0o750);
  expect(await said()).toBe(`fail: ${keys} is open to other accounts`);
  chmodSync(keys, 0o700);
  writeFileSync(join(keys, 'data.json'), '{', { mode: 0o600 });
  expect(await said()).toMatch(/^fail: .*data\.json/);
});

test('shared keys are looked at as they are mounted, without writing anything', async () => {
  const folder = workspace(`${UPSTREAM}\nkeys: {dir: shared}`);
  expect(named(await check(folder), 'keys')).toMatchObject({
    status: 'fail',
    detail: expect.stringContaining('signing.json is missing'),
  });
  const made = await initKeys(join(folder, 'shared'), NOW);
  await rotateKeys(join(folder, 'shared'), { signing: false, data: true, now: NOW, delay: 60_000 });
  expect(named(await check(folder), 'keys')).toEqual({
    name: 'keys',
    status: 'ok',
    detail: `${join(folder, 'shared')}: signing key ${made.ok && made.signing} is used (1 in all); data key 1 is used, then 2 from 2026-01-15T00:01:00Z (2 in all)`,
  });
  expect(existsSync(join(folder, '.holdgate'))).toBe(false);
  chmodSync(join(folder, 'shared', 'data.json'), 0o644);
  expect(named(await check(folder), 'keys')).toMatchObject({
    status: 'fail',
    detail: expect.stringContaining('defaultMode: 0440'),
  });
  chmodSync(join(folder, 'shared', 'data.json'), 0o600);
  const other = await initKeys(join(folder, '.holdgate', 'keys'), NOW);
  expect(named(await check(folder), 'keys')).toMatchObject({
    status: 'fail',
    detail: expect.stringContaining(`signed with key ${other.ok && other.signing}`),
  });
});

const moment = (wall: number, monotonic: number) => ({ wall, monotonic });

test.each<[string, number, number, number, Check['status']]>([
  ['steady', NOW, NOW + 100, 100, 'ok'],
  ['before 2024', 0, 100, 100, 'fail'],
  ['stepping while it is read', NOW, NOW + 60_000, 100, 'warn'],
  ['monotonic only in name', NOW, NOW, -1, 'fail'],
])('a clock that is %s', (_name, start, end, elapsed, status) => {
  expect(checkClock({ start: moment(start, 0), end: moment(end, elapsed), newest: undefined }).status).toBe(status);
});

test.each<[string, string, boolean]>([
  ['10.0.0.1', 'false', false],
  ['10.0.0.1', 'true', true],
  ['169.254.169.254', 'true', false],
])('an upstream that resolves to %s with allow_private: %s', async (address, allow, good) => {
  const folder = workspace(`upstreams: {api: {base: "https://api.test", mount: /api, allow_private: ${allow}}}`);
  const checks = await check(folder, { lookup: () => Promise.resolve([{ address, family: 4 }]) });
  expect(named(checks, 'upstream api')).toMatchObject({
    status: good ? 'ok' : 'fail',
    detail: expect.stringContaining(address),
  });
});

test('an upstream that is this gate fails', async () => {
  const folder = workspace(
    'upstreams: {api: {base: "http://127.0.0.1:65001", mount: /api, allow_private: true}}',
    '{proxy: "0.0.0.0:65001", console: "127.0.0.1:0"}',
  );
  expect(named(await check(folder), 'upstream api')).toMatchObject({
    status: 'fail',
    detail: expect.stringContaining('this gate itself'),
  });
});

test('--connect goes there', async () => {
  const port = await listening();
  const folder = workspace(`upstreams: {api: {base: "http://127.0.0.1:${port}", mount: /api, allow_private: true}}`);
  expect(named(await check(folder, { connect: true }), 'upstream api')).toMatchObject({
    status: 'ok',
    detail: `127.0.0.1:${port} answers at 127.0.0.1`,
  });
});

async function run(folder: string): Promise<string> {
  const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const program = new Command('holdgate');
  registerDoctor(program);
  await program.parseAsync(['doctor', '--json', '--config', join(folder, 'holdgate.yaml')], { from: 'user' });
  return out.mock.calls.map(([text]) => String(text)).join('');
}

test('the command prints JSON and exits 0 with warnings, 1 with failures', async () => {
  expect(JSON.parse(await run(workspace('')))).toMatchObject({
    status: 'warn',
    checks: expect.arrayContaining([
      { name: 'upstreams', status: 'warn', detail: expect.any(String), remedy: expect.any(String) },
    ]),
  });
  expect(process.exitCode).toBe(0);
  vi.restoreAllMocks();
  expect(JSON.parse(await run(workspace('nope: 1')))).toMatchObject({ status: 'fail' });
  expect(process.exitCode).toBe(1);
});
