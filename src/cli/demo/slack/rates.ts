// How often methods may be called at the local Slack, as at the real one: https://docs.slack.dev/apis/web-api/rate-limits
import type { Clock } from '../../../ports/clock.ts';

const MINUTE = 60_000;
/** Calls a minute: tier 2 and tier 4. */
const LIMITS: Readonly<Record<string, number>> = { 'usergroups.users.list': 20, 'users.info': 100 };

/** Counts a call; seconds to wait where it is one too many. */
export type Rates = (method: string) => number | undefined;

export function createRates(clock: Pick<Clock, 'now'>): Rates {
  const calls = new Map<string, readonly number[]>();
  return (method) => {
    const limit = LIMITS[method];
    if (limit === undefined) return undefined;
    const now = clock.now();
    const recent = (calls.get(method) ?? []).filter((at) => at > now - MINUTE);
    const [oldest = now] = recent;
    if (recent.length >= limit) return Math.ceil((oldest + MINUTE - now) / 1000);
    calls.set(method, [...recent, now]);
    return undefined;
  };
}
