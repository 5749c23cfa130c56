// When a change of rules lets more through: whatever is not certainly as strict counts as looser.
import { describe, expect, it } from 'vitest';
import type { Block, Rule } from '../../../src/core/policy/ast.ts';
import { compileRules } from '../../../src/core/policy/compile-rules.ts';
import { compareOutcomes, type Outcome } from '../../../src/core/policy/loosening.ts';
import { ruleChanges } from '../../../src/core/policy/rule-changes.ts';
import type { Effect } from '../../../src/core/policy/types.ts';
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
