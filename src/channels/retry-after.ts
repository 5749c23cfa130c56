// When another side wants to be asked again (RFC 9110 §10.2.3: seconds or a date).

/** ms from `now` (epoch ms); undefined where it does not say. */
export function retryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
