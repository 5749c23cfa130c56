import { expect, test } from 'vitest';
import { claimAt } from '../../src/core/claim-at.ts';

test.each([
  ['a name', 'sub', 'x'],
  ['a dotted path', 'act.sub', 'y'],
  ['a name with dots before the path', 'example.com/team', 'z'],
  ['a pointer', '/kubernetes.io/pod/name', 'p'],
  ['an escaped pointer', '/https:~1~1e.com~1role', 'r'],
  ['an absent claim', 'nope', undefined],
  ['an absent step', 'act.nope.sub', undefined],
  ['a step into a text', 'sub.length', undefined],
  ['a step into a list', 'list.0', undefined],
  ['what every object inherits', 'constructor.name', undefined],
])('%s finds its claim', (_name, path, expected) => {
  const claims = {
    sub: 'x',
    act: { sub: 'y' },
    'example.com/team': 'z',
    'kubernetes.io': { pod: { name: 'p' } },
    'https://e.com/role': 'r',
    list: ['l'],
  };
  expect(claimAt(claims, path)).toBe(expected);
});
