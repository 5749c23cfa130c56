// When nobody decides: reminders, and others who may vote too.
import { describe, expect, it } from 'vitest';
import type { ApprovalEvent, Opened, Voted } from '../../../src/core/approval/events.ts';
import { dueEscalations, quorumsOf } from '../../../src/core/approval/quorum.ts';
import type { Approval } from '../../../src/core/approval/state.ts';
import { fold, transition } from '../../../src/core/approval/transition.ts';
import { approvalView } from '../../../src/core/approval/view.ts';
import { opened } from '../../conformance/approval-events.ts';

const AT = 1_000_000;
const base = opened(AT);
const question: Opened = {
  ...base,
  terms: {
    ...base.terms,
    quorums: [
      {
        rule: 'one',
        approvals: 1,
        from: ['group:ops'],
        escalate: { after: 100, to: ['group:leads', 'boss@example.com'] },
      },
      { rule: 'two', approvals: 1, from: ['group:security'], escalate: { after: 200, to: ['group:leads'] } },
      { rule: 'three', approvals: 1, from: [] },
    ],
    nudge: 50,
  },
};
const pending = fold([question]);

const escalated = (after: number, ...rules: string[]): ApprovalEvent => ({ type: 'escalated', at: AT + after, rules });
const vote = (by: string, groups: readonly string[], after: number): Voted => ({
  type: 'voted',
  at: AT + after,
  by,
  vote: 'approve',
  digest: question.digest,
  groups,
  channel: 'api',
  proof: 'p',
});
function outcome(approval: Approval, event: ApprovalEvent): string {
  const step = transition(approval, event);
  return step.ok ? step.approval.status : step.refusal;
}

describe('escalation', () => {
  it('is due for each rule at its own time, once', () => {
    expect(dueEscalations(pending, AT + 99)).toEqual([]);
    expect(dueEscalations(pending, AT + 100)).toEqual(['one']);
    expect(dueEscalations(pending, AT + 200)).toEqual(['one', 'two']);
    expect(dueEscalations(fold([question, escalated(150, 'one')]), AT + 200)).toEqual(['two']);
  });

  it.each([
    ['too early', escalated(99, 'one')],
    ['for a rule that is due later', escalated(150, 'one', 'two')],
    ['for a rule that never escalates', escalated(500, 'three')],
    ['for a rule that is not there', escalated(500, 'four')],
    ['for none', escalated(500)],
  ])('is refused %s', (_name, event) => {
    expect(outcome(pending, event)).toBe('not-due');
  });

  it('is refused the second time, and once the question is answered', () => {
    expect(outcome(fold([question, escalated(100, 'one')]), escalated(101, 'one'))).toBe('not-due');
    const cancelled = fold([question, { type: 'cancelled', at: AT, why: 'w' }]);
    expect(outcome(cancelled, escalated(100, 'one'))).toBe('wrong-status');
  });

  it('lets those vote for its own rule whom it names, from then on', () => {
    const leads = vote('lead@example.com', ['leads'], 300);
    const narrow = { ...question, terms: { ...question.terms, quorums: question.terms.quorums.slice(0, 2) } };
    expect(outcome(fold([narrow]), leads)).toBe('not-eligible');
    const first = fold([narrow, escalated(100, 'one')]);
    expect(outcome(first, leads)).toBe('pending');
    expect(outcome(fold([narrow, escalated(200, 'one', 'two')]), leads)).toBe('approved');
    expect(quorumsOf(first).map(({ from }) => from)).toEqual([
      ['group:ops', 'group:leads', 'boss@example.com'],
      ['group:security'],
    ]);
  });

  it('never narrows: a rule that everybody may vote for stays so', () => {
    const anyone = {
      ...question,
      terms: {
        ...question.terms,
        quorums: [{ rule: 'any', approvals: 1, from: [], escalate: { after: 1, to: ['group:leads'] } }],
      },
    };
    const approval = fold([anyone, { type: 'escalated', at: AT + 1, rules: ['any'] }]);
    expect(outcome(approval, vote('somebody@example.com', [], 2))).toBe('approved');
  });

  it('counts at the claim as far as the policy of that moment still says so', () => {
    const narrow = { ...question, terms: { ...question.terms, quorums: question.terms.quorums.slice(0, 1) } };
    const approved = fold([narrow, escalated(100, 'one'), vote('lead@example.com', ['leads'], 200)]);
    const claim = (quorumsNow: Opened['terms']['quorums']): ApprovalEvent => ({
      type: 'claimed',
      at: AT + 300,
      replica: 'r',
      token: 't',
      digest: question.digest,
      contentDigest: question.contentDigest,
      policyDigest: 'p',
      effectNow: 'hold',
      quorumsNow,
      eligible: [{ by: 'lead@example.com', groups: ['leads'] }],
    });
    expect(outcome(approved, claim(narrow.terms.quorums))).toBe('claimed');
    expect(outcome(approved, claim([{ rule: 'one', approvals: 1, from: ['group:ops'] }]))).toBe('quorum-not-met');
  });

  it('is shown, with whom it added', () => {
    expect(approvalView(pending, AT).escalated_at).toBeNull();
    const view = approvalView(fold([question, escalated(150, 'one'), escalated(250, 'two')]), AT);
    expect(view.escalated_at).toBe(new Date(AT + 150).toISOString());
    expect(view.required[1]).toEqual({ rule: 'two', approvals: 1, from: ['group:security', 'group:leads'], have: 0 });
  });
});

describe('a reminder', () => {
  it('is given once, when it is due', () => {
    expect(outcome(pending, { type: 'nudged', at: AT + 49 })).toBe('not-due');
    expect(outcome(pending, { type: 'nudged', at: AT + 50 })).toBe('pending');
    expect(outcome(fold([question, { type: 'nudged', at: AT + 50 }]), { type: 'nudged', at: AT + 60 })).toBe('not-due');
    expect(outcome(fold([base]), { type: 'nudged', at: AT + 9_000_000 })).toBe('not-due');
  });
});
