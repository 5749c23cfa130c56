// However many rules there are about actions, few are left to look at; that none is missing is in differential-actions.test.ts.
import { describe, expect, it } from 'vitest';
import type { Action } from '../../../src/core/action.ts';
import type { Block } from '../../../src/core/policy/ast.ts';
import { compileRules } from '../../../src/core/policy/compile-rules.ts';
import { createFacts } from '../../../src/core/policy/facts.ts';
import { rulesWhilePending } from '../../../src/core/policy/pending-rules.ts';
import { createRuleIndex } from '../../../src/core/policy/rule-index.ts';
import { aCall, aContext, aFile, anAction, aRule, DEFAULTS } from './fixtures.ts';

const MANY = 2000;
type Shape = (i: number) => Block;

function rulesOf(shapes: readonly Shape[]) {
  const blocks = Array.from({ length: MANY }, (_, i) => shapes[i % shapes.length]?.(i) ?? {});
  return compileRules([aFile(blocks.map((block, i) => aRule(`r${i}`, 'hold', block)))], DEFAULTS);
}

/** Numbers of the rules that are worth a look. */
function candidates(shapes: readonly Shape[], actions: readonly Action[]): readonly number[] | 'pending' {
  const rules = rulesOf(shapes);
  const index = createRuleIndex(rules.flatMap(({ match }, rule) => match.map((block) => ({ rule, block }))));
  const call = aCall();
  return index.candidates(createFacts(call, aContext(call, { actions: () => actions })));
}

const NAMES: Shape = (i) => ({ action: [`aws:svc${i}:Operation`] });
const BEGINNINGS: Shape = (i) => ({ action: [`aws:svc${i}:Delete*`] });
const ENDS: Shape = (i) => ({ action: [`k8s:*:group${i}.example.com/things`] });
const NAMESPACES: Shape = (i) => ({ action: ['k8s:*'], resource: { namespace: [`team-${i}`] } });
const PREFIXED: Shape = (i) => ({ level: ['write'], resource: { id: [`app-${i}-*`] } });
const ACCOUNTS: Shape = (i) => ({ tags: ['destructive'], resource: { account: [`${i}`] } });
const AGENTS: Shape = (i) => ({ action: ['aws:*'], agent: [`agent-${i}`] });
const ALL = [NAMES, BEGINNINGS, ENDS, NAMESPACES, PREFIXED, ACCOUNTS, AGENTS];

describe('few rules are left', () => {
  it.each<[string, readonly Shape[], Partial<Action>]>([
    ['by the whole name', [NAMES], { name: 'aws:svc7:Operation' }],
    ['by how the name begins', [BEGINNINGS], { name: 'aws:svc7:DeleteThing' }],
    ['by how the name ends', [ENDS], { name: 'k8s:delete:group7.example.com/things', provider: 'k8s' }],
    ['by the namespace', [NAMESPACES], { name: 'k8s:get:pods', resource: { namespace: 'team-7' } }],
    ['by how the id begins', [PREFIXED], { level: 'write', resource: { id: 'app-7-web' } }],
    ['by the account', [ACCOUNTS], { tags: ['destructive'], resource: { account: '7' } }],
    ['by the agent', [AGENTS], {}],
    ['where rules are of every kind', ALL, { name: 'k8s:get:pods', level: 'write', resource: { namespace: 'team-3' } }],
    ['where nothing fits', ALL, { name: 'sql:drop:public.users', level: 'write' }],
  ])('%s', (_, shapes, action) => {
    const found = candidates(shapes, [anAction(action)]);
    expect(found.length).toBeLessThan(12);
  });

  it('for an unknown action: those of its service', () => {
    const found = candidates(
      [BEGINNINGS, ENDS],
      [anAction({ name: 'aws:svc8:New', service: 'svc8', confidence: 'unknown' })],
    );
    // An unknown name may end as it likes.
    expect(found.length).toBeLessThan(MANY / 2 + 12);
    expect(
      candidates([BEGINNINGS], [anAction({ name: 'aws:svc8:New', service: 'svc8', confidence: 'unknown' })]),
    ).toEqual([8]);
  });
});

describe('while the body is to come', () => {
  it('one rule stands for all that differ in what they say of actions only', () => {
    expect([...rulesWhilePending(rulesOf([NAMES, ENDS, NAMESPACES, PREFIXED, ACCOUNTS]))]).toEqual([0]);
  });

  it('rules that differ in anything else stand for themselves', () => {
    expect(rulesWhilePending(rulesOf([AGENTS])).size).toBe(MANY);
    expect(rulesWhilePending(rulesOf([(i) => ({ path: [`/v${i}/**`] })])).size).toBe(MANY);
  });

  it('the index says that nothing can be said', () => {
    const rules = rulesOf([NAMES]);
    const index = createRuleIndex(rules.map(({ match }, rule) => ({ rule, block: match[0] as never })));
    const call = aCall({ body: { state: 'unread' } });
    const context = aContext(call, { actionsNeedBody: () => true });
    expect(index.candidates(createFacts(call, context))).toBe('pending');
  });
});
