// Whatever a glob matches is found under it, however many lengths share a place.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compileGlob, type Glob } from '../../../src/core/policy/globs.ts';
import { createTextIndex, type TextIndex, textKey } from '../../../src/core/policy/text-index.ts';

function glob(pattern: string): Glob {
  const compiled = compileGlob('text', pattern);
  if (!compiled.ok) throw new Error(compiled.message);
  return compiled.glob;
}

function index(globs: readonly Glob[]): TextIndex<readonly number[]> {
  const entries = globs.flatMap((each, item) => {
    const key = textKey(each);
    return key ? [{ keys: [key], item }] : [];
  });
  return createTextIndex(entries, (items) => items);
}

const text = fc.array(fc.constantFrom('a', 'b', ':'), { maxLength: 12 }).map((parts) => parts.join(''));
const pattern = fc
  .array(fc.constantFrom('a', 'b', ':', 'ab', '*', '?'), { minLength: 1, maxLength: 9 })
  .map((parts) => parts.join(''));
const patterns = fc.array(pattern, { minLength: 1, maxLength: 30 }).map((list) => list.map(glob));

it('finds every glob that matches a text', () => {
  let matched = 0;
  fc.assert(
    fc.property(patterns, fc.array(text, { minLength: 1, maxLength: 5 }), (globs, texts) => {
      const { whole, open } = index(globs);
      // Twice: what is remembered is the same.
      for (const each of [...texts, ...texts]) {
        const exact = whole.get(each);
        const found = new Set([...(exact ? [exact] : []), ...(open?.(each) ?? [])].flat());
        for (const [item, one] of globs.entries()) {
          if (!textKey(one) || !one.test(each)) continue;
          matched++;
          expect([one.pattern, each, found.has(item)]).toEqual([one.pattern, each, true]);
        }
      }
    }),
    { numRuns: 2000 },
  );
  expect(matched).toBeGreaterThan(500);
});

it('finds every glob that matches some text that begins so', () => {
  fc.assert(
    fc.property(patterns, text, text, (globs, beginning, end) => {
      const found = new Set(index(globs).findBeginning(beginning).flat());
      for (const [item, one] of globs.entries()) {
        if (textKey(one) && one.test(`${beginning}${end}`)) expect(found.has(item)).toBe(true);
      }
    }),
    { numRuns: 2000 },
  );
});

it.each([
  ['aws:iam:GetRole', { kind: 'whole', text: 'aws:iam:GetRole' }],
  ['aws:iam:Get*', { kind: 'prefix', text: 'aws:iam:Get' }],
  ['k8s:*:apps/deployments', { kind: 'suffix', text: ':apps/deployments' }],
  ['aws:iam:*Policy', { kind: 'prefix', text: 'aws:iam:' }],
  ['*', undefined],
])('files %s where it is found soonest', (source, expected) => {
  expect(textKey(glob(source))).toEqual(expected);
});
