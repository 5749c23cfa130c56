// What holds for the token of any issuer, whoever it is for: signature, issuer, audience, type and times. INVARIANT: issuer, audience and
// algorithm come from the configuration, never from the token; every failure is a refusal.
import { errors, type JWTPayload, jwtVerify } from 'jose';
import type { Clock } from '../../ports/clock.ts';
import { looksLikeJwt } from './credential-sources.ts';
import { createJwksCache, type FetchJwks, JwksUnavailable } from './jwks-cache.ts';

/** What checking needs to know of an issuer. */
export interface CheckedIssuer {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: readonly string[];
  readonly jwks_uri: string | undefined;
  readonly jwks_file: string | undefined;
}

export type TokenRefusal = 'expired' | 'token-refused' | 'issuer-unavailable';

export type TokenCheck<Issuer> =
  | { readonly ok: true; readonly issuer: Issuer; readonly claims: JWTPayload }
  | { readonly ok: false; readonly why: TokenRefusal };

export interface TokenChecker<Issuer> {
  /** The `iss` of the token where it is one of ours, without verifying anything: it only says who will judge the token. */
  issuerOf(token: string): string | undefined;
  /** Never rejects. */
  check(token: string): Promise<TokenCheck<Issuer>>;
}

const SKEW_S = 60;
const MAX_LIFETIME_S = 24 * 3600;
/** RFC 9068 access tokens and plain JWTs; a token made for something else (`dpop+jwt`, `logout+jwt`) authenticates nobody. */
const TYPES: ReadonlySet<string> = new Set(['jwt', 'at+jwt', 'application/jwt', 'application/at+jwt']);
/** Keys come from the issuer's set alone; a token that brings or points to its own, or asks for extensions, is an attack. */
const FOREIGN_KEY_HEADERS = ['jku', 'jwk', 'x5u', 'x5c', 'crit', 'b64'] as const;

/** One checker for all configured issuers; each keeps its own keys. `fetchFor`: how an issuer's keys are got, if not plainly. */
export function createTokenChecker<Issuer extends CheckedIssuer>(
  issuers: readonly Issuer[],
  clock: Clock,
  fetchFor: (issuer: Issuer) => FetchJwks | undefined,
): TokenChecker<Issuer> {
  const byName = new Map(
    issuers.map((each) => [each.issuer, { terms: each, keys: createJwksCache(each, clock, fetchFor(each)) }]),
  );

  function issuerOf(token: string): string | undefined {
    if (byName.size === 0) return undefined;
    const issuer = unverifiedPayload(token)?.['iss'];
    return typeof issuer === 'string' && byName.has(issuer) ? issuer : undefined;
  }

  async function verified(token: string): Promise<TokenCheck<Issuer>> {
    const issuer = byName.get(issuerOf(token) ?? '');
    // jose takes padded base64 too; one token, one spelling.
    if (!issuer || !looksLikeJwt(token)) return { ok: false, why: 'token-refused' };
    const { terms, keys } = issuer;
    const now = clock.now();
    const { payload, protectedHeader } = await jwtVerify(
      token,
      (header, jws) => {
        if (FOREIGN_KEY_HEADERS.some((name) => name in header)) throw new errors.JWSInvalid('foreign key header');
        return keys.getKey(header, jws);
      },
      {
        issuer: terms.issuer,
        audience: terms.audience,
        algorithms: [...terms.algorithms],
        clockTolerance: SKEW_S,
        currentDate: new Date(now),
        requiredClaims: ['exp'],
      },
    );
    const { typ } = protectedHeader;
    const typed = typ === undefined || (typeof typ === 'string' && TYPES.has(typ.toLowerCase()));
    if (!typed || !livesShort(payload, Math.floor(now / 1000))) return { ok: false, why: 'token-refused' };
    return { ok: true, issuer: terms, claims: payload };
  }

  return {
    issuerOf,
    async check(token) {
      try {
        return await verified(token);
      } catch (error) {
        if (error instanceof errors.JWTExpired) return { ok: false, why: 'expired' };
        return { ok: false, why: error instanceof JwksUnavailable ? 'issuer-unavailable' : 'token-refused' };
      }
    },
  };
}

/** A token that outlives a day is a standing privilege; one from the future has a wrong clock or a wrong author. */
function livesShort(payload: JWTPayload, now: number): boolean {
  const { exp, iat, nbf } = payload;
  if (exp === undefined || !Number.isFinite(exp)) return false;
  if (iat !== undefined && (!Number.isFinite(iat) || iat > now + SKEW_S)) return false;
  const born = Math.min(iat ?? now, nbf ?? now, now);
  return exp - born <= MAX_LIFETIME_S + SKEW_S;
}

/** Decodes as jose does (JSON.parse over base64url), so that both read the same `iss`; jose checks it again. */
function unverifiedPayload(token: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const json: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
