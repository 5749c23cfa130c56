import { expect, test } from 'vitest';
import { createCredentialIndex } from '../../src/core/credential-index.ts';
import { sha256 } from '../../src/core/sha256.ts';

const first = `hg_${'a'.repeat(43)}`;
const second = `hg_${'b'.repeat(43)}`;
const index = createCredentialIndex([
  { hash: sha256(first), value: 'first' },
  { hash: sha256(second), value: 'second' },
]);

test('a credential finds the principal whose hash is stored', () => {
  expect(index.lookup(first)).toBe('first');
  expect(index.lookup(second)).toBe('second');
});

test.each([
  ['unknown', `hg_${'c'.repeat(43)}`],
  ['a prefix of a known one', first.slice(0, -1)],
  ['a known one with a tail', `${first}a`],
  ['another case', first.toUpperCase()],
  ['the stored hash itself', sha256(first)],
  ['the stored hash with the prefix', `hg_${sha256(first)}`],
  ['empty', ''],
  ['only the prefix', 'hg_'],
  ['surrounding blanks', ` ${first}`],
  ['a line feed at the end', `${first}\n`],
  ['longer than any credential', `hg_${'a'.repeat(4096)}`],
])('%s finds nobody', (_name, credential) => {
  expect(index.lookup(credential)).toBeUndefined();
});

test('a malformed credential finds nobody even where its hash is stored', () => {
  const weak = createCredentialIndex([{ hash: sha256('hg_short'), value: 'weak' }]);
  expect(weak.lookup('hg_short')).toBeUndefined();
});

test('two principals with one credential are refused', () => {
  const entry = { hash: sha256(first), value: 'first' };
  expect(() => createCredentialIndex([entry, { ...entry, value: 'second' }])).toThrow('share one credential');
});
