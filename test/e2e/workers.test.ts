// A gate of several processes, from outside: every worker serves, and a call does not care at which one it is, nor who votes where.
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApprovalView } from '../../src/core/approval/view.ts';
import { type RawUpstream, startRawUpstream } from './raw-upstream.ts';
import { run } from './real-clients.ts';
import { AGENT, APPROVER, writeGate } from './running-gate.ts';
import { FREE_PORTS, HOLDGATE, killAll, type Reply, startWorkers, until, type WorkerGate } from './worker-gate.ts';

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

beforeEach(async () => {
  upstream = await startRawUpstream();
  folder = mkdtempSync(join(tmpdir(), 'holdgate-workers-'));
  config = writeGate(folder, { upstream: upstream.url, rules: RULES, more: 'hold: {wait: 30s}' }, FREE_PORTS);
});
afterEach(async () => {
  killAll();
  await upstream.close();
  rmSync(folder, { recursive: true, force: true });
});

const post = (gate: WorkerGate, body = 'a=1'): Promise<Reply> => gate.call('/api/x', { method: 'POST', body });
const vote = ({ id, digest }: ApprovalView): [string, { method: string; body: string }] => [
  `/api/v1/approvals/${id}/votes`,
  { method: 'POST', body: JSON.stringify({ vote: 'approve', reason: 'because', digest }) },
];
const stop = (gate: WorkerGate, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | string> => {
  process.kill(gate.pid, signal);
  return gate.ended;
};
/** Every entry of every log. */
const entries = (worker: number): string =>
  readFileSync(join(folder, 'data', 'audit', `worker-${worker}`, '000001.jsonl'), 'utf8');
async function auditIsValid(logs: number): Promise<void> {
  const { code, stdout } = await run(HOLDGATE, ['audit', 'verify', join(folder, 'data'), '--json']);
  const { valid, logs: verified } = JSON.parse(stdout) as { valid: boolean; logs: unknown[] };
  expect([code, valid, verified.length]).toEqual([0, true, logs]);
}

describe('a gate with two workers', { timeout: 120_000 }, () => {
  it('serves with both of them on the same two ports, and counts what both do', async () => {
    const gate = await startWorkers(config, '--workers', '2');
    expect(gate.stderr()).toContain('(2 workers)');
    expect(gate.stderr().match(/is ready/g)).toHaveLength(1);
    for (let i = 0; i < 20; i++) expect((await gate.call('/api/x')).status).toBe(200);
    await until('all calls are in the log', () => gate.log('call:finished').length === 20);
    const by = gate.log('call:finished').map((line) => line['worker']);
    for (const worker of [1, 2]) expect(by.filter((one) => one === worker).length).toBeGreaterThanOrEqual(5);
    const reads = 'holdgate_decisions_total{effect="allow",rule="reads",mode="enforce",upstream="api"}';
    for (const worker of [1, 2]) {
      const page = (await gate.at(worker, '/metrics')).body;
      expect(page).toContain(`\n${reads} 20\n`);
      expect(page).toContain('\nholdgate_call_seconds_count{upstream="api",effect="allow"} 20\n');
      expect(page).toContain('\nholdgate_workers 2\n');
      expect(page).toContain('\nholdgate_workers_reporting 2\n');
      expect(page).toMatch(/\nholdgate_policy_rules 2\n/);
      for (const of of ['1', '2', 'primary'])
        expect(page).toContain(`\nprocess_resident_memory_bytes{worker="${of}"} `);
      // One metric, one block: Prometheus refuses a page that names one twice.
      const types = page.match(/^# TYPE \S+/gm) ?? [];
      expect(new Set(types).size).toBe(types.length);
    }
    expect(await stop(gate)).toBe(0);
    await auditIsValid(2);
    for (const worker of [1, 2]) expect(entries(worker)).toContain('"rules":["reads"]');
  });

  it('runs a held call once, where it waits, although its vote was cast at the other worker', async () => {
    const gate = await startWorkers(config, '--workers', '2');
    const waiting = post(gate);
    const holder = await gate.holder();
    const approval = await gate.open();
    expect(await gate.metric('holdgate_held_connections')).toBe(1);
    expect(await gate.metric('holdgate_approvals_open')).toBe(1);
    const other = 3 - holder;
    const view = JSON.parse((await gate.at(other, `/api/v1/approvals/${approval.id}`)).body) as ApprovalView;
    expect(view).toMatchObject({ id: approval.id, status: 'pending' });
    expect((await gate.at(other, ...vote(approval))).status).toBe(200);
    expect(await waiting).toMatchObject({ status: 200, body: 'ok' });
    expect(upstream.requests).toHaveLength(1);
    await stop(gate);
    const replica = readFileSync(join(folder, 'data', 'replica-id'), 'utf8').trim();
    expect(replica).toMatch(/^rep_[0-9A-Z]{26}$/);
    expect(entries(holder)).toContain(`"replica":"${replica}-${holder}"`);
    expect(entries(holder)).toContain('"type":"approval:intent"');
    expect(entries(other)).toContain('"type":"approval:voted"');
    await auditIsValid(2);
  });

  it('tells the people who watch one worker what happens at the other', async () => {
    const gate = await startWorkers(config, '--workers', '2');
    const streams = await Promise.all(
      [1, 2].map(async () => {
        const response = await fetch(`${gate.console}/api/v1/events`, {
          headers: { authorization: `Bearer ${APPROVER}`, connection: 'close' },
        });
        let text = '';
        const reading = (async () => {
          for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString('utf8');
        })();
        reading.catch(() => undefined);
        return () => text;
      }),
    );
    await until('both are up to date', () => streams.every((text) => text().includes('event: synced')));
    const waiting = post(gate);
    const approval = await gate.open();
    await gate.at(1, ...vote(approval));
    await waiting;
    await until('both have heard the end', () => streams.every((text) => text().includes('"status":"succeeded"')));
    await stop(gate);
  });

  it('shares the limit of connections out, and closes what is beyond it instead of passing it round', async () => {
    config = writeGate(folder, { upstream: upstream.url, rules: RULES, more: 'limits: {connections: 4}' }, FREE_PORTS);
    const gate = await startWorkers(config, '--workers', '2');
    const port = Number(new URL(gate.proxy).port);
    const sockets: Socket[] = [];
    let closed = 0;
    for (let i = 0; i < 7; i++) {
      const socket = connect(port, '127.0.0.1');
      socket.on('close', () => closed++).on('error', () => undefined);
      sockets.push(socket);
    }
    await until('all beyond the limit are closed', () => closed === 3);
    const kept = sockets.filter((socket) => !socket.destroyed);
    const answers = kept.map((socket) => once(socket, 'data'));
    for (const socket of kept) socket.write(`GET /api/x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${AGENT}\r\n\r\n`);
    for (const [data] of await Promise.all(answers)) expect(String(data)).toContain(' 200 ');
    // A place that is free again is found, whoever has it.
    kept[0]?.destroy();
    await until('there is room', async () => (await gate.call('/api/x')).status === 200);
    for (const socket of kept) socket.destroy();
    expect(await stop(gate)).toBe(0);
  });

  it('takes the number of workers from the configuration, unless the command line has one', async () => {
    const two = writeGate(folder, { upstream: upstream.url, rules: RULES, more: 'workers: 2' }, FREE_PORTS);
    const gate = await startWorkers(two);
    expect(gate.stderr()).toContain('(2 workers)');
    await stop(gate);
    const alone = await startWorkers(two, '--workers', '1');
    expect(alone.stderr()).not.toContain('workers)');
    expect(alone.log('worker:started')).toEqual([]);
    expect(JSON.parse((await alone.api('/readyz')).body)).toMatchObject({ checks: { held: '0' } });
    expect((await alone.api('/metrics')).body).not.toContain('holdgate_workers');
    expect(await stop(alone)).toBe(0);
    await auditIsValid(3);
  });

  it('looks at its policies with every worker at SIGHUP', async () => {
    // Behind a link no watch sees a change, and the next look of its own is seconds away.
    const [file, target] = [join(folder, 'policies', 'test.yaml'), join(folder, 'elsewhere.yaml')];
    const policy = (effect: string): string =>
      `version: 1\nname: test\nowner: platform-owner@example.com\nrules:\n  - {id: all, match: {method: GET}, effect: ${effect}}\n`;
    rmSync(file);
    writeFileSync(target, policy('allow'));
    symlinkSync(target, file);
    const gate = await startWorkers(config, '--workers', '2');
    for (const [effect, status] of [
      ['deny', 403],
      ['allow', 200],
      ['deny', 403],
    ] as const) {
      writeFileSync(target, policy(effect));
      process.kill(gate.pid, 'SIGHUP');
      const decided = async (): Promise<boolean> => {
        const replies = await Promise.all(Array.from({ length: 8 }, () => gate.call('/api/x')));
        return replies.every((reply) => reply.status === status);
      };
      await until(`every worker answers ${status}`, decided, 3000);
    }
    expect(await stop(gate)).toBe(0);
  });
});
