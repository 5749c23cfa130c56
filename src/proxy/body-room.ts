// Room for bodies that are read before anybody knows whose they are, because a signature covers them. INVARIANT: whoever knows no more than
// the id of an access key, which is no secret, can neither fill the memory nor take the room of other keys.

/** Bytes. A small body is sent in one write with the head, and only once it has arrived whole; it needs no room here. */
export const SMALL_BODY: number = 64 * 1024;

/** Bodies of the largest size that are read at once, and of one key. */
const AT_ONCE = 16;
const OF_ONE_KEY = 4;

export interface BodyRoom {
  /** `length`: what the head announces, undefined for a chunked body. The function gives the room back, however often it is called;
   *  undefined where there is none now. Small bodies need none. */
  take(key: string, length: number | undefined): (() => void) | undefined;
}

/** Of one listener. `largest`: bytes that such a body may have. */
export function createBodyRoom(largest: number): BodyRoom {
  const byKey = new Map<string, number>();
  let total = 0;
  return {
    take(key, length) {
      const bytes = Math.min(length ?? largest, largest);
      if (bytes <= SMALL_BODY) return () => undefined;
      const ofKey = byKey.get(key) ?? 0;
      if (total + bytes > AT_ONCE * largest || ofKey + bytes > OF_ONE_KEY * largest) return undefined;
      total += bytes;
      byKey.set(key, ofKey + bytes);
      let left = bytes;
      return () => {
        total -= left;
        const rest = (byKey.get(key) ?? 0) - left;
        if (rest > 0) byKey.set(key, rest);
        else byKey.delete(key);
        left = 0;
      };
    },
  };
}
