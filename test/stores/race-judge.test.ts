// The judge of races has to see each invariant broken: a story that keeps them all, and one change at a time.
import { expect, it } from 'vitest';
import type { ApprovalEvent } from '../../src/core/approval/events.ts';
import { fold } from '../../src/core/approval/transition.ts';
import { claim, intent, opened, result, vote } from '../conformance/approval-events.ts';
import { isLate, judge, type Race } from './race-judge.ts';

const AT = 1_000;
const ANN = 'ann@example.com';
const BOB = 'bob@example.com';
const asked = opened(AT, { expiresAt: AT + 100 });
const approved = vote(asked, AT, ANN, 'approve');
const denied = vote(asked, AT, BOB, 'deny');
const claimed = claim(asked, AT, 'A');
const intended = intent(asked, AT, 'A');
const succeeded = result(AT, 'A');
const expired: ApprovalEvent = { type: 'expired', at: asked.expiresAt };
const LOG: readonly ApprovalEvent[] = [asked, approved, claimed, intended, succeeded];
const WHOLE = fold(LOG);

/** A race that left this log, every event of which was confirmed to somebody. */
function left(log: readonly ApprovalEvent[], over: Partial<Race> = {}): Race {
  const sent = log.flatMap((event) => (event.type === 'intent' ? [event.token] : []));
  const view = { ...WHOLE, status: sent.length > 0 ? WHOLE.status : ('denied' as const), version: log.length };
  const report = { side: 'A', acknowledged: log.slice(1), attempts: [], sent };
  return { asked, log, before: 1, reports: [report], views: [view, view], ...over };
}
const [report] = left(LOG).reports;
const [view] = left(LOG).views;
if (!report || !view) throw new Error('a report and a view');

it('finds nothing wrong with a story that keeps every promise', () => {
  expect(judge(left(LOG))).toEqual([]);
  expect(judge(left([asked, denied]))).toEqual([]);
  expect(judge(left([asked, expired]))).toEqual([]);
});

const BROKEN: readonly (readonly [string, Race])[] = [
  ['I1: 2 first bytes', left(LOG, { reports: [{ ...report, sent: ['clm_A', 'clm_A'] }] })],
  ['I1: 1 claims, 2 intents', left([asked, approved, claimed, intended, intended, succeeded])],
  ['I1: 2 claims, 1 intents', left([asked, approved, claimed, claimed, intended, succeeded])],
  ['I2: sent with 0 of 1 votes', left([asked, claimed, intended, succeeded])],
  ['I2: sent with 0 of 1 votes', left([asked, claimed, intended, succeeded, approved])],
  ['I2: sent in spite of a denial', left([asked, approved, denied, claimed, intended, succeeded])],
  ['I2: owner@example.com voted', left([asked, vote(asked, AT, 'owner@example.com', 'approve'), expired])],
  ['I2: eve may not vote', left([asked, vote(asked, AT, 'eve', 'approve', { groups: ['sales'] }), expired])],
  ['voted on something else', left([asked, vote(asked, AT, ANN, 'approve', { digest: 'other' }), expired])],
  ['I3: another call', left([asked, approved, claim(asked, AT, 'A', { digest: 'other' }), intended, succeeded])],
  ['I3: other bytes', left([asked, approved, claim(asked, AT, 'A', { contentDigest: 'x' }), intended, succeeded])],
  ['I4: voted at or after', left([asked, { ...approved, at: asked.expiresAt }, expired])],
  ['I4: expired early', left([asked, { ...expired, at: asked.expiresAt - 1 }])],
  ['I4: expired early', left([asked, expired], { takenAt: () => asked.expiresAt - 1 })],
  ['I5, I13: claimed,intent,result behind the end', left([asked, approved, expired, claimed, intended, succeeded])],
  ['I6: an intent without a claim', left([asked, approved, intended, succeeded])],
  ['I6: an intent under another claim', left([asked, approved, claimed, intent(asked, AT, 'B'), succeeded])],
  ['I6: sent without a recorded intent', left([asked, approved, expired], { reports: [report] })],
  ['I7', left(LOG, { reports: [{ ...report, acknowledged: LOG.slice(2) }] })],
  ['I7', left([asked, claimed, intended, succeeded], { reports: [report] })],
  ['I8: left at voted', left([asked, approved])],
  ['I9', left([asked, approved, claim(asked, AT, 'A', { eligible: [] }), intended, succeeded])],
  ['I10', left(LOG, { asked: { ...asked, agent: 'other-bot' } })],
  ['I11', left([asked, approved, { ...approved, channel: 'slack' }, expired])],
  ['I12: replicas say', left(LOG, { views: [view, { ...view, status: 'sending' }] })],
  ['I12: a replica does not have', left(LOG, { views: [view, { ...view, version: 3 }] })],
  ['I12: 0 sends', left(LOG, { reports: [{ ...report, sent: [] }] })],
];

it.each(BROKEN)('says %s', (words, race) => {
  expect(judge(race).join('; ')).toContain(words);
});

it('calls late what the store wrote after the expiry', () => {
  expect(isLate(left(LOG, { takenAt: () => asked.expiresAt - 1 }))).toBe(false);
  expect(isLate(left(LOG, { takenAt: () => asked.expiresAt }))).toBe(true);
  expect(isLate(left([asked, expired], { takenAt: () => asked.expiresAt }))).toBe(false);
});
