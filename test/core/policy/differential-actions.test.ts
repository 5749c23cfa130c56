// Rules about actions, decided by the compiled index and by the naive reference: the same, for whatever calls do and however sure
// that is, before the body is read and after.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compilePolicies } from '../../../src/core/policy/compile.ts';
import type { DecisionContext } from '../../../src/core/policy/types.ts';
import { aPolicy, someAction } from './action-arbitraries.ts';
import { aCall, aContext, DEFAULTS, whole } from './fixtures.ts';
import { comparable, referenceDecide } from './reference.ts';

const BROKEN = (): never => {
  throw new Error('a recogniser with a bug');
};
const context: fc.Arbitrary<Pick<DecisionContext, 'actions' | 'actionsNeedBody'>> = fc
  .tuple(
    fc.oneof(
      { weight: 8, arbitrary: fc.array(someAction, { minLength: 1, maxLength: 3 }).map((list) => () => list) },
      fc.constant(() => []),
      fc.constant(BROKEN),
    ),
    fc.boolean(),
  )
  .map(([actions, waits]) => ({ actions, actionsNeedBody: () => waits }));
const call = fc
  .record({ upstream: fc.constantFrom('a', 'b', 'c'), path: fc.constantFrom('/x/1', '/y', '/z'), body: fc.boolean() })
  .map(({ upstream, path, body }) => aCall({ upstream, path, body: body ? { state: 'unread' } : { state: 'none' } }));

it('the compiled engine decides about actions as the naive reference does', () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(aPolicy, call, context, (policy, subject, of) => {
      const where = aContext(subject, of);
      const actual = comparable(compilePolicies([policy], DEFAULTS).decide(subject, where));
      const expected = referenceDecide([policy], DEFAULTS, subject, where);
      const sorted = (one: typeof actual): unknown =>
        one === 'needs-body' ? one : { ...one, rules: one.rules.toSorted() };
      expect(sorted(actual)).toEqual(sorted(expected));
      const outcome =
        actual === 'needs-body' ? actual : `${actual.effect} ${actual.certain} ${actual.rules.length > 0}`;
      seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
    }),
    { numRuns: 6000 },
  );
  for (const outcome of [
    'deny true true',
    'deny false true',
    'hold true true',
    'hold false true',
    'allow true true',
    'hold true false',
    'needs-body',
  ]) {
    expect([outcome, (seen.get(outcome) ?? 0) > 20]).toEqual([outcome, true]);
  }
});

it('what is decided before the body is read stays so once it is', () => {
  let decided = 0;
  fc.assert(
    fc.property(aPolicy, call, context, (policy, subject, of) => {
      const set = compilePolicies([policy], DEFAULTS);
      const head = set.decide({ ...subject, body: { state: 'unread' } }, aContext(subject, of));
      if (head === 'needs-body') return;
      decided++;
      const read = set.decide({ ...subject, body: whole('x') }, aContext(subject, of));
      expect(read === 'needs-body' ? read : read.effect).toBe(head.effect);
    }),
    { numRuns: 2000 },
  );
  expect(decided).toBeGreaterThan(200);
});
