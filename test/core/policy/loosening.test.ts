// When a change of rules lets more through: whatever is not certainly as strict counts as looser.
import { describe, expect, it } from 'vitest';
import type { Block, Rule, RuleHold } from '../../../src/core/policy/ast.ts';
import { compileRules } from '../../../src/core/policy/compile-rules.ts';
import { compareOutcomes, type Outcome } from '../../../src/core/policy/loosening.ts';
import { ruleChanges } from '../../../src/core/policy/rule-changes.ts';
import { createReaching } from '../../../src/core/policy/reach.ts';
import type { Effect, GrantCovers, GrantOffer } from '../../../src/core/policy/types.ts';
import { aFile, aRule, DEFAULTS } from './fixtures.ts';

const outcome = (
  loosest: Effect,
  strictest = loosest,
  quorums: readonly (readonly [number, ...string[]])[] = [],
): Outcome => ({
  loosest,
  strictest,
  quorums: quorums.map(([approvals, ...from]) => ({ rule: 'r', approvals, from })),
});
const held = (...quorums: (readonly [number, ...string[]])[]): Outcome => outcome('hold', 'hold', quorums);

describe('outcomes', () => {
  it.each<[string, Outcome, Outcome, 'looser' | 'tighter' | 'both' | 'same']>([
    ['the same', held([1, 'a']), held([1, 'a']), 'same'],
    ['a hold that becomes an allowance', held([1]), outcome('allow'), 'looser'],
    ['a denial that becomes a hold', outcome('deny'), held([2]), 'looser'],
    ['an allowance that becomes a hold', outcome('allow'), held([1]), 'tighter'],
    ['a range that opens below', held([1]), outcome('allow', 'hold'), 'looser'],
    ['a range that opens above', held([1]), outcome('hold', 'deny', [[1]]), 'tighter'],
    ['fewer approvals', held([2, 'a']), held([1, 'a']), 'looser'],
    ['more approvals', held([1, 'a']), held([2, 'a']), 'tighter'],
    ['more people who may vote', held([1, 'a']), held([1, 'a', 'b']), 'looser'],
    ['fewer people who may vote', held([1]), held([1, 'a']), 'tighter'],
    ['other people', held([1, 'a']), held([1, 'b']), 'both'],
    ['a quorum less', held([1, 'a'], [1, 'b']), held([1, 'a']), 'looser'],
  ])('%s', (_, before, after, expected) => {
    const { looser, tighter } = compareOutcomes(before, after);
    expect(looser ? (tighter ? 'both' : 'looser') : tighter ? 'tighter' : 'same').toBe(expected);
  });
});

describe('grants', () => {
  const hour = 3_600_000;
  const offering = (uses: number, covers: GrantCovers = 'call'): Outcome => ({
    ...held([1]),
    grants: [{ for: hour, uses, covers }],
  });
  it.each<[string, Outcome, Outcome, 'looser' | 'tighter' | 'same']>([
    ['one that is new', held([1]), offering(1), 'looser'],
    ['one that is gone', offering(1), held([1]), 'tighter'],
    ['more uses', offering(1), offering(2), 'looser'],
    ['fewer uses', offering(2), offering(1), 'tighter'],
    ['more that is covered', offering(1), offering(1, 'targets'), 'looser'],
    ['less that is covered', offering(1, 'actions'), offering(1, 'targets'), 'tighter'],
    ['the same', offering(1), offering(1), 'same'],
  ])('%s', (_, before, after, expected) => {
    const { looser, tighter } = compareOutcomes(before, after);
    expect(looser ? 'looser' : tighter ? 'tighter' : 'same').toBe(expected);
  });

  const rules = (...list: Rule[]) => compileRules([aFile(list)], DEFAULTS);
  const PATH: Block = { path: ['/admin/**'] };
  const rule = (grant?: RuleHold['grant'], over: Partial<Rule> = {}): Rule =>
    aRule('r', 'hold', PATH, { ...(grant && { hold: { grant } }), ...over });
  it.each<[string, Rule[], Rule[], string]>([
    ['on a rule that had none', [rule()], [rule({ for: hour })], 'changed doubtful'],
    ['on a new rule, where the default held', [], [rule({ for: hour })], 'added doubtful'],
    ['wider on a rule', [rule({ for: hour })], [rule({ for: hour, covers: 'actions' })], 'changed doubtful'],
    ['narrower on a rule', [rule({ for: hour, uses: 30 })], [rule({ for: hour })], 'changed'],
    ['gone from a rule', [rule({ for: hour })], [rule()], 'changed'],
    ['written otherwise', [rule({ for: hour })], [rule({ for: hour, uses: 20, covers: 'call' })], ''],
    ['of a rule that observes', [], [rule({ for: hour }, { mode: 'observe' })], 'added'],
  ])('%s', (_, before, after, expected) => {
    const found = ruleChanges(rules(...before), rules(...after));
    expect(found.map(({ change, doubtful }) => `${change}${doubtful ? ' doubtful' : ''}`).join(', ')).toBe(expected);
  });

  it('show on actions of a catalogue: what all certain rules offer, or where none is certain any of them', () => {
    const subject = { name: 'k8s:delete:pods', level: 'write', tags: ['destructive'], sometimes: ['force'] } as const;
    const of = (...list: Rule[]): readonly GrantOffer[] =>
      createReaching(rules(...list), 'hold').reach({ ...subject, sometimes: ['data-export'] }).grants;
    const told = (id: string, block: Block, grant?: RuleHold['grant']): Rule =>
      aRule(id, 'hold', block, { ...(grant && { hold: { grant } }) });
    const wide = told('a', { tags: ['destructive'] }, { for: hour, covers: 'actions' });
    expect(of(wide)).toEqual([{ for: hour, uses: 20, covers: 'actions' }]);
    expect(of(wide, told('b', { level: ['write'] }, { for: 60_000, uses: 30 }))).toEqual([
      { for: 60_000, uses: 20, covers: 'call' },
    ]);
    expect(of(wide, told('b', { level: ['write'] }))).toEqual([]);
    expect(of(told('c', { tags: ['data-export'] }, { for: hour }))).toEqual([{ for: hour, uses: 20, covers: 'call' }]);
  });
});

describe('rules', () => {
  const rules = (...list: Rule[]) => compileRules([aFile(list)], DEFAULTS);
  const rule = (effect: Effect, match: Block, over: Partial<Rule> = {}) => aRule('r', effect, match, over);
  const PATH: Block = { path: ['/admin/**'] };

  it.each<[string, Rule[], Rule[], string]>([
    [
      'nothing for other words about the same',
      [rule('hold', PATH)],
      [rule('hold', PATH, { description: 'x', at: 'y:1:1' })],
      '',
    ],
    ['a removed restriction on paths', [rule('hold', PATH)], [], 'removed doubtful'],
    [
      'a removed restriction that another rule keeps',
      [rule('hold', PATH)],
      [aRule('s', 'hold', { path: ['/**'] })],
      'removed, added',
    ],
    [
      'a restriction with a smaller quorum instead',
      [rule('hold', PATH, { hold: { approvals: 2 } })],
      [rule('hold', PATH)],
      'changed doubtful',
    ],
    ['a removed restriction on actions, which shows on them', [rule('hold', { tags: ['destructive'] })], [], 'removed'],
    [
      'a restriction on some resources',
      [rule('deny', { tags: ['destructive'], resource: { id: ['x'] } })],
      [],
      'removed doubtful',
    ],
    ['a new allowance', [], [rule('allow', PATH)], 'added doubtful'],
    ['a removed allowance', [rule('allow', PATH)], [], 'removed'],
    ['a wider allowance', [rule('allow', PATH)], [rule('allow', { path: ['/**'] })], 'changed doubtful'],
    ['a narrower allowance', [rule('allow', { path: ['/**'] })], [rule('allow', PATH)], 'changed'],
    [
      'a denial that only observes from now on',
      [rule('deny', PATH)],
      [rule('deny', PATH, { mode: 'observe' })],
      'changed doubtful',
    ],
    ['an allowance that only observes', [], [rule('allow', PATH, { mode: 'observe' })], 'added'],
  ])('%s', (_, before, after, expected) => {
    const found = ruleChanges(rules(...before), rules(...after));
    expect(found.map(({ change, doubtful }) => `${change}${doubtful ? ' doubtful' : ''}`).join(', ')).toBe(expected);
  });
});
