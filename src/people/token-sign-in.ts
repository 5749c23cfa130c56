// Signing in with a token of one's identity provider. INVARIANT: what the provider says is on record before it counts, so that every replica
// and every later claim can know it; a token that is not wholly understood signs nobody in.
import { parseJson } from '../core/body/json.ts';
import type { Directory, Person } from '../core/principal.ts';
import type { SignInIssuer } from '../core/sign-in-settings.ts';
import type { Clock } from '../ports/clock.ts';
import type { VerifyToken } from '../ports/token-verifier.ts';
import { claimedPerson } from './claimed-person.ts';
import type { TakeAddress } from './one-address.ts';
import type { RememberedGroups } from './remembered-groups.ts';

export type TokenSignIn =
  /** `until`: when the token ends, epoch ms. */
  | { readonly ok: true; readonly person: Person; readonly until: number }
  /** `why` is fit for whoever signs in. `away`: it is not their token; later it may be taken. */
  | { readonly ok: false; readonly kind: 'refused' | 'away'; readonly why: string };

export interface TokenSignInDeps {
  readonly verify: VerifyToken;
  readonly issuers: readonly SignInIssuer[];
  readonly takeAddress: TakeAddress;
  readonly remembered: Pick<RememberedGroups, 'remember'>;
  readonly people: Pick<Directory, 'person'>;
  readonly clock: Pick<Clock, 'now'>;
}

const MOST = 14 * 1024;
const refused = (why: string): TokenSignIn => ({ ok: false, kind: 'refused', why });
const away = (why: string): TokenSignIn => ({ ok: false, kind: 'away', why });

/** Never rejects. */
export function createTokenSignIn(deps: TokenSignInDeps): (token: string) => Promise<TokenSignIn> {
  const byName = new Map(deps.issuers.map((issuer) => [issuer.issuer, issuer]));
  return async (token) => {
    if (token.length > MOST || !isPlain(token)) return refused('The token is not accepted.');
    const verified = await deps.verify(token);
    if (!verified.ok) {
      if (verified.why === 'expired') return refused('The token has expired; sign in at your provider again.');
      if (verified.why === 'issuer-unavailable') return away('The keys of your identity provider cannot be had now.');
      return refused('The token is not accepted.');
    }
    const issuer = byName.get(verified.issuer);
    const { exp } = verified.claims;
    if (!issuer || typeof exp !== 'number') return refused('The token is not accepted.');
    const claimed = claimedPerson(verified.claims, issuer, deps.clock.now());
    if (!claimed.ok) return refused(claimed.why);
    const { account, email, groups, at } = claimed;
    try {
      // Nothing is kept of the accounts of strangers.
      const counts = groups.length > 0 || deps.people.person(email) !== undefined;
      const until = counts ? await deps.takeAddress({ issuer, account, email, at }) : undefined;
      if (until !== undefined) return refused(`Your account signed in with another address, ${untilWhen(until)}.`);
      // Also where that is no group at all: what was said before ends with it, on every replica.
      await deps.remembered.remember({ issuer: issuer.issuer, email, groups, at });
    } catch {
      return away('What your provider says about you cannot be kept now.');
    }
    const person = deps.people.person(email);
    if (!person)
      return refused(`${email} is not a person of this gate${issuer.provision ? ', nor in a group that is' : ''}.`);
    return { ok: true, person, until: Math.min(exp * 1000, at + issuer.maxAge) };
  };
}

const untilWhen = (at: number): string =>
  `which counts until ${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** Header and claims say each thing once: of two members with one name, others might believe the other. */
function isPlain(token: string): boolean {
  const parts = token.split('.');
  return parts.length === 3 && parts.slice(0, 2).every((part) => parseJson(Buffer.from(part, 'base64url')).ok);
}
