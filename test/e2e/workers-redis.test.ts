// Two gates of two workers each on one Redis, as on two machines: agents and people meet at any of the four.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ApprovalView } from '../../src/core/approval/view.ts';
import { describeRedis, useRedis } from '../redis/describe-redis.ts';
import { type RawUpstream, startRawUpstream } from './raw-upstream.ts';
import { run } from './real-clients.ts';
import { writeGate } from './running-gate.ts';
import { FREE_PORTS, HOLDGATE, killAll, type Reply, startWorkers, until, type WorkerGate } from './worker-gate.ts';

const RULES = '  - {id: asked, match: {method: POST}, effect: hold, hold: {approvals: 1, from: ["group:security"]}}';

describeRedis('gates of several workers on one Redis', () => {
  // With a password: it has to reach the workers.
  const redis = useRedis({ password: 'canary-9f2' });
  let root: string;
  let upstream: RawUpstream;

  beforeEach(async () => {
    upstream = await startRawUpstream();
    root = mkdtempSync(join(tmpdir(), 'holdgate-workers-redis-'));
    const { code, stderr } = await run(HOLDGATE, ['keys', 'init', join(root, 'keys')]);
    expect([code, stderr]).toEqual([0, expect.any(String)]);
  });
  afterEach(async () => {
    killAll();
    await upstream.close();
    rmSync(root, { recursive: true, force: true });
  });

  const start = (name: string): Promise<WorkerGate> => {
    const folder = join(root, name);
    mkdirSync(folder);
    const more = `keys: {dir: ${join(root, 'keys')}}\nhold: {wait: 50s}`;
    const store = `{url: "${redis().url}", prefix: "${root.split('-').at(-1)?.toLowerCase()}"}`;
    return startWorkers(
      writeGate(folder, { upstream: upstream.url, rules: RULES, store, more }, FREE_PORTS),
      '--workers',
      '2',
    );
  };
  const post = (gate: WorkerGate): Promise<Reply> => gate.call('/api/x', { method: 'POST', body: 'a=1' });
  const vote = ({ id, digest }: ApprovalView): [string, { method: string; body: string }] => [
    `/api/v1/approvals/${id}/votes`,
    { method: 'POST', body: JSON.stringify({ vote: 'approve', reason: 'because', digest }) },
  ];

  it('run a call once that waits at all of them, by a vote at any, and after the worker that held it was killed', async () => {
    const [one, other] = await Promise.all([start('one'), start('other')]);
    const first = post(one);
    const holder = await one.holder();
    const elsewhere = post(other);
    await other.holder();
    const approval = await one.open();
    expect((await other.open()).id).toBe(approval.id);
    process.kill(one.pidOf(holder), 'SIGKILL');
    expect((await first).status).toBe(0);
    const again = post(one);
    await one.holder();
    for (const worker of [1, 2]) {
      const seen = JSON.parse((await other.at(worker, `/api/v1/approvals/${approval.id}`)).body) as ApprovalView;
      expect(seen.status).toBe('pending');
    }
    expect((await other.at(2, ...vote(approval))).status).toBe(200);
    // Of two connections that wait for one call at two replicas one gets its response, the other at least hears that it ran.
    const answers = await Promise.all([again, elsewhere]);
    expect(answers.filter(({ status, body }) => status === 200 && body === 'ok').length).toBeGreaterThanOrEqual(1);
    for (const { body } of answers) expect(body).toMatch(/^ok$|"already-executed"/);
    expect(upstream.requests).toHaveLength(1);
    await until('no gate has it open', async () => (await one.metric('holdgate_approvals_open')) === 0);
    expect(one.stderr() + JSON.stringify(one.log('store:failed'))).not.toContain('canary-9f2');
    for (const gate of [one, other]) {
      process.kill(gate.pid, 'SIGTERM');
      expect(await gate.ended).toBe(0);
    }
    for (const name of ['one', 'other']) {
      const { code, stdout } = await run(HOLDGATE, ['audit', 'verify', join(root, name, 'data')]);
      expect([code, stdout]).toEqual([0, expect.stringContaining('VALID: 2 logs, ')]);
    }
  }, 120_000);
});
