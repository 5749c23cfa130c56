// Finding things by any of several keys.

/** In the order of `items`. */
export function groupBy<T>(
  items: readonly T[],
  keys: (item: T) => readonly string[],
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    for (const key of keys(item)) {
      const same = groups.get(key);
      if (same) same.push(item);
      else groups.set(key, [item]);
    }
  }
  return groups;
}
