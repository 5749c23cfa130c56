// A token issuer for tests: own keys, a key set that can change or fail, a clock that stands still.
import { exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose';
import type { Clock } from '../../../src/ports/clock.ts';
import type { FetchJwks } from '../../../src/proxy/auth/jwks-cache.ts';
import type { TokenIssuer } from '../../../src/proxy/auth/jwt-verifier.ts';

const NOW: number = Date.UTC(2026, 0, 15, 12);
export const NOW_S: number = NOW / 1000;
export const ISSUER = 'https://idp.example.com';

export interface TestClock extends Clock {
  advance(ms: number): void;
}

export function testClock(): TestClock {
  let elapsed = 0;
  return {
    now: () => NOW + elapsed,
    monotonic: () => elapsed,
    after: () => () => undefined,
    advance(ms) {
      elapsed += ms;
    },
  };
}

export interface SigningKey {
  readonly alg: string;
  readonly kid: string;
  readonly privateKey: Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];
  readonly jwk: JWK;
}

export async function signingKey(alg: string, kid: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

export const goodClaims: JWTPayload = {
  iss: ISSUER,
  aud: 'holdgate',
  sub: 'deploy-bot',
  iat: NOW_S - 10,
  exp: NOW_S + 300,
  email: 'Owner@Example.com',
};

export function sign(
  key: SigningKey,
  claims: JWTPayload = goodClaims,
  header: Partial<JWTHeaderParameters> = {},
): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'JWT', ...header })
    .sign(key.privateKey);
}

export interface TestKeySet {
  readonly fetchJwks: FetchJwks;
  keys: readonly JWK[];
  down: boolean;
  fetches: number;
}

export function keySet(...keys: readonly JWK[]): TestKeySet {
  const set: TestKeySet = {
    keys,
    down: false,
    fetches: 0,
    fetchJwks: () => {
      set.fetches++;
      return set.down ? Promise.reject(new Error('down')) : Promise.resolve({ keys: set.keys });
    },
  };
  return set;
}

export function issuer(more: Partial<TokenIssuer> = {}): TokenIssuer {
  return {
    issuer: ISSUER,
    audience: 'holdgate',
    algorithms: ['ES256'],
    jwks_uri: `${ISSUER}/jwks`,
    jwks_file: undefined,
    claims: { id: 'sub', owner: 'email', acts_for: undefined, labels: {} },
    owner: undefined,
    ...more,
  };
}
