// How long something took, over many: quantiles by the nearest rank, and the share that was very quick.

/** Whoever decides within this has hardly read it, ms. */
export const QUICK = 5_000;

/** `q` from 0 to 1, of values in ascending order; null for none. */
export function quantile(ascending: readonly number[], q: number): number | null {
  return ascending[Math.max(0, Math.ceil(q * ascending.length) - 1)] ?? null;
}

/** Rounded to four digits; null of nothing. */
export function share(part: number, whole: number): number | null {
  return whole === 0 ? null : Math.round((part / whole) * 10_000) / 10_000;
}

export const quick = (times: readonly number[]): number => times.filter((ms) => ms <= QUICK).length;
