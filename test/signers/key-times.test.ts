import { describe, expect, it } from 'vitest';
import { activeKey, hasKeyTimes, keyStates, newKeyTimes } from '../../src/signers/key-times.ts';

const NOW = 1_700_000_000_000;
const seconds = (ms: number): number => ms / 1000;
const named = (name: string, active_from?: number): { name: string; active_from: number | undefined } => ({
  name,
  active_from,
});

describe('the key that is used', () => {
  it('is the newest whose time has come, to the millisecond', () => {
    const keys = [named('new', seconds(NOW + 1000)), named('old')];
    expect(activeKey(keys, NOW + 999)?.name).toBe('old');
    expect(activeKey(keys, NOW + 1000)?.name).toBe('new');
  });

  it('is not one that was replaced before its time came', () => {
    const keys = [named('emergency'), named('planned', seconds(NOW + 1000)), named('old')];
    expect(activeKey(keys, NOW)?.name).toBe('emergency');
    expect(activeKey(keys, NOW + 5000)?.name).toBe('emergency');
    expect(keyStates(keys, () => true, NOW)).toEqual(['active', 'old', 'old']);
  });

  it('is the oldest where the clock was set back before all of them', () => {
    expect(activeKey([named('b', 20), named('a', 10)], 1)?.name).toBe('a');
    expect(activeKey([], 1)).toBeUndefined();
  });

  it('is never one that can only verify', () => {
    const keys = [named('next', seconds(NOW + 1000)), named('retired'), named('old')];
    const usable = (key: { readonly name: string }): boolean => key.name !== 'retired';
    expect(keyStates(keys, usable, NOW)).toEqual(['next', 'old', 'active']);
    expect(keyStates(keys, usable, NOW + 1000)).toEqual(['active', 'old', 'old']);
  });
});

it('is used no earlier than its delay after it was made', () => {
  const { created, active_from } = newKeyTimes(NOW + 1, 600_000);
  expect(created).toBe(seconds(NOW));
  expect((active_from ?? 0) * 1000).toBeGreaterThanOrEqual(NOW + 1 + 600_000);
  expect(newKeyTimes(NOW, 0)).toEqual({ created: seconds(NOW) });
});

it.each([-1, 1.5, '10', null, Number.NaN, 2 ** 53])('refuses %s as a time', (time) => {
  expect(hasKeyTimes({ active_from: time })).toBe(false);
  expect(hasKeyTimes({ created: time })).toBe(false);
  expect(hasKeyTimes({ created: 1, active_from: 2 })).toBe(true);
});
