import { expect, it } from 'vitest';
import { createRestartDelay } from '../../../src/cli/serve/restart-delay.ts';

it('replaces a worker at once, then ever later while new ones end too, and at once again after one that lived a minute', () => {
  const delay = createRestartDelay();
  const row = Array.from({ length: 8 }, () => delay.next(59_999));
  expect(row).toEqual([0, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  expect([delay.next(60_000), delay.next(10), delay.next(10)]).toEqual([0, 1000, 2000]);
});

it('counts each worker apart', () => {
  const [one, other] = [createRestartDelay(), createRestartDelay()];
  one.next(1);
  expect([one.next(1), other.next(1)]).toEqual([1000, 0]);
});
