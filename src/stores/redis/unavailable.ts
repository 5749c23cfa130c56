// Turns what the client or the server says into StoreUnavailable with words an operator can act on.
import { StoreUnavailable } from '../../ports/approval-store.ts';
import type { RedisSettings } from '../../core/redis-settings.ts';

/** How the store is named in messages; never with its password. */
export function placeOf({ nodes, kind, master, tls }: RedisSettings): string {
  const list = nodes.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(',');
  const scheme = tls ? 'rediss' : 'redis';
  if (kind === 'single') return `${scheme}://${list}`;
  return kind === 'cluster'
    ? `${scheme} cluster at ${list}`
    : `${scheme} primary "${master ?? ''}" (sentinels ${list})`;
}

const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/^(NOAUTH|WRONGPASS|ERR invalid password|ERR Client sent AUTH)/, 'it did not accept the credentials in `store`'],
  [/^NOPERM/, 'its user may not do what Holdgate needs (docs/operating.md lists the permissions)'],
  [/^OOM/, 'its memory is full (`maxmemory`); nothing of this step was written'],
  [/^MISCONF/, 'it cannot write to its disk and refuses writes'],
  [/^READONLY/, 'it is a replica: `store` has to lead to the primary'],
  [/^LOADING/, 'it is loading its data'],
  [/^(CLUSTERDOWN|MOVED|ASK|TRYAGAIN)/, 'the cluster does not serve our keys now'],
  [/Command timed out/, 'it did not answer in time'],
  [/enableOfflineQueue|Connection is closed|ECONNREFUSED|max retries per request/i, 'it cannot be reached'],
];

/** StoreUnavailable for whatever a command failed with. The library's message never holds the password. */
export function unavailable(where: string, error: unknown): StoreUnavailable {
  if (error instanceof StoreUnavailable) return error;
  const message = error instanceof Error ? error.message : String(error);
  const advice = ADVICE.find(([pattern]) => pattern.test(message))?.[1];
  return new StoreUnavailable(`${where}: ${advice ? `${advice} (${message})` : message}`, { cause: error });
}
