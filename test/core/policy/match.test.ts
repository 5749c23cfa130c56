import { describe, expect, it } from 'vitest';
import { compileWhen } from '../../../src/core/policy/when.ts';

function refused(source: string): string {
  const result = compileWhen(source);
  return result.ok ? 'accepted' : result.message;
}

describe('a condition is refused when the policy is read', () => {
  it.each([
    ['agnt.id == "x"', 'did you mean "agent"?'],
    ['agent.lables.env == "ci"', 'No such key: lables'],
    ['agent.id', 'has to be true or false'],
    ['1 +', 'Unexpected token'],
    ['path.matches("(a)\\\\1")', 'RE2'],
    ['path.matches(host)', 'string literal'],
    ['path.matches_in_linear_time("a")', 'unknown function'],
    ['body.a.exists(x, body.b.exists(y, body.c.exists(z, z == x)))', 'nested deeper'],
    ['cel.bind(x, body, x == body)', 'not available'],
    [`${'!'.repeat(5000)}true`, 'longer than'],
    [`${'('.repeat(100)}true${')'.repeat(100)}`, 'maxDepth'],
  ])('%.60s', (source, message) => {
    expect(refused(source)).toContain(message);
  });
});

describe('matches()', () => {
  const evaluate = (source: string, path: string): unknown => {
    const result = compileWhen(source);
    return result.ok ? result.when.evaluate({ path }) : result.message;
  };
  it('finds a pattern anywhere, inside loops and combinations too', () => {
    expect(evaluate('path.matches("ad.in")', '/x/admin')).toBe(true);
    expect(evaluate('!path.matches("^admin") && [path].exists(p, p.matches("admin$"))', '/x/admin')).toBe(true);
  });
  it('takes no longer on patterns that make backtracking explode', () => {
    const start = performance.now();
    expect(evaluate('path.matches("^(a+)+$")', `${'a'.repeat(5000)}!`)).toBe(false);
    expect(evaluate('path.matches("(x+x+)+y")', 'x'.repeat(5000))).toBe(false);
    expect(performance.now() - start).toBeLessThan(2000);
  });
  it('stops with an error where an agent sends more text than the budget', () => {
    expect(evaluate('path.matches("a")', 'b'.repeat(300_000))).toBe('error');
    expect(evaluate('path.matches("a")', 'ba')).toBe(true);
  });
});

it('says which facts a condition reads, but not its own loop variables', () => {
  const result = compileWhen('agent.acts_for.exists(path, path == "x") && method == "GET"');
  expect(result.ok && [...result.when.uses].toSorted()).toEqual(['agent', 'method']);
});
