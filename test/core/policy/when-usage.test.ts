// Usage in conditions: what is checked when a policy is read, what is asked when it decides, and what happens where nobody knows.
import { describe, expect, it } from 'vitest';
import { compilePolicies } from '../../../src/core/policy/compile.ts';
import { lintPolicies } from '../../../src/core/policy/lint.ts';
import type { Effect } from '../../../src/core/policy/types.ts';
import { compileWhen } from '../../../src/core/policy/when.ts';
import type { UsageOf } from '../../../src/core/policy/when-usage.ts';
import { aCall, aContext, aFile, aRule, DEFAULTS } from './fixtures.ts';

describe('a condition about usage', () => {
  it.each([
    'usage.bytes_out("customer-data", "24h") > 500 * 1024 * 1024',
    "usage.rows_out('db', '15m') >= 1000 && method == 'GET'",
    'usage.bytes_out("a", "1h") + usage.bytes_out("b", "1h") > 5',
  ])('%s is one', (source) => {
    expect(compileWhen(source)).toMatchObject({ ok: true });
  });

  it.each([
    ['usage.bytes_out("a", "24")', '"24" is not a window; expected a duration from 1m to 30d'],
    ['usage.bytes_out("a", "30s") > 1', '"30s" is not a window'],
    ['usage.bytes_out("a", "60d") > 1', '"60d" is not a window'],
    ['usage.bytes_out(agent.id, "24h") > 1', 'both written as string literals'],
    ['usage.bytes_out("a") > 1', 'takes a dataset and a window'],
    ['usage.bytes_out("a", "1h", "x") > 1', 'takes a dataset and a window'],
    ['usage.bytes("a", "1h") > 1', 'usage has no "bytes" (expected one of bytes_out, rows_out)'],
    ['usage == usage', 'ask usage.bytes_out("customer-data", "24h")'],
    ['has(usage.x)', 'ask usage.bytes_out'],
    ['usage.bytes_out("a", "1h") > "5"', 'no such overload'],
    ['usage.bytes_out("a", "1h")', 'has to be true or false'],
  ])('%s is none', (source, message) => {
    const compiled = compileWhen(source);
    expect(compiled.ok ? '' : compiled.message).toContain(message);
  });

  it('tells what it asks for', () => {
    const compiled = compileWhen('usage.bytes_out("a", "1h") > 1 || usage.rows_out("b", "2h") > 1');
    expect(compiled.ok && compiled.when.usage).toEqual([
      { dataset: 'a', window: '1h' },
      { dataset: 'b', window: '2h' },
    ]);
  });
});

describe('a decision', () => {
  const asked: unknown[] = [];
  const knows =
    (bytes: number, rows = 0): UsageOf =>
    (...question) => {
      asked.push(question);
      return { bytes, rows };
    };
  const decide = (effect: Effect, usage: UsageOf | undefined): Effect => {
    const when = 'usage.bytes_out("customer-data", "24h") > 1000 || usage.rows_out("customer-data", "1h") > 5';
    const policy = compilePolicies([aFile([aRule('budget', effect, {}, { when })])], {
      ...DEFAULTS,
      effect: effect === 'allow' ? 'deny' : 'allow',
    });
    const call = aCall();
    const decision = policy.decide(call, aContext(call, { usage }));
    if (decision === 'needs-body') throw new Error('asks for the body');
    return decision.effect;
  };

  it('asks for the usage of the agent', () => {
    expect(decide('hold', knows(1000))).toBe('allow');
    expect(asked).toEqual([
      ['deploy-bot', 'customer-data', 86_400_000],
      ['deploy-bot', 'customer-data', 3_600_000],
    ]);
  });

  it.each<[Effect, UsageOf | undefined, Effect]>([
    ['hold', knows(1001), 'hold'],
    ['hold', knows(0, 6), 'hold'],
    ['deny', knows(1001), 'deny'],
    ['allow', knows(1001), 'allow'],
    ['allow', knows(1000), 'deny'],
    // Where nobody knows, the stricter side is taken.
    ['hold', () => undefined, 'hold'],
    ['deny', undefined, 'deny'],
    ['allow', undefined, 'deny'],
  ])('%s', (effect, usage, expected) => {
    expect(decide(effect, usage)).toBe(expected);
  });
});

describe('lint', () => {
  const findings = (when: string, datasets?: readonly string[]): string[] =>
    lintPolicies([aFile([aRule('budget', 'hold', { when }, { when })])], { ...(datasets && { datasets }) })
      .filter(({ code }) => code === 'unknown-name')
      .map(({ message }) => message);

  it('knows the datasets of the configuration', () => {
    const when = 'usage.bytes_out("customer-dat", "24h") > 5';
    expect(findings(when, ['customer-data', 'db'])).toEqual([
      'rule "budget": the configuration has no dataset or upstream "customer-dat"; did you mean "customer-data"?',
    ]);
    expect(findings(when, ['customer-dat'])).toEqual([]);
    expect(findings(when)).toEqual([]);
    expect(findings('method == "GET"', [])).toEqual([]);
  });
});
