import { expect, it } from 'vitest';
import { createBodyRoom } from '../../src/proxy/body-room.ts';

const MIB = 1024 * 1024;

it('all keys together have room for sixteen, one for four, and give it back once', () => {
  const room = createBodyRoom(MIB);
  const given = Array.from({ length: 40 }, (_, i) => room.take(`key-${i % 8}`, MIB));
  expect(given.filter(Boolean)).toHaveLength(16);
  expect(room.take('new', MIB)).toBeUndefined();
  given[0]?.();
  given[0]?.();
  expect(room.take('new', MIB)).toBeDefined();
  expect(room.take('new', MIB)).toBeUndefined();
  for (const back of given) back?.();
  expect(Array.from({ length: 9 }, () => room.take('one', MIB)).filter(Boolean)).toHaveLength(4);
});

it('a body of unknown length takes as much as the largest, one that is too large no more, a small one nothing', () => {
  const room = createBodyRoom(MIB);
  for (const length of [undefined, 100 * MIB, undefined, MIB]) expect(room.take('a', length)).toBeDefined();
  expect(room.take('a', undefined)).toBeUndefined();
  for (let i = 0; i < 100; i++) expect(room.take('a', 64 * 1024)).toBeDefined();
});

it('of one listener is none of another one', () => {
  const [one, other] = [createBodyRoom(MIB), createBodyRoom(MIB)];
  while (one.take('a', MIB));
  expect(other.take('a', MIB)).toBeDefined();
});
