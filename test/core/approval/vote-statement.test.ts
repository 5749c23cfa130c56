import { describe, expect, it } from 'vitest';
import { voteStatement } from '../../../src/core/approval/vote-statement.ts';
import { opened, vote } from '../../conformance/approval-events.ts';

const event = opened(1000);
const cast = vote(event, 1000, 'ann@example.com', 'deny');

describe('the statement under a vote', () => {
  it('names the approval, the call, the voter and what they said, and never the reason itself', () => {
    const statement = JSON.parse(voteStatement(event, cast)) as Record<string, unknown>;
    expect(statement).toMatchObject({ approval_id: event.id, call_sha256: event.digest, by: cast.by, vote: 'deny' });
    expect(JSON.stringify(statement)).not.toContain(cast.reason);
  });

  it('is the same after a trip through a store', () => {
    const stored = JSON.parse(JSON.stringify([event, cast])) as [typeof event, typeof cast];
    expect(voteStatement(...stored)).toBe(voteStatement(event, cast));
  });

  it.each([
    ['approval', { ...event, id: 'apr_other' }, cast],
    ['quorum', { ...event, terms: { ...event.terms, quorums: [] } }, cast],
    ['expiry', { ...event, expiresAt: event.expiresAt + 1 }, cast],
    ['agent', { ...event, agent: 'other-bot' }, cast],
    ['body', { ...event, contentDigest: 'd' }, cast],
    ['digest', event, { ...cast, digest: 'd' }],
    ['person', event, { ...cast, by: 'bob@example.com' }],
    ['vote', event, { ...cast, vote: 'approve' as const }],
    ['reason', event, { ...cast, reason: 'another' }],
    ['groups', event, { ...cast, groups: ['security', 'leads'] }],
    ['channel', event, { ...cast, channel: 'slack' }],
    ['time', event, { ...cast, at: 1001 }],
  ])('does not fit another %s', (_what, otherEvent, otherCast) => {
    expect(voteStatement(otherEvent, otherCast)).not.toBe(voteStatement(event, cast));
  });
});
