// What can become of an action of which only the catalogue's words are known: the range holds every decision, and says no more than
// it can know.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePolicies } from '../../../src/core/policy/compile.ts';
import { compileRules } from '../../../src/core/policy/compile-rules.ts';
import { createReaching, type Reach, type Subject } from '../../../src/core/policy/reach.ts';
import type { Block } from '../../../src/core/policy/ast.ts';
import type { Effect } from '../../../src/core/policy/types.ts';
import { aPolicy, someAction } from './action-arbitraries.ts';
import { aCall, aContext, aFile, aRule, DEFAULTS } from './fixtures.ts';

const STRICTNESS: Readonly<Record<Effect, number>> = { allow: 0, hold: 1, deny: 2 };
const SUBJECT: Subject = { name: 'aws:iam:GetRole', level: 'read', tags: ['secret-read'], sometimes: ['data-export'] };

function reach(rules: readonly (readonly [Effect, Block, Block?])[], over: Partial<Subject> = {}): Reach {
  const file = aFile(
    rules.map(([effect, match, except], i) => aRule(`r${i}`, effect, match, { except: except ? [except] : [] })),
  );
  return createReaching(compileRules([file], DEFAULTS), DEFAULTS.effect).reach({ ...SUBJECT, ...over });
}

const range = ({ loosest, strictest, byDefault }: Reach): string =>
  `${loosest === strictest ? loosest : `${loosest} to ${strictest}`}${byDefault ? ' by default' : ''}`;

it('holds every decision that an exact action can get', () => {
  let narrow = 0;
  fc.assert(
    fc.property(
      aPolicy,
      someAction,
      fc.constantFrom('a', 'b', 'c'),
      fc.constantFrom('/x/1', '/y'),
      (policy, action, upstream, path) => {
        fc.pre(action.confidence === 'exact');
        const subject = { name: action.name, level: action.level, tags: action.tags, sometimes: [] };
        const found = createReaching(compileRules([policy], DEFAULTS), DEFAULTS.effect).reach(subject);
        const call = aCall({ upstream, path });
        const decision = compilePolicies([policy], DEFAULTS).decide(call, aContext(call, { actions: () => [action] }));
        if (decision === 'needs-body') throw new Error('there is no body');
        const at = STRICTNESS[decision.effect];
        expect([STRICTNESS[found.loosest] <= at, at <= STRICTNESS[found.strictest]]).toEqual([true, true]);
        if (!found.byDefault && found.loosest === found.strictest) expect(decision.rules.length).toBeGreaterThan(0);
        if (found.loosest === found.strictest) narrow++;
      },
    ),
    { numRuns: 4000 },
  );
  expect(narrow).toBeGreaterThan(500);
});

describe('says', () => {
  it.each<[string, readonly (readonly [Effect, Block, Block?])[], string, Partial<Subject>?]>([
    ['the default where no rule matches', [['allow', { action: ['aws:s3:*'] }]], 'hold by default'],
    ['the effect of a rule about the name', [['deny', { action: ['aws:iam:*'] }]], 'deny'],
    [
      'the strictest of several',
      [
        ['allow', { level: ['read'] }],
        ['hold', { tags: ['secret-read'] }],
      ],
      'hold',
    ],
    ['a range where parameters decide', [['allow', { action: ['aws:*'], when: 'true' }]], 'allow to hold by default'],
    [
      'a range where the resource decides',
      [
        ['allow', { level: ['read'] }],
        ['deny', { resource: { id: ['x'] } }],
      ],
      'allow to deny',
    ],
    [
      'a range for a tag that only some calls have',
      [
        ['allow', { level: ['read'] }],
        ['hold', { tags: ['data-export'] }],
      ],
      'allow to hold',
    ],
    ['an exemption by the name', [['allow', { level: ['read'] }, { action: ['aws:iam:*'] }]], 'hold by default'],
    [
      'an exemption that only some calls have',
      [['allow', { level: ['read'] }, { tags: ['data-export'] }]],
      'allow to hold by default',
    ],
    ['that doubt holds', [['hold', { level: ['write'] }]], 'hold', { level: 'unknown' }],
    ['that doubt allows nothing', [['allow', { level: ['read'] }]], 'hold by default', { level: 'unknown' }],
    ['that doubt exempts from nothing', [['deny', {}, { level: ['write'] }]], 'deny', { level: 'unknown' }],
    [
      'a range for a name that calls fill in',
      [['deny', { action: ['sql:drop:public.users'] }]],
      'hold to deny by default',
      { name: 'sql:drop:*' },
    ],
    ['the effect for all of an open name', [['deny', { action: ['sql:drop:*'] }]], 'deny', { name: 'sql:drop:*' }],
  ])('%s', (_, rules, expected, over) => {
    expect(range(reach(rules, over))).toBe(expected);
  });

  it('nothing of rules that only observe', () => {
    const file = aFile([aRule('r', 'deny', {}, { mode: 'observe' })]);
    expect(range(createReaching(compileRules([file], DEFAULTS), 'hold').reach(SUBJECT))).toBe('hold by default');
  });

  it('which rules are certain, which perhaps, and what a hold asks for', () => {
    const found = reach([
      ['hold', { tags: ['secret-read'] }],
      ['hold', { action: ['aws:*'], agent: ['x'] }],
      ['allow', { level: ['read'] }],
      ['allow', { agent: ['x'] }],
    ]);
    expect(found).toMatchObject({ certain: ['r0'], perhaps: ['r1'], quorums: [{ rule: 'r0', approvals: 1 }] });
  });
});
