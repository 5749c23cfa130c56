// Which key of a set is used at a moment. A key that is added by a rotation is known to every replica before any of them uses
// it: `active_from` is when it may be used first. The clock decides, at each use.

/** Epoch seconds, as they stand in the key files. */
export interface KeyTimes {
  readonly created?: number | undefined;
  /** Absent: from the beginning. */
  readonly active_from?: number | undefined;
}

const isSeconds = (value: unknown): boolean =>
  value === undefined || (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0);

/** False where one of the times is something else than whole seconds. */
export function hasKeyTimes(value: object): value is KeyTimes {
  const { created, active_from: from } = value as Record<string, unknown>;
  return isSeconds(created) && isSeconds(from);
}

/** The times of a key made at `now` (epoch ms), to be used after `delay` ms. */
export function newKeyTimes(now: number, delay: number): KeyTimes {
  const created = Math.floor(now / 1000);
  // Rounded up: never before the delay is over.
  return delay === 0 ? { created } : { created, active_from: Math.ceil((now + delay) / 1000) };
}

/**
 * The newest of `keys` (newest first) whose time has come at `now`, epoch ms. Where the clock says that none has (it was set
 * back), the oldest: every replica knows it the longest. Undefined only without keys.
 */
export function activeKey<Key extends KeyTimes>(keys: readonly Key[], now: number): Key | undefined {
  return keys.find(({ active_from: from = 0 }) => from * 1000 <= now) ?? keys.at(-1);
}

/** `next`: will be used; `old`: only for what was made with it. */
export type KeyState = 'active' | 'next' | 'old';

/** The state of each of `keys`, newest first; those that are not `usable` any more are old. */
export function keyStates<Key extends KeyTimes>(
  keys: readonly Key[],
  usable: (key: Key) => boolean,
  now: number,
): readonly KeyState[] {
  const active = activeKey(keys.filter(usable), now);
  const place = active === undefined ? -1 : keys.indexOf(active);
  return keys.map((key, index) => {
    if (index === place) return 'active';
    return index < place && usable(key) ? 'next' : 'old';
  });
}
