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

/** The last pattern of Redis 6.2, which puts what a script ran into behind words of its own. */
const SAID = (word: string): RegExp => new RegExp(`^(${word})|^ERR Error running script.* -(${word})`);

const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/^(NOAUTH|WRONGPASS|ERR invalid password|ERR Client sent AUTH)/, 'it did not accept the credentials in `store`'],
  [SAID('NOPERM'), 'its user may not do what Holdgate needs (docs/operating.md lists the permissions)'],
  [SAID('OOM'), 'its memory is full (`maxmemory`); nothing of this step was written'],
  [SAID('MISCONF'), 'it cannot write to its disk and refuses writes'],
  [SAID('READONLY'), 'it is a replica: `store` has to lead to the primary'],
  [SAID('WRONGTYPE'), 'a key below `store.prefix` is not of the kind that Holdgate writes: somebody else wrote it'],
  [/^LOADING/, 'it is loading its data'],
  [/^(CLUSTERDOWN|MOVED|ASK|TRYAGAIN)/, 'the cluster does not serve our keys now'],
  [/^ERR (DB index|SELECT)/, 'it has no database of this number'],
  [/cluster support disabled/, 'it is not a node of a cluster: leave out `store.cluster`'],
  [
    /unknown command .sentinel/i,
    'it is not a sentinel: name the sentinels in `store.url`, or leave out `store.sentinel`',
  ],
  [/^(Protocol error|Unknown RESP type)/, 'it is not Redis, or it speaks TLS (`rediss://`)'],
  [
    /certificate|self-signed|altnames/i,
    'its certificate is not trusted: `store.ca` names the authority that signed it',
  ],
  [/ENOTFOUND|EAI_AGAIN/, 'its name cannot be resolved'],
  [/Command timed out|^no answer/, 'it did not answer in time'],
  [
    /enableOfflineQueue|Connection is closed|ECONNREFUSED|ECONNRESET|ETIMEDOUT|max retries per request/i,
    'it cannot be reached',
  ],
];

/** What a cluster's client says in general, its node said in particular. */
const particular = (error: Error): Error =>
  'lastNodeError' in error && error.lastNodeError instanceof Error ? error.lastNodeError : error;

/** StoreUnavailable for whatever a command failed with. Never with what was sent: that may have been the password. */
export function unavailable(where: string, error: unknown): StoreUnavailable {
  if (error instanceof StoreUnavailable) return error;
  const message = error instanceof Error ? particular(error).message : String(error);
  const advice = ADVICE.find(([pattern]) => pattern.test(message))?.[1];
  return new StoreUnavailable(`${where}: ${advice ? `${advice} (${message})` : message}`);
}

/** True of what somebody put in the place of a key of ours. */
export const isOfAnotherKind = (error: unknown): boolean =>
  error instanceof StoreUnavailable && /\((WRONGTYPE|ERR Error running script.* -WRONGTYPE)/.test(error.message);
