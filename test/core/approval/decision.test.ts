// What people made of an approval, and when.
import { expect, it } from 'vitest';
import type { ApprovalEvent, Opened, Voted } from '../../../src/core/approval/events.ts';
import { decisionOf } from '../../../src/core/approval/decision.ts';
import { fold } from '../../../src/core/approval/transition.ts';
import { opened as anOpened } from '../../conformance/approval-events.ts';

const START = 1_000_000;
const base = anOpened(START);
const opened: Opened = {
  ...base,
  terms: {
    ...base.terms,
    quorums: [
      { rule: 'a', approvals: 1, from: ['group:ops'] },
      { rule: 'b', approvals: 1, from: ['group:db'], escalate: { after: 60_000, to: ['group:ops'] } },
    ],
  },
};
const vote = (after: number, by: string, groups: string[], choice: 'approve' | 'deny' = 'approve'): Voted => ({
  type: 'voted',
  at: START + after,
  by,
  vote: choice,
  digest: opened.digest,
  groups,
  channel: 'api',
  proof: 'x',
});
const decided = (...events: ApprovalEvent[]): unknown => decisionOf(fold([opened, ...events]));

it('is none before the quorum is whole', () => {
  expect(decided()).toBeUndefined();
  expect(decided(vote(1000, 'ann@example.com', ['ops']))).toBeUndefined();
});

it('is the vote that makes the quorum whole', () => {
  const votes = [vote(1000, 'ann@example.com', ['ops']), vote(5000, 'bob@example.com', ['db'])];
  expect(decided(...votes)).toEqual({ outcome: 'approved', at: START + 5000, votes: 2 });
});

it('is the first denial', () => {
  const votes = [vote(1000, 'ann@example.com', ['ops']), vote(2000, 'bob@example.com', ['db'], 'deny')];
  expect(decided(...votes)).toEqual({ outcome: 'denied', at: START + 2000, votes: 2 });
});

it('is dated by what a vote counted for when it was cast, not by a later escalation', () => {
  const events: ApprovalEvent[] = [
    vote(1000, 'ann@example.com', ['ops']),
    { type: 'escalated', at: START + 60_000, rules: ['b'] },
    vote(70_000, 'cid@example.com', ['ops']),
  ];
  expect(decided(...events.slice(0, 2))).toBeUndefined();
  expect(decided(...events)).toEqual({ outcome: 'approved', at: START + 70_000, votes: 2 });
});

it('of an approval that was taken back is a denial, made when it was first decided', () => {
  const votes = [vote(1000, 'ann@example.com', ['ops', 'db']), vote(9000, 'bob@example.com', ['db'], 'deny')];
  expect(decided(...votes)).toEqual({ outcome: 'denied', at: START + 1000, votes: 1 });
});
