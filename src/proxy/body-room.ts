// Room for bodies that are read before anybody knows whose they are, because a signature covers them. INVARIANT: whoever knows no more than
// the id of an access key, which is no secret, can neither fill the memory nor take the room of other keys.
import { SMALL_BODY } from './pass-through.ts';
import type { ProxyLimits } from './proxy-deps.ts';

/** Bodies of the largest size that are read at once, and of one key. */
const AT_ONCE = 16;
const OF_ONE_KEY = 4;

interface Taken {
  total: number;
  readonly byKey: Map<string, number>;
}

const rooms = new WeakMap<ProxyLimits, Taken>();

/** `length`: what the head announces, undefined for a chunked body. The function gives the room back, however often it is called;
 *  undefined where there is none now. Small bodies need none. */
export function takeRoom(limits: ProxyLimits, key: string, length: number | undefined): (() => void) | undefined {
  const { signedBody } = limits;
  const bytes = Math.min(length ?? signedBody, signedBody);
  if (bytes <= SMALL_BODY) return () => undefined;
  let taken = rooms.get(limits);
  if (!taken) rooms.set(limits, (taken = { total: 0, byKey: new Map() }));
  const { byKey } = taken;
  const ofKey = byKey.get(key) ?? 0;
  if (taken.total + bytes > AT_ONCE * signedBody || ofKey + bytes > OF_ONE_KEY * signedBody) return undefined;
  taken.total += bytes;
  byKey.set(key, ofKey + bytes);
  const room = taken;
  let left = bytes;
  return () => {
    room.total -= left;
    const rest = (byKey.get(key) ?? 0) - left;
    if (rest > 0) byKey.set(key, rest);
    else byKey.delete(key);
    left = 0;
  };
}
