// What a person or a caller is told; what must never happen is searched for in search.test.ts.
import { describe, expect, it } from 'vitest';
import type { ApprovalEvent, Opened } from '../../../src/core/approval/events.ts';
import { DELIVERED_GRACE, droppableFrom, isCurrent } from '../../../src/core/approval/current.ts';
import type { Approval } from '../../../src/core/approval/state.ts';
import { fold, transition } from '../../../src/core/approval/transition.ts';
import { claim, DENY_MEMORY, intent, opened, REPLAY_WINDOW, result, vote } from '../../conformance/approval-events.ts';

const AT = 1000;
const event: Opened = opened(AT);
const approve = vote(event, AT, 'ann@example.com', 'approve');
const sending = [event, approve, claim(event, AT, 'r1'), intent(event, AT, 'r1')];

function refusalOf(approval: Approval | undefined, next: ApprovalEvent): string | undefined {
  const step = transition(approval, next);
  return step.ok ? undefined : step.refusal;
}

describe('a vote', () => {
  const pending = fold([event]);
  it.each([
    ['at expiry', vote(event, event.expiresAt, 'ann@example.com', 'approve'), 'expired'],
    ['by the owner', vote(event, AT, 'owner@example.com', 'approve'), 'self-approval'],
    ['by the agent', vote(event, AT, 'deploy-bot', 'approve'), 'self-approval'],
    ['outside `from`', vote(event, AT, 'eve@example.com', 'deny', { groups: ['support'] }), 'not-eligible'],
    ['on another digest', vote(event, AT, 'ann@example.com', 'approve', { digest: 'd' }), 'digest-mismatch'],
  ])('%s is refused with the reason', (_when, cast, refusal) => {
    expect(refusalOf(pending, cast)).toBe(refusal);
  });

  it('of the human whose address a token gave the agent as its name is refused, in whatever letters', () => {
    const asks = fold([{ ...event, agent: 'Ann.Lee@Example.com' }]);
    expect(refusalOf(asks, vote(event, AT, 'ann.lee@example.com', 'approve'))).toBe('self-approval');
    expect(refusalOf(asks, vote(event, AT, 'ann@example.com', 'approve'))).toBeUndefined();
  });

  it('counts until one millisecond before expiry', () => {
    expect(refusalOf(pending, vote(event, event.expiresAt - 1, 'ann@example.com', 'approve'))).toBeUndefined();
  });

  it('of the same human a second time is refused, on whatever channel', () => {
    const terms = { ...event.terms, quorums: [{ rule: 'refunds', approvals: 2, from: [] }] };
    const half = fold([{ ...event, terms }, approve]);
    expect(half.status).toBe('pending');
    expect(refusalOf(half, vote(event, AT, 'ann@example.com', 'approve', { channel: 'slack' }))).toBe('already-voted');
  });

  it('to deny still counts after approval, also by an approver, and keeps its reason', () => {
    const denied = fold([event, approve, vote(event, AT + 5, 'ann@example.com', 'deny')]);
    expect(denied).toMatchObject({ status: 'denied', why: 'not today', statusAt: AT + 5 });
    expect(denied.votes).toHaveLength(2);
  });

  it('comes too late once a replica claimed', () => {
    const claimed = fold(sending.slice(0, 3));
    expect(refusalOf(claimed, vote(event, AT, 'bob@example.com', 'deny'))).toBe('wrong-status');
  });
});

describe('execution', () => {
  it('is refused by name: no approval, second intent, foreign token, early expiry, second opening', () => {
    expect(refusalOf(undefined, approve)).toBe('unknown-approval');
    expect(refusalOf(fold(sending), intent(event, AT, 'r1'))).toBe('already-intended');
    expect(refusalOf(fold(sending), result(AT, 'r2'))).toBe('token-mismatch');
    expect(refusalOf(fold([event]), { type: 'expired', at: event.expiresAt - 1 })).toBe('not-expired');
    expect(refusalOf(fold([event]), event)).toBe('already-open');
  });

  it.each([
    [{ digest: 'd' }, 'digest-mismatch'],
    [{ contentDigest: 'd' }, 'content-mismatch'],
    [{ effectNow: 'deny' as const }, 'policy-denies'],
    [{ eligible: [] }, 'quorum-not-met'],
    [{ eligible: [{ by: 'ann@example.com', groups: [] }] }, 'quorum-not-met'],
    [{ at: event.expiresAt }, 'expired'],
  ])('is not claimed with %j', (over, refusal) => {
    expect(refusalOf(fold([event, approve]), { ...claim(event, AT, 'r1'), ...over })).toBe(refusal);
  });

  it('may be claimed when the policy by now allows the call without any vote', () => {
    const now = claim(event, AT, 'r1', { effectNow: 'allow', quorumsNow: [] });
    expect(refusalOf(fold([event, approve]), now)).toBeUndefined();
  });
});

describe('a folded log', () => {
  it('counts every event as a version and is refused where it could not have been written', () => {
    expect(fold([event, { type: 'seen', at: AT, by: 'ann@example.com' }, approve]).version).toBe(3);
    expect(() => fold([])).toThrow('without events');
    expect(() => fold([event, claim(event, AT, 'r1')])).toThrow('event log refused at claimed: wrong-status');
  });
});

describe('what stays current and what may be dropped', () => {
  const done = result(AT, 'r1');
  it.each<readonly [string, readonly ApprovalEvent[], number | undefined, number | undefined]>([
    ['open', [event], undefined, undefined],
    ['denied', [event, vote(event, AT, 'ann@example.com', 'deny')], AT + DENY_MEMORY, AT],
    ['cancelled', [event, { type: 'cancelled', at: AT, why: '' }], AT, AT],
    ['succeeded', [...sending, done], AT + REPLAY_WINDOW, AT + REPLAY_WINDOW],
    ['delivered', [...sending, done, { type: 'delivered', at: AT + 3, replayed: false }], AT, AT + 3 + DELIVERED_GRACE],
  ])('%s', (_what, events, currentUntil, dropFrom) => {
    const approval = fold(events);
    if (currentUntil === undefined) expect(isCurrent(approval, Number.MAX_SAFE_INTEGER)).toBe(true);
    else {
      expect(isCurrent(approval, currentUntil)).toBe(false);
      expect(isCurrent(approval, currentUntil - 1)).toBe(currentUntil > AT);
    }
    expect(droppableFrom(approval)).toBe(dropFrom);
  });
});
