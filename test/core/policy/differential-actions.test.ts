// Rules about actions, decided by the compiled index and by the naive reference: the same, for whatever calls do and however sure
// that is, before the body is read and after.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Action } from '../../../src/core/action.ts';
import type { Block, PolicyFile, Rule } from '../../../src/core/policy/ast.ts';
import { compilePolicies } from '../../../src/core/policy/compile.ts';
import { LEVELS } from '../../../src/core/policy/schema-words.ts';
import type { DecisionContext } from '../../../src/core/policy/types.ts';
import { aCall, aContext, aFile, anAction, aRule, DEFAULTS, whole } from './fixtures.ts';
import { comparable, CONDITIONS, referenceDecide } from './reference.ts';

const PROVIDERS = ['aws', 'k8s'];
const SERVICES = ['iam', 's3', 'get', 'delete'];
const OPERATIONS = ['AttachRolePolicy', 'GetRole', 'DeleteObject', 'pods', 'apps/deployments'];
const TAGS = ['destructive', 'secret-read', 'data-export'];
const IDS = ['prod-1', 'prod-22', 'dev-1', '*'];
const NAMESPACES = ['prod', 'dev', 'team-a'];

const name = fc
  .tuple(fc.constantFrom(...PROVIDERS), fc.constantFrom(...SERVICES), fc.constantFrom(...OPERATIONS))
  .map((parts) => parts.join(':'));
/** Names with holes of every kind: at the end, in the middle, at the beginning, in every place. */
const pattern = fc.oneof(
  { weight: 4, arbitrary: name },
  fc.tuple(name, fc.nat(30)).map(([text, at]) => `${text.slice(0, at)}*`),
  fc.tuple(name, fc.nat(30)).map(([text, at]) => `*${text.slice(at)}`),
  fc.tuple(name, fc.nat(20), fc.nat(20)).map(([text, at, length]) => `${text.slice(0, at)}*${text.slice(at + length)}`),
  fc.tuple(name, fc.nat(12)).map(([text, at]) => `${text.slice(0, at)}?${text.slice(at + 1)}`),
  fc.constantFrom('*', 'aws:*', 'k8s:*:pods', 'aws:*:*Object', '*:delete:*'),
);
const some = <T>(arbitrary: fc.Arbitrary<T>, most = 2): fc.Arbitrary<T[]> =>
  fc.array(arbitrary, { minLength: 1, maxLength: most });

const block: fc.Arbitrary<Block> = fc
  .record(
    {
      action: some(pattern, 3),
      level: some(fc.constantFrom(...LEVELS)),
      tags: some(fc.constantFrom(...TAGS)),
      resource: fc
        .record(
          {
            id: some(fc.constantFrom('prod-*', '*-1', 'prod-1', 'dev-1', 'p*1', '*')),
            namespace: some(fc.constantFrom(...NAMESPACES, 'team-*')),
          },
          { requiredKeys: [] },
        )
        .filter((fields) => Object.keys(fields).length > 0),
      when: fc.constantFrom(...Object.keys(CONDITIONS)),
      agent: some(fc.constantFrom('deploy-bot', 'deploy-*', 'other')),
      upstream: some(fc.constantFrom('a', 'b')),
      path: some(fc.constantFrom('/x/**', '/y')),
    },
    { requiredKeys: [] },
  )
  .chain((full) =>
    fc
      .shuffledSubarray(Object.entries(full), { maxLength: Math.min(3, Object.keys(full).length) })
      .map((kept) => Object.fromEntries(kept) as Block),
  );

const file: fc.Arbitrary<PolicyFile> = fc
  .array(
    fc.tuple(
      fc.constantFrom('allow', 'allow', 'hold', 'deny'),
      fc.oneof({ weight: 4, arbitrary: fc.tuple(block) }, fc.tuple(block, block)),
      fc.array(block, { maxLength: 1 }),
      fc.option(fc.constantFrom(...Object.keys(CONDITIONS)), { nil: undefined, freq: 6 }),
    ),
    { minLength: 1, maxLength: 30 },
  )
  .map((list) =>
    aFile(
      list.map(([effect, match, except, when], i): Rule => aRule(`r${i}`, effect as 'allow', match, { except, when })),
    ),
  );

const action: fc.Arbitrary<Action> = fc
  .record({
    name,
    level: fc.constantFrom(...LEVELS),
    tags: fc.uniqueArray(fc.constantFrom(...TAGS), { maxLength: 2 }),
    id: fc.option(fc.constantFrom(...IDS), { nil: undefined }),
    namespace: fc.option(fc.constantFrom(...NAMESPACES, '*'), { nil: undefined }),
    size: fc.option(fc.constantFrom('big', 'small'), { nil: undefined }),
    confidence: fc.constantFrom<Action['confidence'][]>('exact', 'exact', 'exact', 'ambiguous', 'unknown'),
    serviceKnown: fc.boolean(),
  })
  .map(({ name: full, id, namespace, size, confidence, serviceKnown, level, tags }) => {
    const [provider = '', service = '', operation = ''] = full.split(':');
    return anAction({
      provider,
      service: confidence === 'unknown' && !serviceKnown ? '' : service,
      operation,
      name: full,
      level: confidence === 'unknown' ? 'unknown' : level,
      tags,
      resource: { ...(id !== undefined && { id }), ...(namespace !== undefined && { namespace }) },
      params: size === undefined ? {} : { size },
      confidence,
    });
  });

const BROKEN = (): never => {
  throw new Error('a recogniser with a bug');
};
const context: fc.Arbitrary<Pick<DecisionContext, 'actions' | 'actionsNeedBody'>> = fc
  .tuple(
    fc.oneof(
      { weight: 8, arbitrary: fc.array(action, { minLength: 1, maxLength: 3 }).map((list) => () => list) },
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
    fc.property(file, call, context, (policy, subject, of) => {
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
    fc.property(file, call, context, (policy, subject, of) => {
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
