// Agents by tokens of configured issuers: what holds for any token, then who the claims say this is.
import type { Clock } from '../../ports/clock.ts';
import type { FetchJwks } from './jwks-cache.ts';
import { type ClaimedAgent, type ClaimMapping, claimedAgent } from './jwt-claims.ts';
import { type CheckedIssuer, createTokenChecker, type TokenRefusal } from './token-checker.ts';

/** What verifying needs to know of an issuer. */
export interface TokenIssuer extends CheckedIssuer {
  readonly claims: ClaimMapping;
  /** Owner of agents whose token names none. */
  readonly owner: string | undefined;
}

export type TokenOutcome =
  | { readonly ok: true; readonly claimed: ClaimedAgent }
  | { readonly ok: false; readonly why: TokenRefusal };

export interface JwtVerifier {
  /** The `iss` of the token where it is one of ours, without verifying anything: it only says who will judge the token. */
  issuerOf(token: string): string | undefined;
  /** Never rejects. */
  verify(token: string): Promise<TokenOutcome>;
}

/** One verifier for all configured issuers; each keeps its own keys. */
export function createJwtVerifier(
  issuers: readonly TokenIssuer[],
  clock: Clock,
  fetchJwks: FetchJwks | undefined,
): JwtVerifier {
  const checker = createTokenChecker(issuers, clock, () => fetchJwks);
  return {
    issuerOf: (token) => checker.issuerOf(token),
    async verify(token) {
      const checked = await checker.check(token);
      if (!checked.ok) return checked;
      const claimed = claimedAgent(checked.claims, checked.issuer.claims);
      if (!claimed) return { ok: false, why: 'token-refused' };
      return { ok: true, claimed: { ...claimed, owner: claimed.owner ?? checked.issuer.owner } };
    },
  };
}
