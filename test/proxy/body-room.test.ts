import { expect, it } from 'vitest';
import { takeRoom } from '../../src/proxy/body-room.ts';
import type { ProxyLimits } from '../../src/proxy/proxy-deps.ts';

const MIB = 1024 * 1024;
const limits = (): ProxyLimits => ({ signedBody: MIB }) as ProxyLimits;

it('all keys together have room for sixteen, one for four, and give it back once', () => {
  const ours = limits();
  const given = Array.from({ length: 40 }, (_, i) => takeRoom(ours, `key-${i % 8}`, MIB));
  expect(given.filter(Boolean)).toHaveLength(16);
  expect(takeRoom(ours, 'new', MIB)).toBeUndefined();
  given[0]?.();
  given[0]?.();
  expect(takeRoom(ours, 'new', MIB)).toBeDefined();
  expect(takeRoom(ours, 'new', MIB)).toBeUndefined();
  for (const back of given) back?.();
  expect(Array.from({ length: 9 }, () => takeRoom(ours, 'one', MIB)).filter(Boolean)).toHaveLength(4);
});

it('a body of unknown length takes as much as the largest, one that is too large no more, a small one nothing', () => {
  const ours = limits();
  for (const length of [undefined, 100 * MIB, undefined, MIB]) expect(takeRoom(ours, 'a', length)).toBeDefined();
  expect(takeRoom(ours, 'a', undefined)).toBeUndefined();
  for (let i = 0; i < 100; i++) expect(takeRoom(ours, 'a', 64 * 1024)).toBeDefined();
});
