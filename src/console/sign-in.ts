// Who is asking. People only: agents are in another index, so that their credentials mean nothing here (security.md F5).
import { CREDENTIAL_PREFIX, type CredentialIndex } from '../core/credential-index.ts';
import type { Person } from '../core/principal.ts';
import type { Clock } from '../ports/clock.ts';
import { type Answer, problem } from './answer.ts';

export interface SignInDeps {
  /** The index as of now; asked anew at every request, so that a reload takes effect at once. */
  readonly people: () => CredentialIndex<Person>;
  /** Tokens of identity providers that the configuration names; absent where there are none. */
  readonly tokens?: SignInByToken | undefined;
  readonly clock: Clock;
  /** Told of every credential that was not accepted. */
  readonly onRefused?: (source: string, why: string) => void;
}

/** Never rejects. `until`: when the token ends, epoch ms. `away`: later it may be taken. */
export type SignInByToken = (token: string) => Promise<
  | {
      readonly ok: true;
      readonly person: Person;
      readonly until: number;
      /** False as soon as the person is no longer in the directory. */
      readonly stillKnown: () => boolean;
    }
  | { readonly ok: false; readonly kind: 'refused' | 'away'; readonly why: string }
>;

export type SignInOutcome =
  | { readonly ok: true; readonly person: Person; readonly stillKnown: () => boolean }
  | { readonly ok: false; readonly answer: Answer };

/** A promise only where a token of an identity provider is looked at. Never rejects. */
export type SignIn = (authorization: string | undefined, source: string) => SignInOutcome | Promise<SignInOutcome>;

const WINDOW_MS = 60_000;
const MAX_FAILURES = 10;
/** Bound of the map: an attacker with many addresses costs no more than this; the oldest entry goes first. */
const MAX_SOURCES = 10_000;
const BEARER = /^Bearer +([\x21-\x7e]+)$/i;

interface Failures {
  count: number;
  /** Monotonic ms. */
  since: number;
}

/** Builds the check of the `Authorization` header (RFC 6750 §2.1), with a limit on failures per source address.
 *  A valid credential always passes: 256 random bits cannot be guessed, but a neighbour on the same address could
 *  otherwise lock an approver out on purpose. */
export function createSignIn(deps: SignInDeps): SignIn {
  const failures = new Map<string, Failures>();
  const { tokens } = deps;
  const howTo = `Send a person's credential: "Authorization: Bearer hg_…"${tokens ? ', or a token of your identity provider' : ''}.`;

  async function byToken(check: SignInByToken, token: string, source: string): Promise<SignInOutcome> {
    const signedIn = await check(token);
    if (signedIn.ok) {
      const { person, until, stillKnown } = signedIn;
      return { ok: true, person, stillKnown: () => deps.clock.now() < until && stillKnown() };
    }
    if (signedIn.kind === 'refused') return { ok: false, answer: fail(source, signedIn.why) };
    return { ok: false, answer: problem('gate-unavailable', { detail: signedIn.why }, { 'Retry-After': '5' }) };
  }

  function fail(source: string, why: string): Answer {
    const now = deps.clock.monotonic();
    const known = failures.get(source);
    const entry = known && now - known.since < WINDOW_MS ? known : { count: 0, since: now };
    entry.count += 1;
    failures.delete(source);
    failures.set(source, entry);
    if (failures.size > MAX_SOURCES) failures.delete(failures.keys().next().value ?? source);
    if (entry.count > MAX_FAILURES) {
      const seconds = Math.max(1, Math.ceil((entry.since + WINDOW_MS - now) / 1000));
      return problem(
        'too-many-sign-ins',
        { detail: `Try again in ${seconds} s.` },
        { 'Retry-After': String(seconds), Connection: 'close' },
      );
    }
    deps.onRefused?.(source, why);
    return problem('not-signed-in', { detail: `${why} ${howTo}` }, { 'WWW-Authenticate': 'Bearer realm="console"' });
  }

  return (authorization, source) => {
    if (authorization === undefined) return { ok: false, answer: fail(source, 'No credential was sent.') };
    const credential = BEARER.exec(authorization)?.[1];
    if (credential === undefined) return { ok: false, answer: fail(source, 'This is not a bearer credential.') };
    if (tokens && !credential.startsWith(CREDENTIAL_PREFIX)) return byToken(tokens, credential, source);
    const person = deps.people().lookup(credential);
    if (!person) return { ok: false, answer: fail(source, 'The credential is not accepted.') };
    return {
      ok: true,
      person,
      stillKnown: () => deps.people().lookup(credential)?.email === person.email,
    };
  };
}
