import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Call, CallBody } from '../../../src/core/call.ts';
import type { Block, PolicyFile, Rule } from '../../../src/core/policy/ast.ts';
import { compilePolicies } from '../../../src/core/policy/compile.ts';
import { traceDecision } from '../../../src/core/policy/trace.ts';
import type { Decision } from '../../../src/core/policy/types.ts';
import { aContext, aFile, aRule, DEFAULTS, whole } from './fixtures.ts';
import { comparable, referenceDecide } from './reference.ts';

// Small alphabets, so that rules and calls meet often, with every trick of security.md A and D among them.
const word = fc.constantFrom('admin', 'users', 'Users', 'a b', 'x');
const pathPart = fc.oneof(
  { weight: 5, arbitrary: word.map((text) => text.replace(' ', '%20')) },
  fc.constantFrom(
    '..',
    '.',
    '',
    '%2e%2e',
    '%252e%252e',
    'ADMIN',
    '%61dmin',
    'admin;v=1',
    '..;',
    'admin%2fx',
    'x%5cadmin',
    'admin.',
    'admin%20',
  ),
);
const path = fc.array(pathPart, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join('/')}`);
const pathPattern = fc
  .array(fc.oneof(word, fc.constantFrom('*', '**', 'a*', '?', '')), { minLength: 1, maxLength: 3 })
  .map((parts) => `/${parts.join('/')}`);
const method = fc.constantFrom('GET', 'POST', 'DELETE');
const value = fc.constantFrom('admin', 'a b', '1', 'true', '', 'x');
const rawValue = fc.constantFrom(
  'admin',
  'a+b',
  'a%20b',
  '%61dmin',
  '%2561dmin',
  '1',
  'true',
  '',
  'x;Action=admin',
  'x',
);
const name = fc.constantFrom('Action', 'role');
const rawName = fc.constantFrom('Action', 'Action', 'role', 'role', 'action', '%41ction', 'Action[]', '_method');
const scalar = fc.oneof(value, fc.constantFrom('*', 'a*', '?', 1, true, null));
const scalars = fc.array(scalar, { minLength: 1, maxLength: 2 });
const pairs = fc
  .array(fc.tuple(rawName, rawValue), { maxLength: 3 })
  .map((list) => list.map((pair) => pair.join('=')).join('&'));
const some = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(arbitrary, { minLength: 1, maxLength: 2 });
const named = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> =>
  fc.dictionary(name, arbitrary, { minKeys: 1, maxKeys: 1 });

const block: fc.Arbitrary<Block> = fc
  .record(
    {
      upstream: some(fc.constantFrom('a', 'b', '*')),
      agent: some(fc.constantFrom('deploy-bot', 'deploy-*', 'other')),
      host: some(fc.constantFrom('api.example.com', 'API.example.com', '*.example.com', 'other.com')),
      labels: fc.constantFrom({ env: ['ci'] }, { env: ['prod'] }, { team: ['*'] }),
      path: some(pathPattern),
      method: some(method),
      query: named(scalars),
      header: fc.dictionary(fc.constant('x-role'), scalars, { minKeys: 1 }),
      body: fc.oneof(
        named(scalars).map((form) => ({ form })),
        fc
          .dictionary(fc.constantFrom('/Action', '/role', '/user/role'), scalars, { minKeys: 1, maxKeys: 1 })
          .map((json) => ({ json })),
      ),
    },
    { requiredKeys: [] },
  )
  // Three criteria at most, or rules hardly ever match.
  .chain((full) =>
    fc
      .shuffledSubarray(Object.entries(full), { maxLength: Math.min(3, Object.keys(full).length) })
      .map((kept) => Object.fromEntries(kept) as Block),
  );

const rules = fc.array(
  fc.tuple(
    fc.constantFrom('allow', 'allow', 'hold', 'deny'),
    fc.array(block, { minLength: 1, maxLength: 2 }),
    fc.array(block, { maxLength: 1 }),
  ),
  { minLength: 1, maxLength: 14 },
);
const file: fc.Arbitrary<PolicyFile> = rules.map((list) =>
  aFile(list.map(([effect, match, except], i): Rule => aRule(`r${i}`, effect as 'allow', match, { except }))),
);

const json = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .dictionary(name, fc.oneof(value, fc.constantFrom(1, true, null, ['admin'], {})), { maxKeys: 2 })
      .map((o) => JSON.stringify(o)),
  },
  fc.constantFrom(
    '{"user":{"role":"admin"}}',
    '{"role":"x","role":"admin"}',
    '{"role":"x","\\u0072ole":"admin"}',
    '{"Role":"admin","role":"x"}',
    '{bad',
    '\uFEFF{}',
  ),
);
function bodyIn(state: CallBody['state'], text: string): CallBody {
  if (text === '' || state === 'none') return { state: 'none' };
  if (state === 'whole') return whole(text);
  return state === 'unread' ? { state } : { state, why: 'over-limit' };
}
const body: fc.Arbitrary<{ body: CallBody; type: string[] }> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({ body: { state: 'none' as const }, type: [] as string[] }) },
  {
    weight: 5,
    arbitrary: fc
      .tuple(
        fc.oneof(pairs, json),
        fc.constantFrom(
          'application/x-www-form-urlencoded',
          'application/x-www-form-urlencoded',
          'application/json',
          'text/plain',
          '',
        ),
        fc.constantFrom<CallBody['state'][]>('whole', 'whole', 'whole', 'unread', 'unreadable'),
      )
      .map(([text, type, state]) => ({
        body: bodyIn(state, text),
        type: type === '' ? [] : ['Content-Type', type],
      })),
  },
);
const headers = fc.array(
  fc.oneof(
    fc.tuple(fc.constantFrom('X-Role', 'x-role'), fc.constantFrom('admin', 'x', 'x, admin', '1')),
    fc.tuple(
      fc.constantFrom('X-HTTP-Method-Override', 'X-HTTP-Method', 'x-method-override'),
      fc.constantFrom('DELETE', 'get'),
    ),
  ),
  { maxLength: 2 },
);
const call: fc.Arbitrary<Call> = fc
  .record({
    method,
    upstream: fc.constantFrom('a', 'b', 'c'),
    host: fc.constantFrom('api.example.com', 'api.example.com:8443', 'other.com'),
    path,
    query: fc.oneof(fc.constant(undefined), pairs),
    headers,
    content: body,
  })
  .map(({ content, headers: fields, ...rest }) => ({
    ...rest,
    scheme: 'https',
    headers: [...fields.flat(), ...content.type],
    body: content.body,
  }));

it('the compiled engine decides as the naive reference does', () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(file, call, (policy, subject) => {
      const context = aContext(subject);
      const got = comparable(compilePolicies([policy], DEFAULTS).decide(subject, context));
      const want = referenceDecide([policy], DEFAULTS, subject, context);
      expect(got).toEqual(want);
      const key = want === 'needs-body' ? want : `${want.effect} ${want.rules.length > 0} ${want.certain}`;
      seen.set(key, (seen.get(key) ?? 0) + 1);
    }),
    { numRuns: 4000 },
  );
  // The generator is worth something only if every outcome is common.
  for (const outcome of [
    'deny true true',
    'deny true false',
    'hold true true',
    'hold true false',
    'allow true true',
    'needs-body',
  ]) {
    expect([outcome, (seen.get(outcome) ?? 0) > 20]).toEqual([outcome, true]);
  }
});

it('what is decided on the head stays so once the body is read', () => {
  fc.assert(
    fc.property(file, call, fc.oneof(pairs, json), (policy, subject, text) => {
      fc.pre(subject.body.state !== 'none' && text !== '');
      const set = compilePolicies([policy], DEFAULTS);
      const head = set.decide({ ...subject, body: { state: 'unread' } }, aContext(subject));
      fc.pre(head !== 'needs-body');
      const read = set.decide({ ...subject, body: whole(text) }, aContext(subject));
      const brief = (d: Decision | 'needs-body'): unknown => (d === 'needs-body' ? d : [d.effect, d.hold]);
      expect(brief(read)).toEqual(brief(head));
    }),
    { numRuns: 2000 },
  );
});

it('the order of rules and files changes nothing', () => {
  fc.assert(
    fc.property(file, call, (policy, subject) => {
      const turned = [{ ...policy, rules: policy.rules.toReversed() }];
      const one = compilePolicies([policy], DEFAULTS);
      const two = compilePolicies(turned, DEFAULTS);
      expect(two.digest).toBe(one.digest);
      const sorted = (d: ReturnType<typeof one.decide>): unknown =>
        d === 'needs-body' ? d : [d.effect, d.reason, d.rules.toSorted()];
      expect(sorted(two.decide(subject, aContext(subject)))).toEqual(sorted(one.decide(subject, aContext(subject))));
    }),
    { numRuns: 1000 },
  );
});

it('the trace agrees with the decision', () => {
  fc.assert(
    fc.property(file, call, (policy, subject) => {
      const { decision, rules: traced } = traceDecision([policy], DEFAULTS, subject, aContext(subject));
      if (decision === 'needs-body') {
        expect(traced.some((rule) => rule.verdict === 'needs-body')).toBe(true);
        return;
      }
      const applied = traced.filter((rule) => rule.applies);
      const effect =
        (['deny', 'hold', 'allow'] as const).find((e) => applied.some((rule) => rule.effect === e)) ?? DEFAULTS.effect;
      expect(decision.effect).toBe(effect);
      expect(decision.rules).toEqual(applied.filter((rule) => rule.effect === effect).map((rule) => rule.rule));
    }),
    { numRuns: 1000 },
  );
});
