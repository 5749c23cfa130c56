// The real git through a whole gate to a real git server (git http-backend): what rules about refs hold, and what git prints when somebody says no.
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Finished, installed, run } from './real-clients.ts';
import { AGENT, startGate, type TestGate } from './running-gate.ts';

const available = installed('git', ['http-backend', '--help']) || installed('git');
const RULES = `  - {id: reads, match: {action: "git:*", level: [read, list]}, effect: allow}
  - {id: topics, match: {action: "git:push:refs/heads/topic/*"}, effect: allow}
  - {id: main, match: {action: "git:push:refs/heads/main"}, effect: hold}
  - {id: tags, match: {action: "git:push:refs/tags/*", resource: {id: acme/app}}, effect: deny, description: Tags are made by the release job.}
  - {id: secret, match: {action: "git:*", resource: {id: acme/secret}}, effect: deny}`;

/** Runs the CGI program of git for each request (RFC 3875). */
function startGitServer(root: string): Promise<Server> {
  const server = createServer((req, res) => {
    const [path = '', query = ''] = (req.url ?? '').split('?');
    const env = {
      ...process.env,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      REQUEST_METHOD: req.method ?? '',
      PATH_INFO: path,
      QUERY_STRING: query,
      CONTENT_TYPE: req.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: req.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(req.headers['git-protocol'] ?? ''),
      REMOTE_USER: 'test',
    };
    const child = spawn('git', ['http-backend'], { env, stdio: ['pipe', 'pipe', 'ignore'] });
    const out: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stdin.on('error', () => undefined);
    req.pipe(child.stdin);
    child.on('close', () => {
      const answer = Buffer.concat(out);
      const end = answer.indexOf('\r\n\r\n');
      const lines = answer.subarray(0, end).toString('latin1').split('\r\n');
      const status = Number(/^Status: (\d+)/.exec(lines.find((each) => each.startsWith('Status:')) ?? '')?.[1] ?? 200);
      const headers = lines.filter((each) => !each.startsWith('Status:')).flatMap((each) => each.split(': ', 2));
      res.writeHead(status, headers).end(answer.subarray(end + 4));
    });
  });
  return once(server.listen(0, '127.0.0.1'), 'listening').then(() => server);
}

describe.skipIf(!available)(`git through the gate${available ? '' : ' (skipped: git is not installed)'}`, () => {
  let dir: string;
  let server: Server;
  let gate: TestGate;
  let work: string;
  const env = {
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: 'n',
    GIT_AUTHOR_EMAIL: 'n@example.com',
    GIT_COMMITTER_NAME: 'n',
    GIT_COMMITTER_EMAIL: 'n@example.com',
    LC_ALL: 'C',
  };
  const git = (...args: string[]): Promise<Finished> => run('git', ['-C', work, ...args], env);
  const url = (name: string): string => `http://127.0.0.1:${gate.running.proxy.port}/api/acme/${name}.git`;
  const commit = (name: string) => git('commit', '-q', '--allow-empty', '-m', name);
  /** Of what git cannot compress. */
  const commitLarge = async (size: number): Promise<void> => {
    writeFileSync(join(work, 'large'), randomBytes(size));
    await git('add', 'large');
    await commit('large');
  };
  const atServer = async (repository: string, ref: string): Promise<string> =>
    (
      await run('git', ['--git-dir', join(dir, 'root', repository), 'log', '-1', '--format=%s', ref], env)
    ).stdout.trim();

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'holdgate-git-'));
    work = join(dir, 'work');
    const sh = promisify(execFile);
    for (const name of ['app', 'large', 'secret']) {
      const repository = join(dir, 'root', 'acme', `${name}.git`);
      await sh('git', ['init', '-q', '--bare', '-b', 'main', repository], { env: { ...process.env, ...env } });
      await sh('git', ['--git-dir', repository, 'config', 'http.receivepack', 'true']);
    }
    await sh('git', ['init', '-q', '-b', 'main', work], { env: { ...process.env, ...env } });
    server = await startGitServer(join(dir, 'root'));
    const upstream = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    gate = await startGate({ upstream, upstreamMore: 'kind: git', rules: RULES, more: 'limits: {hold_body: 2MiB}' });
    await git('config', 'http.extraHeader', `Holdgate-Agent: ${AGENT}`);
    await git('remote', 'add', 'origin', url('app'));
    await commit('first');
  });
  afterAll(async () => {
    await gate.stop();
    await new Promise((resolve) => server.close(resolve));
    rmSync(dir, { recursive: true, force: true });
  });

  it('lets a push pass that a rule allows', async () => {
    expect(await git('push', 'origin', 'HEAD:refs/heads/topic/a')).toMatchObject({ code: 0 });
    expect(await atServer('acme/app.git', 'topic/a')).toBe('first');
    expect(await git('fetch', 'origin')).toMatchObject({ code: 0 });
  });

  it('holds a push to main, and prints the words of whoever denies it', async () => {
    const pushing = git('push', 'origin', 'main');
    const approval = await gate.held();
    expect(approval.summary).toMatch(/^Create branch main in acme\/app at [0-9a-f]{10}$/);
    await gate.vote(approval, 'deny', { reason: 'not during the freeze' });
    const { code, stderr } = await pushing;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^remote: Denied by security-oncall@example.com: "not during the freeze"/m);
    expect(stderr).toMatch(/! \[remote rejected\] main -> main \(Denied by security-oncall@example\.com/);
    expect(await atServer('acme/app.git', 'main')).toBe('');
  });

  it('sends the very push that was approved', async () => {
    await commit('second');
    const pushing = git('push', 'origin', 'main');
    await gate.vote(await gate.held(), 'approve');
    expect(await pushing).toMatchObject({ code: 0 });
    expect(await atServer('acme/app.git', 'main')).toBe('second');
  });

  it('decides every ref of a push: one that is denied takes the others with it', async () => {
    await git('tag', 'v1');
    await commit('third');
    const { code, stderr } = await git('push', 'origin', 'HEAD:refs/heads/topic/b', 'v1');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^remote: .*Do not try to reach the same effect another way.*\[denied-by-policy\]/m);
    expect(stderr).toMatch(/! \[remote rejected\] v1 -> v1 \(/);
    expect(await atServer('acme/app.git', 'topic/b')).toBe('');
  });

  it('holds a push that is too long to be inspected, and shows its refs all the same', async () => {
    await commitLarge(1_500_000);
    const pushing = git('push', url('large'), 'HEAD:refs/heads/topic/large');
    const approval = await gate.held();
    expect(approval.summary).toMatch(/^Create branch topic\/large in acme\/large/);
    await gate.vote(approval, 'approve');
    expect(await pushing).toMatchObject({ code: 0 });
    expect(await atServer('acme/large.git', 'topic/large')).toBe('large');
  });

  it('says so when a push is too long to be kept for approval', async () => {
    await commitLarge(3_000_000);
    const { code, stderr } = await git('push', url('large'), 'HEAD:refs/heads/topic/larger');
    expect(code).toBe(1);
    // While git still sends, nothing but a status reaches it.
    expect(stderr).toContain('RPC failed; HTTP 413');
    const open = (await (await gate.api('/api/v1/approvals?status=open')).json()) as { items: unknown[] };
    expect(open.items).toEqual([]);
    expect(await atServer('acme/large.git', 'topic/larger')).toBe('');
  });

  it('prints why a repository may not be read', async () => {
    const { code, stderr } = await git('fetch', url('secret'));
    expect(code).toBe(128);
    expect(stderr).toMatch(/^remote: .*\[denied-by-policy\]$/m);
  });
});
