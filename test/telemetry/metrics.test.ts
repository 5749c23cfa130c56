import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApprovalEvent } from '../../src/core/approval/events.ts';
import { fold } from '../../src/core/approval/transition.ts';
import type { EventBus } from '../../src/ports/events.ts';
import { createEventBus } from '../../src/telemetry/bus.ts';
import { createMetrics, type Metrics } from '../../src/telemetry/metrics.ts';
import { endings, opened } from '../core/receipt/receipt-fixture.ts';
import { callRecord, decision } from './records.ts';

let bus: EventBus;
let metrics: Metrics;
let openCount: () => number | Promise<number>;
beforeEach(() => {
  bus = createEventBus((error) => expect.unreachable(String(error)));
  openCount = () => 3;
  metrics = createMetrics(bus, {
    approvalsOpen: () => openCount(),
    heldConnections: () => 2,
    version: '0.1.0',
    process: false,
  });
});
afterEach(() => metrics.close());

/** What the gate emits while this approval happens. */
function live(name: string): void {
  const events = endings[name] ?? [];
  for (const [i, event] of events.entries()) {
    bus.emit('approval:changed', { approval: fold(events.slice(0, i + 1)), event: event.type });
  }
}
const series = async (name: string): Promise<string[]> =>
  (await metrics.render()).split('\n').filter((line) => line.startsWith(`holdgate_${name}`));

describe('the metrics page', () => {
  it('is exactly this after a day in small', async () => {
    bus.emit('policy:loaded', { digest: 'a'.repeat(64), rules: 3 });
    bus.emit('policy:loaded', { digest: 'b'.repeat(64), rules: 4 });
    bus.emit('policy:rejected', { errors: ['policies/x.yaml:1:1: no'] });
    bus.emit('keys:loaded', { signing: 'k2', data: 2, known: 2 });
    bus.emit('keys:rejected', { error: 'broken', again: false });
    bus.emit('keys:rejected', { error: 'broken', again: true });
    bus.emit('call:finished', callRecord());
    bus.emit('call:finished', callRecord({ duration: 30.5, bytesIn: 10, bytesOut: 0 }));
    bus.emit('call:finished', callRecord({ decision: decision({ effect: 'deny', reason: 'default', rules: [] }) }));
    bus.emit(
      'call:finished',
      callRecord({ decision: decision({ observed: { effect: 'hold', rules: ['new-rule'] } }) }),
    );
    bus.emit(
      'call:finished',
      callRecord({ decision: undefined, upstream: undefined, problem: 'unauthenticated', duration: 400_000 }),
    );
    for (const name of ['succeeded', 'denied', 'expired']) live(name);
    bus.emit('vote:recorded', {
      approvalId: 'apr_1',
      by: 'a@example.com',
      vote: 'approve',
      channel: 'api',
      risk: 'high',
    });
    bus.emit('vote:refused', { approvalId: 'apr_1', by: 'a@example.com', reason: 'self-approval', channel: 'api' });
    const grant = { grant: 'grt_1', approvalId: 'apr_1' };
    bus.emit('grant:changed', { ...grant, change: 'made', agent: 'deploy-bot' });
    bus.emit('grant:changed', { ...grant, change: 'revoked', by: 'a@example.com', reason: 'a reason of somebody' });
    bus.emit('grant:changed', { ...grant, change: 'refused', reason: 'spent' });
    bus.emit('upstream:failed', { upstream: 'billing', problem: 'upstream-timeout' });
    bus.emit('store:failed', { operation: 'vote', error: 'disk full' });
    bus.emit('notice:tried', {
      approvalId: 'apr_1',
      destination: 'webhook:ops',
      reason: 'posted',
      outcome: 'later',
      why: 'it answered 503',
    });
    bus.emit('approval:damaged', { approvalId: 'apr_1', finding: 'event 2 is missing' });
    bus.emit('audit:failed', { error: 'ENOSPC' });
    bus.emit('agent:refused', { source: '192.0.2.9', why: 'unknown credential' });
    bus.emit('person:refused', { source: '192.0.2.9', why: 'unknown credential' });
    bus.emit('proxy:failed', { decisionId: 'dec_1', error: new Error('bug') });
    bus.emit('upstream:credential-reflected', { upstream: 'billing' });
    bus.emit('agent:credential-stripped', { agent: 'deploy-bot', upstream: 'billing', headers: ['authorization'] });
    const key = { agent: 'deploy-bot', upstream: 'billing' };
    bus.emit('usage:counted', { amounts: [{ ...key, dataset: 'billing', bytes: 2048, rows: 0 }] });
    bus.emit('usage:counted', { amounts: [{ ...key, dataset: 'customer-data', bytes: 1024, rows: 25 }] });
    await expect(await metrics.render()).toMatchFileSnapshot('metrics.golden.txt');
  });

  it('counts cumulatively over scrapes', async () => {
    for (const expected of [1, 2]) {
      bus.emit('call:finished', callRecord());
      expect(await series('decisions_total')).toEqual([
        `holdgate_decisions_total{effect="allow",rule="reads",mode="enforce",upstream="billing"} ${expected}`,
      ]);
      expect(await series('call_seconds_count')).toEqual([
        `holdgate_call_seconds_count{upstream="billing",effect="allow"} ${expected}`,
      ]);
      expect(await series('data_out')).toEqual([`holdgate_data_out_bytes_total{upstream="billing"} ${512 * expected}`]);
    }
  });

  it('puts a duration into the right bucket at its bound', async () => {
    for (const duration of [1, 1.0001, 300_000, 300_001]) bus.emit('call:finished', callRecord({ duration }));
    const buckets = await series('call_seconds_bucket');
    const at = (le: string): string | undefined =>
      buckets
        .find((line) => line.includes(`le="${le}"`))
        ?.split(' ')
        .at(-1);
    expect([at('0.001'), at('0.0025'), at('300'), at('+Inf')]).toEqual(['1', '2', '3', '4']);
  });

  it('does not end an approval twice when its response is delivered', async () => {
    live('succeeded');
    const events = [
      ...(endings['succeeded'] ?? []),
      { type: 'delivered' as const, at: opened.at + 9000, replayed: false },
    ];
    bus.emit('approval:changed', { approval: fold(events), event: 'delivered' });
    expect(await series('approvals_total')).toEqual(['holdgate_approvals_total{status="succeeded",rule="refunds"} 1']);
  });

  it('has one policy in force', async () => {
    bus.emit('policy:loaded', { digest: 'one', rules: 1 });
    bus.emit('policy:loaded', { digest: 'two', rules: 2 });
    expect(await series('policy_info')).toEqual(['holdgate_policy_info{digest="two"} 1']);
  });

  it('says that it does not know the open approvals when the store does not answer', async () => {
    openCount = () => Promise.reject(new Error('gone'));
    expect(await series('approvals_open ')).toEqual(['holdgate_approvals_open NaN']);
  });

  it('keeps URLs, addresses, people and reasons of free text out of its labels', async () => {
    const canary = 'canary-9f2';
    bus.emit(
      'call:finished',
      callRecord({ path: `/${canary}`, host: canary, agent: canary, source: canary, method: canary }),
    );
    bus.emit('vote:recorded', { approvalId: canary, by: canary, vote: 'deny', channel: 'api', risk: 'low' });
    bus.emit('store:failed', { operation: 'vote', error: canary });
    bus.emit('approval:damaged', { approvalId: canary, finding: canary });
    bus.emit('agent:refused', { source: canary, why: canary });
    expect(await metrics.render()).not.toContain(canary);
  });

  it('hears nothing more after close', async () => {
    metrics.close();
    bus.emit('call:finished', callRecord());
    expect(await series('decisions_total')).toEqual([]);
  });

  it('has figures of the process unless told otherwise', async () => {
    const own = createMetrics(bus, { approvalsOpen: () => 0, heldConnections: () => 0 });
    expect(await own.render()).toContain('process_cpu_user_seconds_total');
    expect(await metrics.render()).not.toContain('process_cpu');
    own.close();
  });

  it('counts flags where an approval opens, and previews that were asked for', async () => {
    const flag = {
      id: 'force',
      severity: 'high',
      title: 'Forces what is refused otherwise',
      evidence: 'true',
    } as const;
    const first = { ...opened, flags: [flag] };
    const informed = (outcome: 'shown' | 'failed' | 'none'): ApprovalEvent => ({
      type: 'informed',
      at: opened.at,
      flags: [],
      recent: [],
      earlier: [],
      openApprovals: 1,
      preview: { outcome, note: '', changes: [], facts: [], cut: false, requests: [] },
    });
    for (const outcome of ['shown', 'failed', 'none', 'shown'] as const) {
      bus.emit('approval:changed', { approval: fold([first]), event: 'opened' });
      bus.emit('approval:changed', { approval: fold([first, informed(outcome)]), event: 'informed' });
    }
    expect(await series('approval_flags_total')).toEqual([
      'holdgate_approval_flags_total{flag="force",severity="high"} 4',
    ]);
    expect(await series('previews_total')).toEqual([
      `holdgate_previews_total{upstream="${opened.upstream}",outcome="shown"} 2`,
      `holdgate_previews_total{upstream="${opened.upstream}",outcome="failed"} 1`,
    ]);
  });
});
