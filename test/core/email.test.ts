import { expect, test } from 'vitest';
import { isEmail } from '../../src/core/email.ts';

test.each(['a@example.com', 'first.last+tag@sub.example.co', "o'neil@example.com", 'a@localhost', 'A_B@Example.COM'])(
  '%s is an address',
  (text) => {
    expect(isEmail(text)).toBe(true);
  },
);

test.each([
  'a',
  '@example.com',
  'a@',
  'a@@b.test',
  'a@b@c.test',
  'a b@c.test',
  ' a@b.test',
  'a@b.test ',
  'a@b.test\n',
  '"a"@b.test',
  'a@[127.0.0.1]',
  'a..b@c.test',
  '.a@b.test',
  'a.@b.test',
  'a@b..test',
  'a@.test',
  'é@b.test',
  'a\u200b@b.test',
  'a,b@c.test',
  'Name <a@b.test>',
  `${'a'.repeat(65)}@b.test`,
  `a@${'b.'.repeat(130)}test`,
])('%j is none', (text) => {
  expect(isEmail(text)).toBe(false);
});
