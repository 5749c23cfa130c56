// Keys of Bot Framework, each with the channels that it may speak for (`endorsements`). INVARIANT: an outage never accepts anything: keys that
// were fetched stay in use for a day, then nothing verifies.
// https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication#connector-to-bot
import { type CryptoKey, importJWK, type JWK } from 'jose';
import { z } from 'zod';
import type { Clock } from '../../ports/clock.ts';
import type { HttpClient } from '../../ports/http-client.ts';
import { member, parsed } from './json.ts';

export interface SigningKeys {
  /** A key of this id that is endorsed for Teams; undefined where there is none, or nobody can say. Never rejects. */
  find(keyId: string): Promise<CryptoKey | undefined>;
}

export interface SigningKeysDeps {
  readonly openidUrl: string;
  readonly issuer: string;
  readonly http: HttpClient;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly allowPrivate: boolean;
}

const CHANNEL = 'msteams';
const FRESH = 3_600_000;
const STALE = 86_400_000;
/** ms between two attempts: tokens with invented key ids must not become traffic. */
const COOLDOWN = 30_000;
const TIMEOUT = 5_000;
const MOST_KEYS = 200;

interface Key {
  readonly kty: 'RSA';
  readonly kid: string;
  readonly n: string;
  readonly e: string;
  readonly use?: 'sig' | undefined;
  /** Channels that it may speak for. */
  readonly endorsements?: readonly string[] | undefined;
}

const key: z.ZodType<Key> = z.object({
  kty: z.literal('RSA'),
  kid: z.string().min(1).max(200),
  n: z.string(),
  e: z.string(),
  use: z.literal('sig').optional(),
  endorsements: z.array(z.string()).optional(),
});

export function createSigningKeys({ openidUrl, issuer, http, clock, allowPrivate }: SigningKeysDeps): SigningKeys {
  let keys: readonly Key[] = [];
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let attemptedAt = Number.NEGATIVE_INFINITY;
  let running: Promise<void> | undefined;

  async function json(url: string): Promise<unknown> {
    const headers = { accept: 'application/json' };
    const answer = await http.request({ method: 'GET', url, headers, timeout: TIMEOUT, allowPrivate });
    return answer.ok && answer.status === 200 ? parsed(answer.body) : undefined;
  }

  async function load(): Promise<void> {
    const metadata = await json(openidUrl);
    const uri = member(metadata, 'jwks_uri');
    if (member(metadata, 'issuer') !== issuer || typeof uri !== 'string') return;
    // The keys come from whoever the configuration names, never from elsewhere.
    if (URL.parse(uri)?.origin !== URL.parse(openidUrl)?.origin) return;
    const list = member(await json(uri), 'keys');
    if (!Array.isArray(list)) return;
    keys = list.slice(0, MOST_KEYS).flatMap((each) => key.safeParse(each).data ?? []);
    fetchedAt = clock.monotonic();
  }

  function refresh(): Promise<void> {
    if (running) return running;
    if (clock.monotonic() - attemptedAt < COOLDOWN) return Promise.resolve();
    attemptedAt = clock.monotonic();
    running = load().finally(() => (running = undefined));
    return running;
  }

  const known = (keyId: string): Key | undefined => {
    if (clock.monotonic() - fetchedAt > STALE) return undefined;
    const found = keys.filter(({ kid }) => kid === keyId);
    return found.length === 1 ? found[0] : undefined;
  };

  return {
    async find(keyId) {
      if (clock.monotonic() - fetchedAt > FRESH) await refresh();
      if (!known(keyId)) await refresh();
      const found = known(keyId);
      if (found?.endorsements?.includes(CHANNEL) !== true) return undefined;
      try {
        // Only the numbers: what else stands in it must not decide how it is used.
        const jwk: JWK = { kty: found.kty, n: found.n, e: found.e };
        const imported = await importJWK(jwk, 'RS256');
        return imported instanceof Uint8Array ? undefined : imported;
      } catch {
        return undefined;
      }
    },
  };
}
