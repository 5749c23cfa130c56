import { expect, it } from 'vitest';
import { createPassingClock } from './passing-clock.ts';

it('calls back what is due, in passing and by itself, once, and not what was cancelled', async () => {
  const clock = createPassingClock();
  const called: string[] = [];
  const [wall, begun] = [clock.now(), clock.monotonic()];
  clock.after(600_000, () => void called.push('late'));
  clock.after(3_000, () => {
    called.push('early');
    clock.after(3_000, () => void called.push('next'));
  });
  clock.after(2_000, () => void called.push('never'))();
  await new Promise<void>((resolve) => void clock.after(0, resolve));
  await clock.pass(2_000);
  expect(called).toEqual([]);
  await clock.pass(2_000);
  expect(called).toEqual(['early']);
  await clock.pass(10_000, 500);
  expect(called).toEqual(['early', 'next']);
  expect(clock.monotonic() - begun).toBeGreaterThanOrEqual(14_000);
  expect(Math.abs(clock.now() - wall - (clock.monotonic() - begun))).toBeLessThan(50);
  await clock.pass(600_000, 60_000);
  expect(called).toEqual(['early', 'next', 'late']);
});
