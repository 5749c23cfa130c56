import { expect, it } from 'vitest';
import { retryAfter } from '../../src/channels/retry-after.ts';

const NOW = Date.parse('2026-01-02T03:04:05Z');

it.each([
  ['90', 90_000],
  ['0', 0],
  ['Fri, 02 Jan 2026 03:05:05 GMT', 60_000],
  ['Fri, 02 Jan 2026 03:00:00 GMT', 0],
  [undefined, undefined],
  ['', undefined],
  ['soon', undefined],
  ['12345678901234567890', undefined],
])('"%s" is %s ms', (value, ms) => {
  expect(retryAfter(value, NOW)).toBe(ms);
});
