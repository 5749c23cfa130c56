// Two globs meet exactly where some text matches both.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { globsMeet } from '../../../src/core/policy/glob-meet.ts';
import { compileGlob, type Glob } from '../../../src/core/policy/globs.ts';

function glob(pattern: string): Glob {
  const compiled = compileGlob('text', pattern);
  if (!compiled.ok) throw new Error(compiled.message);
  return compiled.glob;
}

/** Every text of up to `length` letters a and b. */
function texts(length: number): string[] {
  return length === 0
    ? ['']
    : texts(length - 1).flatMap((text) => (text.length === length - 1 ? [text, `${text}a`, `${text}b`] : [text]));
}

it.each([
  ['a*', '*b', true],
  ['a*b', 'a*c', false],
  ['sql:delete:*', 'sql:delete:public.users', true],
  ['sql:delete:*', 'sql:*:public.*', true],
  ['sql:delete:*', 'sql:drop:*', false],
  ['k8s:get:*.*/*', 'k8s:get:apps/deploymnts', false],
  ['k8s:get:*.*/*', 'k8s:*:argoproj.io/*', true],
  ['mcp:*:tools/call:*', 'mcp:crm:tools/call:delete_?ser', true],
  ['*', '', true],
  ['?', '', false],
  ['?*', '*?', true],
  ['??', '?', false],
])('%s and %s: %s', (a, b, expected) => {
  expect(globsMeet(glob(a), glob(b))).toBe(expected);
  expect(globsMeet(glob(b), glob(a))).toBe(expected);
});

it('agrees with trying every short text', () => {
  const all = texts(8);
  const pattern = fc.array(fc.constantFrom('a', 'b', '*', '?'), { maxLength: 4 }).map((parts) => parts.join(''));
  let met = 0;
  fc.assert(
    fc.property(pattern, pattern, (a, b) => {
      const [left, right] = [glob(a), glob(b)];
      const expected = all.some((text) => left.test(text) && right.test(text));
      if (expected) met++;
      return globsMeet(left, right) === expected;
    }),
    { numRuns: 2000 },
  );
  expect(met).toBeGreaterThan(200);
  expect(met).toBeLessThan(1900);
});
