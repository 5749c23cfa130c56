// Replicas whose clocks are an hour apart: the store's clock decides what has expired, whoever asks.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ApprovalView } from '../../src/core/approval/view.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { systemClock } from '../../src/system-clock.ts';
import { type RawUpstream, startRawUpstream } from '../e2e/raw-upstream.ts';
import { run } from '../e2e/real-clients.ts';
import { startGate, type TestGate } from '../e2e/running-gate.ts';
import { describeRedis, useRedis } from '../redis/describe-redis.ts';
import { poll } from './replicas.ts';

const HOUR = 3_600_000;
const RULES = `
  - id: soon
    match: {method: POST, path: /soon/**}
    effect: hold
    hold: {approvals: 1, from: ["group:security"], expires: 1s}
  - id: later
    match: {method: POST}
    effect: hold
    hold: {approvals: 1, from: ["group:security"], expires: 1m}
`;

describeRedis('a gate whose clock is an hour', () => {
  const redis = useRedis();
  let folder: string;
  let upstream: RawUpstream;
  const gates: Record<string, TestGate> = {};

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'holdgate-skew-'));
    const keys = join(folder, 'keys');
    await run(fileURLToPath(new URL('../../bin/holdgate', import.meta.url)), ['keys', 'init', keys]);
    upstream = await startRawUpstream();
    const skewed = (by: number): Clock => ({ ...systemClock, now: () => systemClock.now() + by });
    for (const [name, by] of [
      ['ahead', HOUR],
      ['behind', -HOUR],
      ['right', 0],
    ] as const) {
      gates[name] = await startGate({
        upstream: upstream.url,
        rules: RULES,
        store: redis().url,
        more: `keys: {dir: ${keys}}`,
        clock: skewed(by),
      });
    }
  });
  afterAll(async () => {
    await Promise.all(Object.values(gates).map((gate) => gate.stop()));
    await upstream.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const find = (gate: TestGate, path: string): Promise<ApprovalView> =>
    poll(async () => {
      const page = (await (await gate.api('/api/v1/approvals?limit=200')).json()) as { items: ApprovalView[] };
      return page.items.find((one) => one.url.endsWith(path));
    });

  it.concurrent.each([
    ['ahead', 'behind'],
    ['behind', 'ahead'],
    ['ahead', 'right'],
    ['right', 'behind'],
  ])('%s takes calls that one that is %s votes on, in time and too late', async (at, other) => {
    const [holder, voter] = [gates[at], gates[other]] as [TestGate, TestGate];
    const [soon, later] = [`/soon/${at}-${other}`, `/later/${at}-${other}`];
    const begun = Date.now();
    const calls = [soon, later].map((path) => holder.call(`/api${path}`, { method: 'POST', body: 'a=1' }));
    const approval = await find(voter, later);
    const expires = Date.parse(approval.expires_at) - begun;
    expect(expires).toBeGreaterThan(59_000);
    expect(expires).toBeLessThan(62_000);
    expect((await voter.vote(approval, 'approve')).status).toBe(200);
    expect((await calls[1])?.status).toBe(200);

    const expired = await calls[0];
    expect(Date.now() - begun).toBeGreaterThanOrEqual(1000);
    expect(Date.now() - begun).toBeLessThan(5000);
    expect(await expired?.json()).toMatchObject({ reason: 'approval-expired' });
    expect((await voter.vote(await find(voter, soon), 'approve')).status).toBe(409);
    expect(upstream.requests.filter((one) => one.startsWith(`POST ${soon} `))).toEqual([]);
  });
});
