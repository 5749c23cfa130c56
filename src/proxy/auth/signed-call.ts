// Agents that sign their calls as for AWS, with a key that this gate issued: the signature is their credential, and says that nobody
// has changed the call on the way. INVARIANT: who is named here has signed exactly the request that was received.
import type { RawHeaders } from '../../core/call.ts';
import type { SignedFor } from '../../core/call.ts';
import type { ProblemType } from '../../core/problems.ts';
import { isAgentKeyId } from '../../core/agent-key.ts';
import type { Clock } from '../../ports/clock.ts';
import { EMPTY_SHA256, sha256Hex, type SigningRequest } from '../sigv4/canonical-request.ts';
import { type Presented, presentedSignature } from '../sigv4/presented.ts';
import { signedForOf } from '../sigv4/signed-for.ts';
import { checkSignedHead, isSignedWith, type PayloadMode } from '../sigv4/verify.ts';
import type { IssuedKey, IssuedKeys } from './issued-keys.ts';

/** A request as it came, for whoever authenticates it. */
export interface ReceivedHead {
  readonly method: string;
  /** Raw. */
  readonly path: string;
  readonly query: string | undefined;
  readonly headers: RawHeaders;
  /** A body follows. */
  readonly body: boolean;
}

export interface SignedCall {
  readonly agent: string;
  /** Id of the access key. */
  readonly key: string;
  readonly signedFor: SignedFor;
  /** The query without what signed it. */
  readonly query: string | undefined;
  /** The agent said that its signature leaves the body out; the gate may know better when it signs. */
  readonly unsignedBody: boolean;
  /** What the body that follows has to hash to, lower-case hex; undefined where the signature does not say, or nothing follows. */
  readonly bodySha256: string | undefined;
}

export interface SignatureRefusal {
  readonly ok: false;
  readonly why: 'unknown' | 'revoked' | 'unavailable' | 'malformed' | 'bad-signature' | 'stale' | 'unsupported';
  readonly problem: ProblemType;
  readonly detail: string;
}

export type SignatureOutcome =
  | { readonly ok: true; readonly call: SignedCall }
  | SignatureRefusal
  /** The signature covers the body and says so nowhere: `check` it with all of it. */
  | {
      readonly ok: 'body';
      /** Id of the access key. */
      readonly key: string;
      readonly check: (body: Uint8Array) => SignatureOutcome;
    };

export interface SignedCalls {
  /** `none`: the call has no signature that is for this gate. Never rejects. */
  verify(head: ReceivedHead): 'none' | SignatureOutcome | Promise<SignatureOutcome>;
}

const refused = (why: SignatureRefusal['why'], problem: ProblemType, detail: string): SignatureRefusal => ({
  ok: false,
  why,
  problem,
  detail,
});

const BAD = refused(
  'bad-signature',
  'signature-mismatch',
  'The signature does not fit the call as it was received: check the secret access key, and that nothing between you and the gate changes calls.',
);

const UNUSABLE: Readonly<Record<Exclude<IssuedKey['state'], 'good'>, SignatureRefusal>> = {
  unknown: refused('unknown', 'signing-key-refused', 'This gate has not issued this access key.'),
  revoked: refused('revoked', 'signing-key-refused', 'This access key was revoked.'),
  unavailable: refused(
    'unavailable',
    'gate-unavailable',
    'Whether this access key is good cannot be looked up right now; nothing is forwarded.',
  ),
};

export function createSignedCalls(keys: IssuedKeys, clock: Pick<Clock, 'now'>): SignedCalls {
  return {
    verify(head) {
      const result = presentedSignature(head.headers, head.query);
      if (result.state === 'none') return 'none';
      if (result.state !== 'one') {
        // What is not for this gate is the upstream's to judge.
        if (result.accessKeyId !== undefined && !isAgentKeyId(result.accessKeyId)) return 'none';
        return result.state === 'unsupported'
          ? refused('unsupported', 'signing-unsupported', sentence(result.why))
          : refused('malformed', 'signature-mismatch', sentence(result.why));
      }
      const { presented } = result;
      if (!isAgentKeyId(presented.accessKeyId)) return 'none';
      const checked = checkSignedHead(head, presented, clock.now());
      if (!checked.ok) return headRefusal(checked.fault, checked.why);
      const key = keys.find(presented.accessKeyId);
      const go = (found: IssuedKey): SignatureOutcome => withKey(head, presented, checked.payload, found);
      return key instanceof Promise ? key.then(go) : go(key);
    },
  };
}

function headRefusal(fault: 'stale' | 'unsigned-header' | 'unsupported', why: string): SignatureRefusal {
  if (fault === 'stale') return refused('stale', 'signature-expired', sentence(why));
  return fault === 'unsupported'
    ? refused('unsupported', 'signing-unsupported', sentence(why))
    : refused('bad-signature', 'signature-mismatch', sentence(why));
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

function withKey(head: ReceivedHead, presented: Presented, payload: PayloadMode, found: IssuedKey): SignatureOutcome {
  if (found.state !== 'good') return UNUSABLE[found.state];
  const key = found.signingKey(presented.scope);
  const request: SigningRequest = head;
  const good = (bodySha256: string | undefined): SignatureOutcome => ({
    ok: true,
    call: {
      agent: found.agent,
      key: presented.accessKeyId,
      signedFor: signedForOf(presented.scope),
      query: presented.where === 'query' ? presented.bareQuery : head.query,
      unsignedBody: payload.mode === 'unsigned' && payload.text === 'UNSIGNED-PAYLOAD',
      bodySha256,
    },
  });
  const signs = (text: string): boolean => isSignedWith(key, request, presented, text);
  if (payload.mode === 'body') {
    if (!head.body) return signs(EMPTY_SHA256) ? good(undefined) : signs('UNSIGNED-PAYLOAD') ? good(undefined) : BAD;
    // Some operations leave their bodies out of the signature and say so nowhere else.
    if (signs('UNSIGNED-PAYLOAD')) return good(undefined);
    return {
      ok: 'body',
      key: presented.accessKeyId,
      check: (body) => (signs(sha256Hex(body)) ? good(undefined) : BAD),
    };
  }
  if (!signs(payload.text)) return BAD;
  if (payload.mode === 'unsigned') return good(undefined);
  if (head.body) return good(payload.text);
  return payload.text === EMPTY_SHA256 ? good(undefined) : OTHER_BODY;
}

/** Signed was the hash of another body than the one that came. */
export const OTHER_BODY: SignatureRefusal = refused(
  'bad-signature',
  'signed-body-mismatch',
  'The body is not the one whose SHA-256 was signed (X-Amz-Content-Sha256).',
);
