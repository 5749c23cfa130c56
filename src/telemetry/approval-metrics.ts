// How people keep up with approvals: how soon they vote and decide, what nobody decided, and what was put off so that they can.
// INVARIANT: label values are rules, or words of closed lists.
import { Histogram, type Registry } from 'prom-client';
import { decisionOf } from '../core/approval/decision.ts';
import type { Approval } from '../core/approval/state.ts';
import type { EventBus } from '../ports/events.ts';
import { counterMaker } from './counter-maker.ts';

/** Seconds. 5: whoever decides within that has hardly read it. 300, 600 and 900: when people are reminded, others asked, and it ends by default. */
const BUCKETS = [1, 2, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 14_400, 86_400];

/** Registers them; gives what stops the counting. */
export function approvalMetrics(bus: EventBus, registry: Registry): (() => void)[] {
  const registers = [registry];
  const counter = counterMaker(registry);
  const seconds = <Label extends string>(name: string, help: string, labelNames: readonly Label[]): Histogram<Label> =>
    new Histogram({ name: `holdgate_${name}`, help, labelNames, buckets: BUCKETS, registers });

  const firstVote = seconds('approval_first_vote_seconds', 'From opening an approval to the first vote that counts', [
    'risk',
  ]);
  const decision = seconds('approval_decision_seconds', 'From opening an approval to the vote that decided it', [
    'risk',
    'decided',
  ]);
  const undecided = counter('approvals_undecided_total', 'Approvals that expired and that nobody had decided', [
    'rule',
    'risk',
  ]);
  const nudged = counter('approvals_nudged_total', 'Approvals of which those who may vote were reminded', [
    'rule',
    'risk',
  ]);
  const escalated = counter('approvals_escalated_total', 'Escalations, by the rule that asks for them', [
    'rule',
    'risk',
  ]);
  const reviews = counter(
    'reviews_total',
    'Times that somebody looked at the whole of an approval, where that is known',
    ['channel', 'risk'],
  );
  const refused = counter('approvals_refused_total', 'Calls that were not held and so refused, by the cap', ['limit']);
  for (const limit of ['agent', 'total', 'rate']) refused.inc({ limit }, 0);
  const putOff = counter('notices_put_off_total', 'Messages that were not posted at once, by reason', [
    'channel',
    'why',
    'risk',
  ]);

  const onVote = ({ opened, votes, ...approval }: Approval): void => {
    const { risk, at } = opened;
    const last = votes.at(-1);
    if (votes.length === 1 && last) firstVote.observe({ risk }, (last.at - at) / 1000);
    const decided = decisionOf({ opened, votes, ...approval });
    // One that is taken back was decided before.
    if (decided?.votes === votes.length) decision.observe({ risk, decided: decided.outcome }, (decided.at - at) / 1000);
  };

  return [
    bus.on('approval:changed', ({ approval, event }) => {
      const { rules, risk } = approval.opened;
      const label = { rule: rules[0] ?? 'default', risk };
      if (event === 'opened') {
        // From nought on: an increase from nothing is none to Prometheus.
        for (const each of [undecided, nudged]) each.inc(label, 0);
        for (const { rule, escalate } of approval.opened.terms.quorums) if (escalate) escalated.inc({ rule, risk }, 0);
      } else if (event === 'voted') onVote(approval);
      else if (event === 'nudged') nudged.inc(label);
      else if (event === 'escalated')
        for (const rule of approval.escalations?.at(-1)?.rules ?? []) escalated.inc({ rule, risk });
      // What a grant had approved expires too, where its agent never fetches it: nobody had been asked.
      else if (event === 'expired' && !approval.granted && decisionOf(approval) === undefined) undecided.inc(label);
    }),
    bus.on('approval:refused', ({ limit }) => refused.inc({ limit })),
    bus.on('review:opened', ({ channel, risk }) => reviews.inc({ channel, risk })),
    bus.on('notice:put-off', ({ destination, why, risk }) =>
      putOff.inc({ channel: destination.split(':', 1)[0] ?? '', why, risk }),
    ),
  ];
}
