// The public keys of one issuer: fetched on first use, refreshed when old or when a token names a key that we do not know.
// INVARIANT: an outage never accepts anything: keys that were fetched stay in use for a while, then nothing verifies.
import { readFile } from 'node:fs/promises';
import { createLocalJWKSet, errors, type CryptoKey, type JWTVerifyGetKey } from 'jose';
import type { Clock } from '../../ports/clock.ts';

/** Gets the JSON of a JWK set; rejects on everything but a 200 with JSON. */
export type FetchJwks = (uri: string, signal: AbortSignal) => Promise<unknown>;

export interface JwksSource {
  readonly jwks_uri: string | undefined;
  /** A file instead; read again like a URI. */
  readonly jwks_file: string | undefined;
}

export interface JwksCache {
  /** jose's key lookup. Rejects with JwksUnavailable where there are no keys to look in, with jose's errors otherwise. */
  readonly getKey: JWTVerifyGetKey;
}

/** No keys: the issuer cannot be reached, and what was fetched before is absent or too old. */
export class JwksUnavailable extends Error {}

const FRESH_MS = 10 * 60_000;
const STALE_MS = 24 * 3_600_000;
/** Between two attempts, successful or not: tokens with invented key ids must not become traffic to the issuer. */
const COOLDOWN_MS = 30_000;
const TIMEOUT_MS = 5_000;
const MAX_BYTES = 512 * 1024;

type LocalSet = ReturnType<typeof createLocalJWKSet>;

/** The key set of one issuer. Concurrent lookups share one fetch. */
export function createJwksCache(source: JwksSource, clock: Clock, fetchJwks: FetchJwks = fetchJwksByHttp): JwksCache {
  let keys: LocalSet | undefined;
  let fetchedAt = 0;
  let attemptedAt = Number.NEGATIVE_INFINITY;
  let running: Promise<void> | undefined;

  async function load(): Promise<void> {
    const cut = new AbortController();
    const cancel = clock.after(TIMEOUT_MS, () => cut.abort());
    try {
      const json =
        source.jwks_file === undefined
          ? await fetchJwks(source.jwks_uri ?? '', cut.signal)
          : (JSON.parse(await readFile(source.jwks_file, { encoding: 'utf8', signal: cut.signal })) as unknown);
      // Throws on anything that is not a JWK set; the keys that we have stay.
      keys = createLocalJWKSet(json as Parameters<typeof createLocalJWKSet>[0]);
      fetchedAt = clock.monotonic();
    } catch {
      // Whether that refuses anything depends on the keys that are left; `lookUp` decides.
    } finally {
      cancel();
    }
  }

  function refresh(): Promise<void> {
    if (running) return running;
    if (clock.monotonic() - attemptedAt < COOLDOWN_MS) return Promise.resolve();
    attemptedAt = clock.monotonic();
    running = load().finally(() => {
      running = undefined;
    });
    return running;
  }

  async function lookUp(...[header, token]: Parameters<LocalSet>): Promise<CryptoKey> {
    if (!keys || clock.monotonic() - fetchedAt > STALE_MS) throw new JwksUnavailable('no keys of the issuer');
    return keys(header, token);
  }

  return {
    async getKey(header, token) {
      if (!keys || clock.monotonic() - fetchedAt > FRESH_MS) await refresh();
      try {
        return await lookUp(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
        await refresh();
        return lookUp(header, token);
      }
    },
  };
}

/** GET without redirects, bounded in size; the time limit is the signal's. */
async function fetchJwksByHttp(uri: string, signal: AbortSignal): Promise<unknown> {
  const response = await fetch(uri, { signal, redirect: 'error', headers: { accept: 'application/json' } });
  if (response.status !== 200 || !response.body) throw new Error(`status ${response.status}`);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new Error('the key set is too large');
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
}
