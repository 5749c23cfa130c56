// The real binary and the signals of its supervisor; and what it does when what it stands on is damaged, full or missing.
import { type ChildProcess, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApprovalView } from '../../src/core/approval/view.ts';
import { type Answer, ok, type RawUpstream, startRawUpstream } from './raw-upstream.ts';
import { freePort, freePorts, run, startServer, stopServer } from './real-clients.ts';
import { AGENT, APPROVER, writeGate } from './running-gate.ts';

const HOLDGATE = fileURLToPath(new URL('../../bin/holdgate', import.meta.url));
const RULES = `
  - id: reads
    match: {method: GET}
    effect: allow
  - id: asked
    match: {method: POST}
    effect: hold
    hold: {approvals: 1, from: ["group:security"]}
`;

/** A small file system of its own, where this machine lets us make one. */
function mountSmall(folder: string): boolean {
  mkdirSync(folder, { recursive: true });
  return spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder]).status === 0;
}
const canMount = ((): boolean => {
  const folder = mkdtempSync(join(tmpdir(), 'holdgate-mount-'));
  const mounted = mountSmall(folder);
  if (mounted) spawnSync('umount', [folder]);
  rmSync(folder, { recursive: true, force: true });
  return mounted;
})();

describe('holdgate serve', () => {
  let folder: string;
  let config: string;
  let proxy: string;
  let console_: string;
  let upstream: RawUpstream;
  let answer: Answer;
  let gate: ChildProcess | undefined;

  beforeEach(async () => {
    answer = ok;
    upstream = await startRawUpstream((request, socket) => answer(request, socket));
    folder = mkdtempSync(join(tmpdir(), 'holdgate-serve-'));
    const [proxyPort, consolePort] = await freePorts(2);
    proxy = `http://127.0.0.1:${proxyPort}`;
    console_ = `http://127.0.0.1:${consolePort}`;
    config = writeGate(
      folder,
      { upstream: upstream.url, rules: RULES, more: 'default: deny\nhold: {wait: 20s}' },
      `{proxy: "127.0.0.1:${proxyPort}", console: "127.0.0.1:${consolePort}"}`,
    );
  });
  afterEach(async () => {
    await stopServer(gate);
    gate = undefined;
    await upstream.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = async (): Promise<void> => {
    gate = await startServer(HOLDGATE, ['serve', '--config', config], `${console_}/readyz`);
  };
  const post = (body = 'a=1', prefer = ''): Promise<Response> =>
    fetch(`${proxy}/api/x`, { method: 'POST', body, headers: { authorization: `Bearer ${AGENT}`, prefer } });
  const api = (path: string, init: { method?: string; body?: string } = {}): Promise<Response> =>
    fetch(`${console_}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${APPROVER}`, 'content-type': 'application/json' },
    });
  const held = async (): Promise<ApprovalView> => {
    for (;;) {
      const { items } = (await (await api('/api/v1/approvals?status=open')).json()) as { items: ApprovalView[] };
      const { checks } = (await (await api('/readyz')).json()) as { checks: { held: string } };
      if (items[0] && Number(checks.held) > 0) return items[0];
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  /** Whether the agents' port still takes connections. */
  const answers = (): Promise<boolean> =>
    fetch(proxy).then(
      () => true,
      () => false,
    );
  const approve = ({ id, digest }: ApprovalView): Promise<Response> =>
    api(`/api/v1/approvals/${id}/votes`, {
      method: 'POST',
      body: JSON.stringify({ vote: 'approve', reason: 'because', digest }),
    });

  it('hands held calls back at SIGTERM, ends with 0, and the retry joins the same approval after the restart', async () => {
    await start();
    const waiting = post();
    const approval = await held();
    const begun = performance.now();
    const stopped = stopServer(gate);
    const response = await waiting;
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await response.json()).toMatchObject({
      reason: 'shutting-down',
      retryable: true,
      approval_id: approval.id,
    });
    expect(await stopped).toBe(0);
    expect(performance.now() - begun).toBeLessThan(3000);
    await start();
    const retry = post();
    expect((await held()).id).toBe(approval.id);
    await approve(approval);
    expect((await retry).status).toBe(200);
    expect(upstream.requests).toHaveLength(1);
  });

  it('lets what is in flight end at SIGTERM and records it, although agents keep their connections', async () => {
    const releases: (() => void)[] = [];
    const reached = new Promise<void>((resolve) => {
      answer = (request, socket) => {
        if (releases.push(() => ok(request, socket)) === 2) resolve();
      };
    });
    await start();
    const routine = fetch(`${proxy}/api/x`, { headers: { authorization: `Bearer ${AGENT}` } });
    const waiting = post();
    const approval = await held();
    await approve(approval);
    await reached;
    const begun = performance.now();
    const stopped = stopServer(gate);
    while (await answers()) await new Promise((resolve) => setTimeout(resolve, 5));
    for (const release of releases) release();
    // The agent that waits for a call which is being sent is not handed back: it gets its one result.
    const response = await waiting;
    expect([response.status, response.headers.get('holdgate-approval'), await response.text()]).toEqual([
      200,
      approval.id,
      'ok',
    ]);
    expect([(await routine).status, await (await routine).text()]).toEqual([200, 'ok']);
    expect(await stopped).toBe(0);
    // Connections that fall idle meanwhile are closed, not waited for.
    expect(performance.now() - begun).toBeLessThan(3000);
    await start();
    expect(await (await api(`/api/v1/approvals/${approval.id}`)).json()).toMatchObject({ status: 'succeeded' });
    expect(upstream.requests).toHaveLength(2);
  });

  it('looks at its policies at SIGHUP', async () => {
    await start();
    expect((await fetch(`${proxy}/api/x`, { headers: { authorization: `Bearer ${AGENT}` } })).status).toBe(200);
    writeFileSync(
      join(folder, 'policies', 'test.yaml'),
      'version: 1\nname: test\nowner: platform-owner@example.com\nrules:\n  - {id: none, match: {method: GET}, effect: deny}\n',
    );
    gate?.kill('SIGHUP');
    const deadline = performance.now() + 3000;
    let status = 200;
    while (status !== 403 && performance.now() < deadline) {
      status = (await fetch(`${proxy}/api/x`, { headers: { authorization: `Bearer ${AGENT}` } })).status;
    }
    expect(status).toBe(403);
  });

  it.each<[string, () => void, RegExp]>([
    [
      'its database is damaged',
      () => writeFileSync(join(folder, 'data', 'holdgate.db'), 'this is not a database'.repeat(1000)),
      /database|holdgate\.db/,
    ],
    [
      'its keys are gone although records exist',
      () => rmSync(join(folder, 'data', 'keys'), { recursive: true }),
      /key/,
    ],
  ])('does not start when %s, and says so', async (_name, damage, message) => {
    await start();
    expect(await stopServer(gate)).toBe(0);
    damage();
    const { code, stderr } = await run(HOLDGATE, ['serve', '--config', config]);
    expect(code).toBe(69);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n {4}at /);
    await expect(fetch(proxy)).rejects.toThrow();
  });

  it('does not start on a port that is taken, and says so', async () => {
    await start();
    const other = mkdtempSync(join(tmpdir(), 'holdgate-other-'));
    const port = Number(new URL(proxy).port);
    const second = writeGate(
      other,
      { upstream: upstream.url, rules: RULES },
      `{proxy: "127.0.0.1:${port}", console: "127.0.0.1:${await freePort()}"}`,
    );
    const { code, stderr } = await run(HOLDGATE, ['serve', '--config', second]);
    expect(code).toBe(69);
    expect(stderr).toContain(String(port));
    rmSync(other, { recursive: true, force: true });
  });

  it.skipIf(!canMount)(
    `fails held calls closed on a full disk, lets routine ones go on, and holds again when there is room${canMount ? '' : ' (no tmpfs can be mounted here)'}`,
    async () => {
      const data = join(folder, 'data');
      mountSmall(data);
      try {
        await start();
        const { bavail, bsize } = statfsSync(data);
        writeFileSync(join(data, 'ballast'), Buffer.alloc(Math.max(0, bavail * bsize)));
        const response = await post('x'.repeat(200_000), 'wait=0');
        expect(response.status).toBe(503);
        expect(await response.json()).toMatchObject({ reason: 'gate-unavailable', retryable: true });
        expect(upstream.requests).toEqual([]);
        // What is recorded in batches goes on for as long as the backlog has room.
        const routine = await fetch(`${proxy}/api/x`, { headers: { authorization: `Bearer ${AGENT}` } });
        expect(routine.status).toBe(200);
        rmSync(join(data, 'ballast'));
        let again = await post('y', 'wait=0');
        const deadline = performance.now() + 5000;
        while (again.status === 503 && performance.now() < deadline) {
          await new Promise((resolve) => setTimeout(resolve, 50));
          again = await post('y', 'wait=0');
        }
        expect(again.status).toBe(429);
        expect(existsSync(join(data, 'holdgate.db'))).toBe(true);
      } finally {
        await stopServer(gate);
        spawnSync('umount', [data]);
      }
    },
  );
});
