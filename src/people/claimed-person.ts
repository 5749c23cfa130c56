// From verified claims to a human and the groups that the identity provider puts them in. INVARIANT: a claim that is not exactly what is
// expected refuses the token; nothing is guessed, and no group is taken for one of ours by its name.
import { claimAt } from '../core/claim-at.ts';
import { isEmail } from '../core/email.ts';
import { humanId } from '../core/principal.ts';
import type { SignInIssuer } from '../core/sign-in-settings.ts';

type Claims = Readonly<Record<string, unknown>>;

export type ClaimedPerson =
  /** `groups`: as the provider calls them, those that the configuration maps; `at`: when it said so, epoch ms. */
  | {
      readonly ok: true;
      /** `sub`: what the provider calls the account, whatever address it has. */
      readonly account: string;
      readonly email: string;
      readonly groups: readonly string[];
      readonly at: number;
    }
  /** For whoever signs in. */
  | { readonly ok: false; readonly why: string };

/** More than any provider puts into a token. */
const MOST_GROUPS = 2000;
const MOST_TEXT = 256;
const SKEW_S = 60;

const no = (why: string): ClaimedPerson => ({ ok: false, why });

/** `now`: epoch ms. */
export function claimedPerson(claims: Claims, issuer: SignInIssuer, now: number): ClaimedPerson {
  const { aud, iat, sub } = claims;
  // A token that is also for somebody else could have been given away by them.
  const audiences = Array.isArray(aud) ? (aud as unknown[]) : [aud];
  if (audiences.length !== 1 || audiences[0] !== issuer.audience) return no('The token is also for somebody else.');
  if (typeof iat !== 'number') return no('The token does not say when it was issued (iat).');
  if (now / 1000 - iat > issuer.maxAge / 1000 + SKEW_S) return no('The token is too old; sign in again.');
  // RFC 8693 §4.1: somebody else uses it. RFC 7800: it is worth something only together with a key that nobody asks for here.
  if (claims['act'] !== undefined) return no('The token was handed on to somebody who acts for you (act).');
  if (claims['cnf'] !== undefined) return no('The token is bound to a key (cnf), which this gate does not check.');
  // OpenID Connect Core §2: required, and never longer.
  if (typeof sub !== 'string' || sub === '' || sub.length > MOST_TEXT - 1)
    return no('The token does not say whose account it is of (sub).');
  const email = claimAt(claims, issuer.claims.email);
  if (typeof email !== 'string' || !isEmail(email))
    return no(`The claim "${issuer.claims.email}" of the token is not a plain e-mail address.`);
  if (claimAt(claims, issuer.claims.emailVerified) !== true)
    return no(`The provider does not say that your address is verified (${issuer.claims.emailVerified}: true).`);
  const human = humanId(email);
  const domain = human.slice(human.lastIndexOf('@') + 1);
  if (issuer.domains.length > 0 && !issuer.domains.includes(domain))
    return no(`This provider does not speak for addresses at ${domain} here.`);
  const groups = groupsIn(claims, issuer.claims.groups);
  if (typeof groups === 'string') return no(groups);
  const mapped = [...new Set(groups)].filter((name) => Object.hasOwn(issuer.groups, name));
  return { ok: true, account: sub, email: human, groups: mapped.toSorted(), at: iat * 1000 };
}

/** The groups, or why they are not known. */
function groupsIn(claims: Claims, path: string): readonly string[] | string {
  if (isElsewhere(claims, path)) {
    return `You are in more groups than fit into the token (overage), so the gate cannot know them; have the provider send only the groups that are assigned to this application, or roles.`;
  }
  const value = claimAt(claims, path);
  if (value === undefined) return [];
  const wrong = `The claim "${path}" of the token is not a list of texts.`;
  if (!Array.isArray(value)) return wrong;
  if (value.length > MOST_GROUPS) return `The claim "${path}" of the token has more than ${MOST_GROUPS} groups.`;
  const texts = value.filter((each): each is string => typeof each === 'string' && each.length <= MOST_TEXT);
  return texts.length === value.length ? texts : wrong;
}

/** Distributed claims (OpenID Connect Core §5.6.2), and what Microsoft Entra sends instead of more than 200 groups:
 *  https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference#groups-overage-claim */
function isElsewhere(claims: Claims, path: string): boolean {
  const names = claims['_claim_names'];
  // `/groups` is the same claim.
  const name = path.replace(/^\//, '');
  if (typeof names === 'object' && names !== null && Object.hasOwn(names, name)) return true;
  // Of the implicit flow.
  return name === 'groups' && claims['hasgroups'] !== undefined;
}
