import { describe, expect, it, test } from 'vitest';
import type { TimeWindow } from '../../../src/core/policy/ast.ts';
import { createOffHours } from '../../../src/core/risk/off-hours.ts';

const OFFICE: TimeWindow = { days: [1, 2, 3, 4, 5], from: 8 * 60, to: 18 * 60, zone: 'Europe/Berlin' };
const at = (time: string): number => Date.parse(time);

test('without working hours every time is as good as another', () => {
  expect(createOffHours([])(at('2026-11-22T03:00:00Z'))).toBeUndefined();
});

describe('outside of all working hours', () => {
  const ON_CALL: TimeWindow = { days: [6, 7], from: 22 * 60, to: 2 * 60, zone: 'UTC' };
  const offHours = createOffHours([OFFICE, ON_CALL]);
  it.each([
    ['the last minute of Friday', '2026-11-20T16:59:59Z', false],
    ['one later', '2026-11-20T17:00:00Z', true],
    ['Saturday at noon', '2026-11-21T12:00:00Z', true],
    ['Saturday night', '2026-11-21T22:00:00Z', false],
    ['the rest of that night', '2026-11-22T01:59:00Z', false],
    ['Monday before eight, in their zone', '2026-11-23T06:59:59Z', true],
    ['Monday at eight', '2026-11-23T07:00:00Z', false],
    ['the same clock in summer', '2026-07-13T06:00:00Z', false],
  ])('%s', (_name, time, off) => expect(offHours(at(time)) !== undefined).toBe(off));
});

test.each<[TimeWindow[], string]>([
  [[OFFICE], 'mon–fri 08:00–18:00 Europe/Berlin'],
  [[{ ...OFFICE, days: [1, 2, 4] }], 'mon, tue, thu 08:00–18:00 Europe/Berlin'],
  [[{ ...OFFICE, days: [1, 2, 3, 4, 5, 6, 7] }], '08:00–18:00 Europe/Berlin'],
  [[{ days: [6, 7], from: 0, to: 1440, zone: 'UTC' }], 'sat, sun UTC'],
  [[OFFICE, { days: [6], from: 600, to: 1440, zone: 'UTC' }], 'mon–fri 08:00–18:00 Europe/Berlin; sat 10:00–24:00 UTC'],
])('what is shown is the working hours, the same at every moment: %j', (hours, words) => {
  const offHours = createOffHours(hours);
  expect(offHours(at('2026-11-25T03:00:00Z'))).toBe(words);
  expect(offHours(at('2026-11-25T05:59:00Z'))).toBe(words);
});
