// Workers that die, a primary that dies, a gate that is told to stop: what was held comes back, what was sent is sent once,
// and nothing is left behind.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApprovalView } from '../../src/core/approval/view.ts';
import { type Answer, ok, type RawUpstream, startRawUpstream } from './raw-upstream.ts';
import { run } from './real-clients.ts';
import { writeGate } from './running-gate.ts';
import {
  alive,
  FREE_PORTS,
  HOLDGATE,
  killAll,
  type Reply,
  startWorkers,
  until,
  type WorkerGate,
} from './worker-gate.ts';

const RULES = `
  - {id: reads, match: {method: GET}, effect: allow}
  - id: asked
    match: {method: POST}
    effect: hold
    hold: {approvals: 1, from: ["group:security"]}
`;

let folder: string;
let config: string;
let upstream: RawUpstream;
let answer: Answer;

beforeEach(async () => {
  answer = ok;
  upstream = await startRawUpstream((request, socket) => answer(request, socket));
  folder = mkdtempSync(join(tmpdir(), 'holdgate-worker-lives-'));
  config = writeGate(folder, { upstream: upstream.url, rules: RULES, more: 'hold: {wait: 50s}' }, FREE_PORTS);
});
afterEach(async () => {
  killAll();
  await upstream.close();
  rmSync(folder, { recursive: true, force: true });
});

const post = (gate: WorkerGate): Promise<Reply> => gate.call('/api/x', { method: 'POST', body: 'a=1' });
/** An agent that tries again whenever it may. */
async function persistent(gate: WorkerGate): Promise<Reply> {
  for (;;) {
    const reply = await post(gate);
    if (![0, 429, 503].includes(reply.status)) return reply;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
const approve = (gate: WorkerGate, { id, digest }: ApprovalView): Promise<Reply> =>
  gate.api(`/api/v1/approvals/${id}/votes`, {
    method: 'POST',
    body: JSON.stringify({ vote: 'approve', reason: 'because', digest }),
  });
const statusOf = async (gate: WorkerGate, { id }: ApprovalView): Promise<string> =>
  (JSON.parse((await gate.api(`/api/v1/approvals/${id}`)).body) as ApprovalView).status;
const calls = (gate: WorkerGate): Promise<number | undefined> =>
  gate.metric('holdgate_call_seconds_count{upstream="api",effect="allow"}');
const auditIsValid = async (): Promise<void> => {
  const { code, stdout } = await run(HOLDGATE, ['audit', 'verify', join(folder, 'data')]);
  expect(stdout).toMatch(/(^|\n)VALID: /);
  expect(code).toBe(0);
};

describe('a worker that is killed', { timeout: 120_000 }, () => {
  it('while it holds a call: the agent comes back, to the same approval, and gets its one result', async () => {
    const gate = await startWorkers(config, '--workers', '2');
    const agent = persistent(gate);
    const holder = await gate.holder();
    const approval = await gate.open();
    const before = gate.pidOf(holder);
    process.kill(before, 'SIGKILL');
    await until('it is replaced', () => gate.pidOf(holder) !== before);
    await gate.holder();
    expect((await gate.open()).id).toBe(approval.id);
    await approve(gate, approval);
    expect(await agent).toMatchObject({ status: 200, body: 'ok' });
    expect(upstream.requests).toHaveLength(1);
    await until('both serve again', async () => (await gate.metric('holdgate_workers_reporting')) === 2);
    expect(gate.log('worker:exited')).toMatchObject([
      { level: 'error', worker: holder, pid: before, signal: 'SIGKILL' },
    ]);
    expect(await gate.metric('holdgate_worker_exits_total')).toBe(1);
    process.kill(gate.pid, 'SIGTERM');
    expect(await gate.ended).toBe(0);
    await auditIsValid();
  });

  it('while it sends: nobody sends again, and its successor says at once that the outcome is unknown', async () => {
    answer = () => undefined;
    const gate = await startWorkers(config, '--workers', '2');
    const agent = post(gate);
    const holder = await gate.holder();
    const approval = await gate.open();
    await approve(gate, approval);
    await until('it is being sent', () => upstream.requests.length === 1);
    const before = gate.pidOf(holder);
    process.kill(before, 'SIGKILL');
    expect((await agent).status).toBe(0);
    answer = ok;
    await until('it is settled', async () => (await statusOf(gate, approval)) === 'indeterminate');
    // In the words of the successor: nobody waited until its lease had run out.
    const told = expect.stringMatching(/outcome-unknown.*the gate stopped while the call was being sent/) as string;
    expect(await post(gate)).toMatchObject({ status: 409, body: told });
    expect(upstream.requests).toHaveLength(1);
    process.kill(gate.pid, 'SIGTERM');
    expect(await gate.ended).toBe(0);
    await auditIsValid();
  });

  it('takes no count with it, again and again, and is replaced ever later', async () => {
    const gate = await startWorkers(config, '--workers', '2');
    let last = 0;
    let made = 0;
    // How much later each time: restart-delay.test.ts.
    for (let death = 0; death < 2; death++) {
      for (let i = 0; i < 6; i++) if ((await gate.call('/api/x')).status === 200) made++;
      // What was counted since the last scrape would die with it: the page says only what it has said before.
      const seen = (await calls(gate)) ?? 0;
      expect(seen).toBe(made);
      const before = gate.pidOf(2);
      process.kill(before, 'SIGKILL');
      await until('the other one tells', async () => {
        const now = (await calls(gate)) ?? last;
        expect(now).toBeGreaterThanOrEqual(Math.max(last, seen));
        last = now;
        return gate.pidOf(2) !== before && (await gate.metric('holdgate_workers_reporting')) === 2;
      });
      expect(await calls(gate)).toBe(made);
    }
    expect(gate.log('worker:exited').map((line) => line['again_in_ms'])).toEqual([0, 1000]);
  });

  it('runs the configuration that the gate was started with when it is replaced, and waits for policies that are whole', async () => {
    const credential = 'credential: {header: X-Key, value: "${env:UPSTREAM_TOKEN}"}';
    config = writeGate(folder, { upstream: upstream.url, rules: RULES, upstreamMore: credential }, FREE_PORTS);
    const gate = await startWorkers(config, '--workers', '2');
    const policy = join(folder, 'policies', 'test.yaml');
    const good = readFileSync(policy, 'utf8');
    writeFileSync(config, 'version: 1\nlisten: nowhere\n');
    writeFileSync(policy, 'version: 1\nname: test\nrules: 7\n');
    process.kill(gate.pidOf(2), 'SIGKILL');
    await until('its successor gave up', () => gate.log('worker:exited').some((line) => line['code'] === 78));
    // The other one goes on with the last good set.
    expect((await gate.call('/api/x')).status).toBe(200);
    expect(await gate.metric('holdgate_workers_reporting')).toBe(1);
    writeFileSync(policy, good);
    await until('both serve again', async () => (await gate.metric('holdgate_workers_reporting')) === 2, 40_000);
    for (let i = 0; i < 4; i++) expect((await gate.call('/api/x')).status).toBe(200);
    await until('the new one has served', () => gate.log('call:finished').some((line) => line['worker'] === 2));
    for (const request of upstream.requests) expect(request).toContain('X-Key: upstream-secret-token\r\n');
    process.kill(gate.pid, 'SIGTERM');
    expect(await gate.ended).toBe(0);
  });

  it('leaves a stuck one its place on the page: with what it said last, and not counted among those that report', async () => {
    const gate = await startWorkers(config, '--workers', '2');
    for (let i = 0; i < 6; i++) await gate.call('/api/x');
    expect(await calls(gate)).toBe(6);
    const stuck = gate.pidOf(2);
    process.kill(stuck, 'SIGSTOP');
    try {
      // One connection may go to the one that is stuck; the next does not.
      const page = await Promise.any([0, 1, 2].map(() => gate.api('/metrics')));
      expect(page.body).toContain('\nholdgate_workers 2\n');
      expect(page.body).toContain('\nholdgate_workers_reporting 1\n');
      expect(page.body).toContain('\nholdgate_call_seconds_count{upstream="api",effect="allow"} 6\n');
    } finally {
      process.kill(stuck, 'SIGCONT');
    }
    await until('it reports again', async () => (await gate.metric('holdgate_workers_reporting')) === 2);
  });
});

describe('a connection that was on its way to a worker when it died', { timeout: 120_000 }, () => {
  it('is closed, so that its agent tries again instead of waiting for ever', async () => {
    const gate = await startWorkers(config, '--workers', '2');
    const stuck = gate.pidOf(2);
    process.kill(stuck, 'SIGSTOP');
    // In turn: of four connections at least one is meant for it.
    const replies = Array.from({ length: 4 }, () => gate.call('/api/x'));
    const open = new Set(replies);
    for (const reply of replies) void reply.then(() => open.delete(reply));
    await until('all but its own are answered', () => open.size <= 1);
    const [waiting] = open;
    if (!waiting) throw new Error('no connection went to the worker that is stuck');
    process.kill(stuck, 'SIGKILL');
    expect((await waiting).status).toBe(0);
    await until('it is replaced', () => gate.pidOf(2) !== stuck);
    expect((await gate.call('/api/x')).status).toBe(200);
  });
});

describe('a gate that is told to stop', { timeout: 120_000 }, () => {
  const handedBack = { status: 503, body: expect.stringContaining('shutting-down') as string };

  it.each([
    ['SIGTERM to the primary', (pid: number) => process.kill(pid, 'SIGTERM')],
    ['SIGINT to the whole group, as by Ctrl-C', (pid: number) => process.kill(-pid, 'SIGINT')],
    ['SIGTERM to the whole group, as by a service manager', (pid: number) => process.kill(-pid, 'SIGTERM')],
  ])('by %s hands held calls back, finishes what is being sent, and ends with 0', async (_how, signal) => {
    let release = (): void => undefined;
    const gate = await startWorkers(config, '--workers', '2');
    const reached = new Promise<void>((resolve) => {
      answer = (request, socket) => {
        release = () => ok(request, socket);
        resolve();
      };
    });
    const routine = gate.call('/api/x');
    await reached;
    const held = post(gate);
    await gate.holder();
    signal(gate.pid);
    expect(await held).toMatchObject(handedBack);
    release();
    expect(await routine).toMatchObject({ status: 200, body: 'ok' });
    expect(await gate.ended).toBe(0);
    expect(gate.log('gate:process:stopped').map((line) => line['worker'])).toHaveLength(2);
    expect(gate.log('worker:exited')).toEqual([]);
    await auditIsValid();
  });

  it('lets all workers end in good order when the primary was killed, and the next gate waits for them', async () => {
    const gate = await startWorkers(config, '--workers', '2');
    const agent = post(gate);
    await gate.holder();
    const approval = await gate.open();
    const pids = [1, 2].map((worker) => gate.pidOf(worker));
    process.kill(gate.pid, 'SIGKILL');
    const again = startWorkers(config, '--workers', '2');
    expect(await agent).toMatchObject(handedBack);
    await until('both workers are gone', () => !pids.some(alive));
    const next = await again;
    const retry = persistent(next);
    await next.holder();
    expect((await next.open()).id).toBe(approval.id);
    await approve(next, approval);
    expect((await retry).status).toBe(200);
    expect(upstream.requests).toHaveLength(1);
    process.kill(next.pid, 'SIGTERM');
    expect(await next.ended).toBe(0);
    await auditIsValid();
  });

  it('leaves a record that verifies when everything is killed and fewer come back', async () => {
    const gate = await startWorkers(config, '--workers', '3');
    const traffic = Promise.all(Array.from({ length: 60 }, () => gate.call('/api/x')));
    await until('calls come in', () => gate.log('call:finished').length > 0 || upstream.requests.length > 10);
    process.kill(-gate.pid, 'SIGKILL');
    await traffic;
    await gate.ended;
    const alone = await startWorkers(config, '--workers', '1');
    process.kill(alone.pid, 'SIGTERM');
    expect(await alone.ended).toBe(0);
    expect(readdirSync(join(folder, 'data', 'audit'))).toEqual(
      expect.arrayContaining(['000001.jsonl', 'worker-1', 'worker-2', 'worker-3']),
    );
    await auditIsValid();
  });
});
