import { expect, it } from 'vitest';
import { shownHeaderValue } from '../../src/core/credential-headers.ts';

it.each(['Authorization', 'cookie', 'X-Api-Key', 'X-Amz-Security-Token'])(
  'shows %s by length and hash only',
  (name) => {
    const shown = shownHeaderValue(name, 'Bearer sk-secret');
    expect(shown).toMatch(/^\[credential, 16 characters, sha256 [0-9a-f]{12}…\]$/);
    expect(shownHeaderValue(name, 'Bearer sk-other!')).not.toBe(shown);
  },
);

it('shows every other header as it is', () => {
  expect(shownHeaderValue('Content-Type', 'text/plain')).toBe('text/plain');
});
