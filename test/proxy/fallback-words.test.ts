// What a refused WebSocket was told, for the protocol that the client tries next.
import { expect, it } from 'vitest';
import { createFallbackWords, type FallbackWords, type Said } from '../../src/proxy/fallback-words.ts';

const said = (detail: string): Said => ({ type: 'denied-by-person', refusal: { detail } });

let now = 0;
const words = (): FallbackWords => createFallbackWords({ monotonic: () => now });

it('are remembered for one wish, the last of them, and not for long', () => {
  const known = words();
  known.remember('a', said('one'));
  known.remember('a', said('two'));
  expect(known.of('a')).toEqual(said('two'));
  expect(known.of('b')).toBeUndefined();
  now += 10_000;
  expect(known.of('a')).toBeUndefined();
});

it('of the oldest go first', () => {
  const known = words();
  for (let i = 0; i <= 1000; i++) known.remember(`wish ${i}`, said(String(i)));
  expect(known.of('wish 0')).toBeUndefined();
  expect(known.of('wish 1')).toEqual(said('1'));
});
