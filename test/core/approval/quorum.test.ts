import { describe, expect, it } from 'vitest';
import { isEligible, mayVote, quorumMet } from '../../../src/core/approval/quorum.ts';

const ann = { by: 'ann@example.com', groups: ['security', 'leads'] };
const bob = { by: 'bob@example.com', groups: ['security'] };
const eve = { by: 'eve@example.com', groups: [] };

describe('who may vote', () => {
  it.each([
    [[], eve, true],
    [['group:security'], bob, true],
    [['group:security'], eve, false],
    [['group:Security'], bob, false],
    [['security'], bob, false],
    [['EVE@example.com'], eve, true],
    [['bob@example.com', 'group:leads'], ann, true],
    [['oncall:primary'], ann, false],
  ])('from %j, %j: %j', (from, voter, eligible) => {
    expect(isEligible(from, voter)).toBe(eligible);
  });

  it('is whoever counts for at least one quorum, and nobody where there is none', () => {
    const quorums = [
      { rule: 'a', approvals: 1, from: ['group:leads'] },
      { rule: 'b', approvals: 1, from: ['group:security'] },
    ];
    expect([ann, bob, eve].map((voter) => mayVote(quorums, voter))).toEqual([true, true, false]);
    expect(mayVote([], ann)).toBe(false);
  });
});

describe('a quorum', () => {
  const two = { rule: 'a', approvals: 2, from: ['group:security'] };
  const lead = { rule: 'b', approvals: 1, from: ['group:leads'] };

  it('counts distinct humans, not votes', () => {
    expect(quorumMet([two], [bob, bob, { ...bob, groups: ['security', 'leads'] }])).toBe(false);
    expect(quorumMet([two], [ann, bob])).toBe(true);
  });

  it('counts only those it asked for', () => {
    expect(quorumMet([two], [ann, eve])).toBe(false);
  });

  it('has to be met by every rule; one human may count for several', () => {
    expect(quorumMet([two, lead], [bob, { by: 'cat@example.com', groups: ['security'] }])).toBe(false);
    expect(quorumMet([two, lead], [ann, bob])).toBe(true);
  });
});
