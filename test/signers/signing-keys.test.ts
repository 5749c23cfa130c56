import { expect, it } from 'vitest';
import { newSigningKey } from '../../src/signers/signing-keys.ts';

it('a key can be named to a command, which takes for an option what begins with a hyphen', async () => {
  const times = { created: 0, active_from: 0 };
  const keys = await Promise.all(Array.from({ length: 500 }, () => newSigningKey(times)));
  expect(keys.filter(({ kid }) => kid.startsWith('-'))).toEqual([]);
});
