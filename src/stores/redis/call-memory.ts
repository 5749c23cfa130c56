// Which calls somebody opened an approval for lately, as the stream of changes said. It only saves a round trip to the guess that
// a call is new: the store decides, atomically.

export interface CallMemory {
  opened(key: string): void;
  /** True if there may be an approval for this call. */
  knows(key: string): boolean;
}

/** Calls that are remembered; the oldest go first. */
const MOST = 20_000;

export function createCallMemory(): CallMemory {
  const known = new Set<string>();
  return {
    opened(key) {
      known.delete(key);
      known.add(key);
      if (known.size <= MOST) return;
      for (const oldest of known) {
        known.delete(oldest);
        break;
      }
    },
    knows: (key) => known.has(key),
  };
}
