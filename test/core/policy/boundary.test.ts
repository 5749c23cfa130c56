// `boundary` in rules: every action of a call counts, and what nobody knows counts against it. Held against a slow reading that writes
// down every world in which the unknown is one thing or the other.
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import type { Action, BoundaryPlace } from '../../../src/core/action.ts';
import { compilePolicies } from '../../../src/core/policy/compile.ts';
import { lintPolicies } from '../../../src/core/policy/lint.ts';
import { parsePolicyFile } from '../../../src/core/policy/parse.ts';
import type { Effect } from '../../../src/core/policy/types.ts';
import { actionOf, callOf } from '../risk/risk-fixture.ts';
import { traceDecision } from '../../../src/core/policy/trace.ts';

const DEFAULTS = {
  effect: 'hold',
  approvals: 1,
  from: [],
  expires: 1,
  wait: 1,
  denyMemory: 1,
  replayWindow: 1,
  onAbsent: 'wait',
  notify: [],
  nudge: undefined,
} as unknown as Parameters<typeof compilePolicies>[1];

interface Line {
  readonly effect: Effect;
  readonly match: readonly BoundaryPlace[];
  readonly except?: readonly BoundaryPlace[];
}

function rules(lines: readonly Line[]): ReturnType<typeof parsePolicyFile> {
  const yaml = lines.map(
    ({ effect, match, except }, i) =>
      `  - {id: r${i}, effect: ${effect}, match: {boundary: [${match.join(', ')}]}${except ? `, except: {boundary: [${except.join(', ')}]}` : ''}}`,
  );
  return parsePolicyFile(`version: 1\nrules:\n${yaml.join('\n')}\n`, 'p.yaml');
}

function decide(
  lines: readonly Line[],
  actions: readonly Action[],
  fallback: Effect,
): { effect: Effect; rules: readonly string[] } {
  const parsed = rules(lines);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  const set = compilePolicies([parsed.policy], { ...DEFAULTS, effect: fallback });
  const decision = set.decide(callOf(), {
    agent: { id: 'a', owner: 'o@example.com', labels: {}, actsFor: [], method: 'bearer' },
    source: '127.0.0.1',
    now: 0,
    actions: () => actions,
  });
  if (decision === 'needs-body') throw new Error('needs a body');
  return { effect: decision.effect, rules: decision.rules };
}

type Truth = 'always' | 'sometimes' | 'never';

/** Every world: what is unknown is inside or outside, and it is called `unknown` too. */
function truth({ boundary, confidence }: Action, asked: readonly BoundaryPlace[]): Truth {
  if (boundary === undefined) return 'never';
  const worlds: readonly BoundaryPlace[] = boundary === 'unknown' ? ['inside', 'outside'] : [boundary];
  const hits = worlds.map((world) => asked.includes(world) || (boundary === 'unknown' && asked.includes('unknown')));
  // The unknown may be a third thing that nobody thought of: both words together do not make it certain.
  const sure = boundary !== 'unknown' || asked.includes('unknown');
  if (hits.every(Boolean)) return sure && (confidence !== 'unknown' || boundary === 'unknown') ? 'always' : 'sometimes';
  return hits.some(Boolean) ? 'sometimes' : 'never';
}

function reference(
  lines: readonly Line[],
  actions: readonly Action[],
  fallback: Effect,
): { effect: Effect; rules: readonly string[] } {
  const block = (asked: readonly BoundaryPlace[], of: readonly Action[]): Truth => {
    const truths = of.map((action) => truth(action, asked));
    if (truths.every((each) => each === 'always')) return 'always';
    return truths.some((each) => each !== 'never') ? 'sometimes' : 'never';
  };
  const applying = (of: readonly Action[], wanted: Effect): readonly string[] =>
    lines.flatMap(({ effect, match, except }, i) => {
      const own = block(match, of);
      const but = except ? block(except, of) : 'never';
      const verdict: Truth =
        own === 'never' || but === 'always' ? 'never' : own === 'always' && but === 'never' ? 'always' : 'sometimes';
      const applies = effect === 'allow' ? verdict === 'always' : verdict !== 'never';
      return effect === wanted && applies ? [`r${i}`] : [];
    });
  for (const effect of ['deny', 'hold', 'allow'] as const) {
    const matched = applying(actions, effect);
    if (matched.length > 0) return { effect, rules: matched };
  }
  // Each thing that the call does, by any rule.
  const each = actions.map((action) => applying([action], 'allow'));
  if (each.every((found) => found.length > 0)) {
    return { effect: 'allow', rules: lines.map((_, i) => `r${i}`).filter((id) => each.flat().includes(id)) };
  }
  return { effect: fallback, rules: [] };
}

const at = (boundary?: BoundaryPlace, confidence: Action['confidence'] = 'exact'): Action =>
  actionOf({ confidence, ...(boundary && { boundary }) });

describe('a rule about the boundary', () => {
  it.each<[string, Line, readonly Action[], Effect]>([
    ['holds what is outside', { effect: 'hold', match: ['outside'] }, [at('outside')], 'hold'],
    ['lets what is inside pass', { effect: 'hold', match: ['outside'] }, [at('inside')], 'allow'],
    ['takes the unknown for outside where it holds', { effect: 'hold', match: ['outside'] }, [at('unknown')], 'hold'],
    ['takes the unknown for outside where it denies', { effect: 'deny', match: ['outside'] }, [at('unknown')], 'deny'],
    [
      'holds where one of several actions is outside',
      { effect: 'hold', match: ['outside'] },
      [at('inside'), at('outside')],
      'hold',
    ],
    [
      'does not speak of upstreams without a boundary',
      { effect: 'deny', match: ['outside', 'unknown', 'inside'] },
      [at()],
      'allow',
    ],
  ])('%s', (_what, line, actions, expected) => expect(decide([line], actions, 'allow').effect).toBe(expected));

  it.each<[string, readonly Action[], Effect]>([
    ['what is inside', [at('inside')], 'allow'],
    ['nothing that is unknown', [at('unknown')], 'hold'],
    ['nothing of which one part is outside', [at('inside'), at('outside')], 'hold'],
    ['nothing of which one part is unknown', [at('inside'), at('unknown')], 'hold'],
    ['nothing where there is no boundary', [at()], 'hold'],
  ])('allows %s', (_what, actions, expected) => {
    expect(decide([{ effect: 'allow', match: ['inside'] }], actions, 'hold').effect).toBe(expected);
  });

  it('agrees with the slow reading on 3,000 policies', () => {
    const places = fc.uniqueArray(fc.constantFrom<BoundaryPlace>('inside', 'outside', 'unknown'), { minLength: 1 });
    const line = fc.record({
      effect: fc.constantFrom<Effect>('allow', 'hold', 'deny'),
      match: places,
      except: fc.option(places, { nil: undefined }),
    });
    const action = fc
      .tuple(
        fc.constantFrom<BoundaryPlace | undefined>('inside', 'outside', 'unknown', undefined),
        fc.constantFrom<Action['confidence']>('exact', 'ambiguous', 'unknown'),
      )
      // A boundary never says `inside` of what nobody recognised.
      .map(([boundary, confidence]) =>
        at(boundary, boundary === 'inside' && confidence === 'unknown' ? 'exact' : confidence),
      );
    const effects = new Set<Effect>();
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 6 }),
        fc.array(action, { minLength: 1, maxLength: 4 }),
        fc.constantFrom<Effect>('allow', 'hold'),
        (lines, actions, fallback) => {
          const plain = lines.map(({ effect, match, except }) => ({ effect, match, ...(except && { except }) }));
          const made = decide(plain, actions, fallback);
          effects.add(made.effect);
          expect(made).toEqual(reference(plain, actions, fallback));
        },
      ),
      { numRuns: 3_000, seed: 4 },
    );
    expect(effects.size).toBe(3);
  });

  it('is refused where its word is none, with the nearest one', () => {
    const parsed = parsePolicyFile(
      'version: 1\nrules:\n  - {id: r, effect: hold, match: {boundary: outsid}}\n',
      'p.yaml',
    );
    expect(parsed.ok ? [] : parsed.faults.map(({ message }) => message).join()).toContain('did you mean "outside"?');
  });

  it('is explained like other criteria about actions', () => {
    const parsed = rules([{ effect: 'hold', match: ['outside'] }]);
    if (!parsed.ok) throw new Error('does not parse');
    const trace = traceDecision([parsed.policy], DEFAULTS, callOf(), {
      agent: { id: 'a', owner: 'o@example.com', labels: {}, actsFor: [], method: 'bearer' },
      source: '127.0.0.1',
      now: 0,
      actions: () => [at('unknown')],
    });
    expect(trace.rules[0]).toMatchObject({ applies: true, verdict: 'some-readings' });
  });
});

describe('linting', () => {
  const lint = (match: string, bounded: readonly string[] | undefined): readonly string[] => {
    const parsed = parsePolicyFile(
      `version: 1\nowner: o\nrules:\n  - {id: r, description: d, effect: hold, match: {${match}}}\n`,
      'p.yaml',
    );
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
    return lintPolicies([parsed.policy], bounded ? { bounded } : {}).map(({ message }) => message);
  };

  it.each([
    ['boundary: outside', ['aws'], 0],
    ['boundary: outside, upstream: aws', ['aws'], 0],
    ['boundary: outside, upstream: "a*"', ['aws'], 0],
    ['boundary: outside, upstream: github', ['aws'], 1],
    ['boundary: outside', [], 1],
    ['boundary: outside', undefined, 0],
    ['level: write', [], 0],
  ] as const)('%s where %j are bounded gives %d warnings', (match, bounded, count) => {
    const found = lint(match, bounded);
    expect(found).toHaveLength(count);
    for (const message of found) expect(message).toContain('`boundary` never matches');
  });
});
