// How people keep up with approvals, as figures: what the recipes in docs/operating.md are made of.
import { Registry } from 'prom-client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ApprovalEvent, Voted } from '../../src/core/approval/events.ts';
import { fold } from '../../src/core/approval/transition.ts';
import type { EventBus } from '../../src/ports/events.ts';
import { approvalMetrics } from '../../src/telemetry/approval-metrics.ts';
import { createEventBus } from '../../src/telemetry/bus.ts';
import { granted, OFFERED, opened as anOpened } from '../conformance/approval-events.ts';

const START = 1_000_000;
const opened = {
  ...anOpened(START),
  rules: ['refunds', 'writes'],
  risk: 'high' as const,
};
const terms = {
  ...opened.terms,
  nudge: 300_000,
  quorums: [{ rule: 'refunds', approvals: 2, from: [], escalate: { after: 600_000, to: ['group:leads'] } }],
};
let bus: EventBus;
let registry: Registry;
let off: (() => void)[];
beforeEach(() => {
  bus = createEventBus((error) => expect.unreachable(String(error)));
  registry = new Registry();
  off = approvalMetrics(bus, registry);
});
afterEach(() => {
  for (const stop of off) stop();
});

const vote = (after: number, by: string, choice: Voted['vote'] = 'approve'): Voted => ({
  type: 'voted',
  at: START + after,
  by,
  vote: choice,
  digest: opened.digest,
  groups: [],
  channel: 'api',
  proof: 'x',
});
/** What the gate emits while this happens. */
function live(...events: ApprovalEvent[]): void {
  const all = [{ ...opened, terms }, ...events];
  for (const [i, event] of all.entries())
    bus.emit('approval:changed', { approval: fold(all.slice(0, i + 1)), event: event.type });
}
const lines = async (name: string): Promise<string[]> =>
  (await registry.metrics()).split('\n').filter((line) => line.startsWith(`holdgate_${name}`));

it('tells how long the first vote and the decision took, each once', async () => {
  live(vote(4000, 'ann@example.com'), vote(30_000, 'bob@example.com'));
  expect(await lines('approval_first_vote_seconds_sum')).toEqual([
    'holdgate_approval_first_vote_seconds_sum{risk="high"} 4',
  ]);
  expect(await lines('approval_first_vote_seconds_count')).toEqual([
    'holdgate_approval_first_vote_seconds_count{risk="high"} 1',
  ]);
  expect(await lines('approval_decision_seconds_sum')).toEqual([
    'holdgate_approval_decision_seconds_sum{risk="high",decided="approved"} 30',
  ]);
});

it('makes the share that was decided within 5 s computable', async () => {
  live(vote(5000, 'ann@example.com', 'deny'));
  live(vote(5001, 'ann@example.com', 'deny'));
  const buckets = await lines('approval_decision_seconds_bucket{le="5"');
  expect(buckets).toEqual(['holdgate_approval_decision_seconds_bucket{le="5",risk="high",decided="denied"} 1']);
  expect(await lines('approval_decision_seconds_count')).toEqual([
    'holdgate_approval_decision_seconds_count{risk="high",decided="denied"} 2',
  ]);
});

it('does not take an approval that is taken back for a second decision', async () => {
  live(vote(1000, 'ann@example.com'), vote(2000, 'bob@example.com'), vote(3000, 'cid@example.com', 'deny'));
  expect(await lines('approval_decision_seconds_count')).toEqual([
    'holdgate_approval_decision_seconds_count{risk="high",decided="approved"} 1',
  ]);
});

it('counts reminders, escalations by their rule, and what nobody decided', async () => {
  live(
    { type: 'nudged', at: START + 300_000 },
    { type: 'escalated', at: START + 600_000, rules: ['refunds'] },
    { type: 'expired', at: opened.expiresAt },
  );
  live(vote(1, 'ann@example.com'), vote(2, 'bob@example.com'), { type: 'expired', at: opened.expiresAt });
  const label = '{rule="refunds",risk="high"} 1';
  const events = (await lines('approvals_')).filter((line) => !line.includes('refused'));
  expect(events).toEqual([
    `holdgate_approvals_undecided_total${label}`,
    `holdgate_approvals_nudged_total${label}`,
    `holdgate_approvals_escalated_total${label}`,
  ]);
});

it('does not take for undecided what a grant had approved and nobody fetched', async () => {
  const held = { ...anOpened(START), terms: { ...anOpened(START).terms, grant: OFFERED } };
  const ended = fold([held, granted(held, START, 60_000), { type: 'expired', at: held.expiresAt }]);
  expect(ended.status).toBe('expired');
  bus.emit('approval:changed', { approval: ended, event: 'expired' });
  expect(await lines('approvals_undecided_total')).toEqual([]);
});

it('shows from the opening on what may still happen to it, so that the first time is an increase', async () => {
  live();
  const label = '{rule="refunds",risk="high"} 0';
  expect((await lines('approvals_')).filter((line) => !line.includes('refused'))).toEqual([
    `holdgate_approvals_undecided_total${label}`,
    `holdgate_approvals_nudged_total${label}`,
    `holdgate_approvals_escalated_total${label}`,
  ]);
});

it('counts looks and what was put off, by words of closed lists alone', async () => {
  bus.emit('approval:refused', { agent: 'canary', limit: 'rate' });
  bus.emit('review:opened', { approvalId: 'apr_1', channel: 'slack', risk: 'low' });
  const event = {
    approvalId: 'apr_1',
    agent: 'canary',
    risk: 'low',
    destination: 'slack:canary',
    why: 'quiet',
  } as const;
  bus.emit('notice:put-off', event);
  expect(await lines('approvals_refused_total')).toEqual([
    'holdgate_approvals_refused_total{limit="agent"} 0',
    'holdgate_approvals_refused_total{limit="total"} 0',
    'holdgate_approvals_refused_total{limit="rate"} 1',
  ]);
  expect(await lines('reviews_total')).toEqual(['holdgate_reviews_total{channel="slack",risk="low"} 1']);
  expect(await lines('notices_put_off_total')).toEqual([
    'holdgate_notices_put_off_total{channel="slack",why="quiet",risk="low"} 1',
  ]);
  expect(await registry.metrics()).not.toContain('canary');
});
