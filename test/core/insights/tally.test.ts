// Insights from approvals: counts, times and shares by rule, risk, approver and agent, and the rules that everybody says yes to.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ApprovalEvent, Opened, Voted } from '../../../src/core/approval/events.ts';
import type { Approval } from '../../../src/core/approval/state.ts';
import { fold } from '../../../src/core/approval/transition.ts';
import type { Insights } from '../../../src/core/insights/insights.ts';
import { createInsightsTally } from '../../../src/core/insights/tally.ts';
import { quantile, share } from '../../../src/core/insights/times.ts';
import type { Risk } from '../../../src/core/policy/types.ts';
import { granted, OFFERED, opened as anOpened } from '../../conformance/approval-events.ts';

const START = 1_000_000;
const TERMS = { window: '7d', since: '2026-01-01T00:00:00.000Z', cut: false };

interface Made {
  readonly over?: Partial<Opened>;
  readonly votes?: readonly (readonly [by: string, after: number, vote?: Voted['vote']])[];
  readonly after?: (opened: Opened) => readonly ApprovalEvent[];
}

function made({ over = {}, votes = [], after = () => [] }: Made): Approval {
  const opened = anOpened(START, over);
  const events = votes.map(
    ([by, delay, vote = 'approve']): Voted => ({
      type: 'voted',
      at: START + delay,
      by: `${by}@example.com`,
      vote,
      digest: opened.digest,
      groups: ['security'],
      channel: 'api',
      proof: 'x',
    }),
  );
  return fold([opened, ...events, ...after(opened)]);
}
const risky = (risk: Risk, rules = ['refunds']): Partial<Opened> => ({ risk, rules });

function insights(all: readonly Approval[], putOff: ReadonlyMap<string, number> = new Map()): Insights {
  const tally = createInsightsTally();
  for (const one of all) tally.add(one);
  return tally.result(TERMS, putOff);
}
const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

it('of nothing are noughts, and shares that nobody knows', () => {
  const none = insights([]);
  expect(none).toMatchObject({ read: 0, rules: [], risks: [], approvers: [], agents: [], suggestions: [] });
  expect(none.total).toEqual({
    opened: 0,
    approved: 0,
    denied: 0,
    expired: 0,
    other: 0,
    pending: 0,
    escalated: 0,
    approve_rate: null,
    median_ms: null,
    p95_ms: null,
    under_5s: null,
  });
});

it('count each approval once under how people left it', () => {
  const escalate = { after: 60_000, to: ['group:leads'] };
  const terms = {
    ...anOpened(START).terms,
    quorums: [{ rule: 'refunds', approvals: 1, from: ['group:security'], escalate }],
  };
  const { total } = insights([
    made({ votes: [['ann', 4000]] }),
    made({ votes: [['ann', 5000]], after: (opened) => [{ type: 'expired', at: opened.expiresAt }] }),
    made({ votes: [['ann', 60_000, 'deny']] }),
    made({
      votes: [
        ['ann', 1000],
        ['bob', 2000, 'deny'],
      ],
    }),
    made({ after: (opened) => [{ type: 'expired', at: opened.expiresAt }] }),
    made({ after: () => [{ type: 'cancelled', at: START, why: 'the agent hung up' }] }),
    made({ over: { terms }, after: () => [{ type: 'escalated', at: START + 60_000, rules: ['refunds'] }] }),
  ]);
  expect(total).toEqual({
    opened: 7,
    approved: 2,
    denied: 2,
    expired: 1,
    other: 1,
    pending: 1,
    escalated: 1,
    approve_rate: 0.5,
    median_ms: 4000,
    p95_ms: 60_000,
    under_5s: 0.75,
  });
});

it('leave out what a grant approved: nobody was asked, whatever became of it', () => {
  const terms = { ...anOpened(START).terms, grant: OFFERED };
  const byGrant = (opened: Opened): ApprovalEvent => granted(opened, START, 60_000);
  const found = insights([
    made({ over: { terms }, after: (opened) => [byGrant(opened)] }),
    made({ over: { terms }, after: (opened) => [byGrant(opened), { type: 'expired', at: opened.expiresAt }] }),
    made({ votes: [['ann', 4000]] }),
  ]);
  expect(found.read).toBe(3);
  expect(found.total).toMatchObject({ opened: 1, approved: 1, expired: 0, other: 0, pending: 0 });
  expect(found.rules.map(({ opened }) => opened)).toEqual([1]);
  expect(found.agents.map(({ held }) => held)).toEqual([1]);
});

it('are split by risk, by each rule that held, by person and by agent', () => {
  const all = [
    made({ over: { ...risky('high', ['a', 'b']), agent: 'x' }, votes: [['ann', 1000]] }),
    made({ over: { ...risky('low', ['b']), agent: 'y' }, votes: [['bob', 9000, 'deny']] }),
    made({ over: { ...risky('low', []), agent: 'y' }, votes: [['ann', 7000]] }),
  ];
  const found = insights(
    all,
    new Map([
      ['x', 2],
      ['z', 5],
    ]),
  );
  expect(found.risks.map(({ risk, opened }) => [risk, opened])).toEqual([
    ['high', 1],
    ['low', 2],
  ]);
  expect(found.rules.map(({ rule, opened, approved }) => [rule, opened, approved])).toEqual([
    ['b', 2, 1],
    ['a', 1, 1],
    ['default', 1, 1],
  ]);
  expect(found.approvers).toEqual([
    { by: 'ann@example.com', votes: 2, approved: 2, denied: 0, median_ms: 1000, under_5s: 0.5 },
    { by: 'bob@example.com', votes: 1, approved: 0, denied: 1, median_ms: 9000, under_5s: 0 },
  ]);
  expect(found.agents).toEqual([
    { agent: 'y', held: 2, put_off: 0 },
    { agent: 'x', held: 1, put_off: 2 },
    { agent: 'z', held: 0, put_off: 5 },
  ]);
});

describe('a suggestion', () => {
  const yes = (count: number, over: Partial<Opened> = {}): Approval[] =>
    times(count, (i) => made({ over, votes: [['ann', i % 3 === 0 ? 2000 : 60_000]] }));
  const texts = (all: readonly Approval[]): string[] => insights(all).suggestions.map(({ text }) => text);

  it('is one plain line about a rule that is always approved', () => {
    expect(texts(yes(57))).toEqual([
      'Rule "refunds" was approved 57 of 57 times in 7d, 19 of them within 5 s, and never denied: consider a grant or an allow rule for what it holds.',
    ]);
  });

  it('comes from twenty approvals on', () => {
    expect(texts(yes(19))).toEqual([]);
    expect(texts(yes(20))).toHaveLength(1);
  });

  it('does not come where anybody said no, or nobody anything', () => {
    expect(texts([...yes(40), made({ votes: [['bob', 1, 'deny']] })])).toEqual([]);
    expect(texts([...yes(40), made({ after: (opened) => [{ type: 'expired', at: opened.expiresAt }] })])).toEqual([]);
    expect(texts([...yes(40), made({})])).toHaveLength(1);
  });

  it('never says to loosen what is of high risk', () => {
    const [text = ''] = texts([...yes(30), ...yes(1, risky('high'))]);
    expect(text).toContain('see whether people still read what they approve');
    expect(text).not.toMatch(/allow rule|grant/);
  });

  it('speaks of what no rule matches in its own words', () => {
    expect(texts(yes(20, { rules: [] }))).toEqual([
      expect.stringContaining('What no rule matches was approved 20 of 20'),
    ]);
  });
});

describe('for any times', () => {
  it('a quantile is one of them, with as many below as it says', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 1 }), fc.double({ min: 0, max: 1, noNaN: true }), (values, q) => {
        const ascending = values.toSorted((a, b) => a - b);
        const found = quantile(ascending, q);
        expect(values).toContain(found);
        const upTo = values.filter((value) => value <= (found ?? 0)).length;
        expect(upTo).toBeGreaterThanOrEqual(q * values.length);
      }),
    );
  });

  it('a share is from 0 to 1, or unknown', () => {
    expect(share(0, 0)).toBeNull();
    expect(share(1, 3)).toBe(0.3333);
  });
});
