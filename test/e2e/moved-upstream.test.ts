// The gate is started again with another address for an upstream, while a call to the old one waits.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ApprovalView } from '../../src/core/approval/view.ts';
import { startRawUpstream, type RawUpstream } from './raw-upstream.ts';
import { startGate, type TestGate } from './running-gate.ts';

const RULES =
  '  - {id: writes, match: {method: POST}, effect: hold, hold: {from: ["group:security"], on_absent: execute}}';

let folder: string;
let staging: RawUpstream;
let production: RawUpstream;
let gate: TestGate;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdgate-moved-'));
  [staging, production] = await Promise.all([startRawUpstream(), startRawUpstream()]);
});
afterEach(async () => {
  await gate.stop();
  await Promise.all([staging.close(), production.close()]);
  rmSync(folder, { recursive: true, force: true });
});

async function ended(id: string): Promise<ApprovalView> {
  for (;;) {
    const view = (await (await gate.api(`/api/v1/approvals/${id}`)).json()) as ApprovalView;
    if (!['pending', 'approved', 'claimed', 'sending'].includes(view.status)) return view;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function holdThenRestart(on: () => string): Promise<ApprovalView> {
  gate = await startGate({ upstream: staging.url, rules: RULES, folder });
  const answer = gate.call('/api/wipe', { method: 'POST', body: 'all', headers: { prefer: 'respond-async' } });
  expect((await answer).status).toBe(202);
  const approval = await gate.held();
  await gate.stop();
  gate = await startGate({ upstream: on(), rules: RULES, folder });
  expect((await gate.vote(approval, 'approve')).status).toBe(200);
  return ended(approval.id);
}

it('what was approved for one address is not sent to another', async () => {
  const view = await holdThenRestart(() => production.url);
  expect(production.requests).toEqual([]);
  expect(staging.requests).toEqual([]);
  expect(view).toMatchObject({ status: 'not_sent' });
  expect(view.why).toContain('is not where calls to this upstream go any more');
});

it('it is sent where the address is still the same', async () => {
  expect(await holdThenRestart(() => staging.url)).toMatchObject({ status: 'succeeded' });
  expect(staging.requests).toHaveLength(1);
});
