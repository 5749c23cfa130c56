// Which agent makes this call. INVARIANT: an answer names exactly one enabled agent, all credentials on the call agree on it,
// and every header that carried one is to be stripped before forwarding.
import type { RawHeaders } from '../../core/call.ts';
import type { ProblemType } from '../../core/problems.ts';
import { createCredentialIndex } from '../../core/credential-index.ts';
import { type Agent, humanId } from '../../core/principal.ts';
import type { Clock } from '../../ports/clock.ts';
import { type PresentedCredential, presentedCredentials } from './credential-sources.ts';
import { SIGNATURE_HEADERS } from '../credentials/aws-signature.ts';
import type { ReceivedHead, SignatureOutcome, SignedCall, SignedCalls } from './signed-call.ts';
import type { FetchJwks } from './jwks-cache.ts';
import { createJwtVerifier, type TokenIssuer } from './jwt-verifier.ts';
import type { TokenRefusal } from './token-checker.ts';

/** What authenticating needs to know of a configured agent. */
export interface KnownAgent {
  readonly id: string;
  readonly owner: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly acts_for: readonly string[];
  readonly credentials: readonly { readonly bearer_sha256: string }[];
  readonly disabled: boolean;
}

export type AgentAuthFailure =
  | 'missing' // no credential of ours on the call
  | 'malformed' // a header that is only ours cannot be read or stands there twice
  | 'unknown' // nobody has this credential, or no configured issuer made this token
  | 'id-mismatch' // Basic names another agent than its credential
  | 'conflict' // two credentials name two agents
  | 'disabled'
  | 'bad-signature' // the access key is good, the signature is not
  | 'stale' // signed too long ago, or in the future
  | 'unsupported' // signed in a way that is not understood here
  | 'revoked' // an access key that was taken back
  | 'unavailable' // whether an access key is good cannot be looked up now
  | TokenRefusal;

export type AgentAuth =
  /** `strip`: lower-case names of the headers that carried a credential. */
  | { readonly ok: true; readonly agent: Agent; readonly strip: readonly string[]; readonly signed?: SignedCall }
  /** `problem` and `detail` where the caller is told more than that it is not known. */
  | {
      readonly ok: false;
      readonly why: AgentAuthFailure;
      readonly problem?: ProblemType;
      readonly detail?: string;
    }
  /** Nobody knows before the whole body is there. `key`: whose id it is signed with, by its own account. */
  | { readonly ok: 'body'; readonly key: string; readonly check: (body: Uint8Array) => AgentAuth };

export interface AgentAuthenticator {
  /** A promise only where a JWT or an access key is involved. Neither throws nor rejects on anything that a client sends. */
  authenticate(head: ReceivedHead): AgentAuth | Promise<AgentAuth>;
}

export interface AgentAuthenticatorDeps {
  readonly agents: readonly KnownAgent[];
  readonly issuers: readonly TokenIssuer[];
  readonly clock: Clock;
  readonly fetchJwks?: FetchJwks | undefined;
  /** Absent: no call is authenticated by its signature. */
  readonly signedCalls?: SignedCalls | undefined;
}

type Identified = { readonly ok: true; readonly agent: Agent } | { readonly ok: false; readonly why: AgentAuthFailure };

interface Entry {
  readonly bearer: Identified;
  readonly basic: Identified;
  readonly id: string;
}

/** Built once per configuration; everything that a bearer credential leads to is made here, not per call. */
export function createAgentAuthenticator(deps: AgentAuthenticatorDeps): AgentAuthenticator {
  const known = new Map(deps.agents.map((agent) => [agent.id, agent]));
  const index = createCredentialIndex(
    deps.agents.flatMap((agent) => {
      const value: Entry = { id: agent.id, bearer: identify(agent, 'bearer'), basic: identify(agent, 'basic') };
      return agent.credentials.map(({ bearer_sha256: hash }) => ({ hash, value }));
    }),
  );
  const jwt = createJwtVerifier(deps.issuers, deps.clock, deps.fetchJwks);

  function byCredential({ token, scheme, claimedId }: PresentedCredential): Identified {
    const entry = index.lookup(token);
    if (!entry) return { ok: false, why: 'unknown' };
    if (claimedId !== undefined && claimedId !== entry.id) return { ok: false, why: 'id-mismatch' };
    return scheme === 'basic' ? entry.basic : entry.bearer;
  }

  async function byToken({ token, claimedId }: PresentedCredential): Promise<Identified> {
    const outcome = await jwt.verify(token);
    if (!outcome.ok) return outcome;
    const { claimed } = outcome;
    if (claimedId !== undefined && claimedId !== claimed.id) return { ok: false, why: 'id-mismatch' };
    const pinned = known.get(claimed.id);
    if (pinned?.disabled) return { ok: false, why: 'disabled' };
    const owner = pinned ? humanId(pinned.owner) : claimed.owner;
    // Without an owner nobody would be kept from approving their own agent's calls.
    if (owner === undefined) return { ok: false, why: 'token-refused' };
    // Pinning says who answers; whoever else the token names still has a hand in the call and must not vote.
    const actsFor = new Set([...(pinned?.acts_for ?? []).map(humanId), ...claimed.actsFor]);
    if (claimed.owner !== undefined && claimed.owner !== owner) actsFor.add(claimed.owner);
    const labels = { ...claimed.labels, ...pinned?.labels };
    return { ok: true, agent: { id: claimed.id, owner, labels, actsFor: [...actsFor], method: 'jwt' } };
  }

  async function withTokens(credentials: readonly PresentedCredential[]): Promise<AgentAuth> {
    const found: Identified[] = [];
    for (const credential of credentials) {
      found.push(isHoldgateCredential(credential) ? byCredential(credential) : await byToken(credential));
    }
    return agreed(found, credentials);
  }

  function byHeaders(headers: RawHeaders): AgentAuth | Promise<AgentAuth> {
    const presented = presentedCredentials(headers, (token) => jwt.issuerOf(token) !== undefined);
    if (!presented.ok) return presented;
    const { credentials } = presented;
    const first = credentials[0];
    if (!first) return { ok: false, why: 'missing' };
    const foreign = credentials.find((each) => !isHoldgateCredential(each) && jwt.issuerOf(each.token) === undefined);
    if (foreign) return { ok: false, why: 'unknown' };
    if (!credentials.every(isHoldgateCredential)) return withTokens(credentials);
    return agreed(credentials.map(byCredential), credentials);
  }

  function bySignature(outcome: SignatureOutcome, headers: RawHeaders): AgentAuth {
    if (outcome.ok === 'body') {
      const { key, check } = outcome;
      return { ok: 'body', key, check: (body) => bySignature(check(body), headers) };
    }
    if (!outcome.ok) return outcome;
    const presented = presentedCredentials(headers, (token) => jwt.issuerOf(token) !== undefined);
    if (!presented.ok) return presented;
    if (presented.credentials.length > 0) return TWO_WAYS;
    const agent = known.get(outcome.call.agent);
    const found: Identified = agent ? identify(agent, 'aws') : { ok: false, why: 'unknown' };
    const strip = outcome.call.unsignedBody ? UNSIGNED_HEADERS : SIGNATURE_HEADERS;
    if (found.ok)
      return { ok: true, agent: { ...found.agent, accessKey: outcome.call.key }, strip, signed: outcome.call };
    const detail = `The agent of this access key is ${agent ? 'disabled' : 'no longer configured'}.`;
    return { ...found, problem: 'signing-key-refused', detail };
  }

  return {
    authenticate(head) {
      const signed = deps.signedCalls?.verify(head) ?? 'none';
      if (signed instanceof Promise) return signed.then((outcome) => bySignature(outcome, head.headers));
      return signed === 'none' ? byHeaders(head.headers) : bySignature(signed, head.headers);
    },
  };
}

/** What the gate has seen of a body it signs: then that word would be wrong. */
const UNSIGNED_HEADERS: readonly string[] = [...SIGNATURE_HEADERS, 'x-amz-content-sha256'];

/** Which of the two would count is not to be guessed. */
const TWO_WAYS: AgentAuth = {
  ok: false,
  why: 'conflict',
  problem: 'signing-key-refused',
  detail:
    'The call is signed with an access key of this gate and carries another of its credentials: send one of them.',
};

function isHoldgateCredential({ token }: PresentedCredential): boolean {
  return token.startsWith('hg_');
}

function identify(agent: KnownAgent, method: 'bearer' | 'basic' | 'aws'): Identified {
  if (agent.disabled) return { ok: false, why: 'disabled' };
  const { id, owner, labels, acts_for: actsFor } = agent;
  return { ok: true, agent: { id, owner: humanId(owner), labels, actsFor: actsFor.map(humanId), method } };
}

/** The first failure counts: a good credential does not excuse a bad one beside it. */
function agreed(found: readonly Identified[], credentials: readonly PresentedCredential[]): AgentAuth {
  let agent: Agent | undefined;
  for (const each of found) {
    if (!each.ok) return each;
    if (agent && agent.id !== each.agent.id) return { ok: false, why: 'conflict' };
    // Of two credentials for one agent the token says more about whom it acts for.
    if (!agent || each.agent.method === 'jwt') agent = each.agent;
  }
  return agent ? { ok: true, agent, strip: credentials.map(({ header }) => header) } : { ok: false, why: 'missing' };
}
