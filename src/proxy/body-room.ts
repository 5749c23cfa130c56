// Room for bodies that are read before anybody knows whose they are, because a signature covers them. INVARIANT: whoever knows no more than
// the id of an access key, which is no secret, cannot fill the memory.
import { SMALL_BODY } from './pass-through.ts';
import type { ProxyLimits } from './proxy-deps.ts';

/** Bodies of the largest size that are read at once. */
const AT_ONCE = 16;

const taken = new WeakMap<ProxyLimits, number>();

/** `length`: what the head announces, undefined for a chunked body. The function gives the room back, however often it is called;
 *  undefined where there is none now. Small bodies need none. */
export function takeRoom(limits: ProxyLimits, length: number | undefined): (() => void) | undefined {
  const { signedBody } = limits;
  const bytes = Math.min(length ?? signedBody, signedBody);
  if (bytes <= SMALL_BODY) return () => undefined;
  const before = taken.get(limits) ?? 0;
  if (before + bytes > AT_ONCE * signedBody) return undefined;
  taken.set(limits, before + bytes);
  let left = bytes;
  return () => {
    taken.set(limits, (taken.get(limits) ?? 0) - left);
    left = 0;
  };
}
