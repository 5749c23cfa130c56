// Signs a call to AWS anew, with the upstream's own key, for the service and region that the agent had signed for. The date is that of
// the sending: however long the call was held, its signature is of now.
import { bodyBytes, type Call, headerValues, isBodyToCome } from '../../core/call.ts';
import type { Secret } from '../../core/secret.ts';
import type { AwsKeys } from '../../core/upstream.ts';
import type { Clock } from '../../ports/clock.ts';
import { EMPTY_SHA256, sha256Hex, usualSpelling } from '../sigv4/canonical-request.ts';
import { rememberedKeys } from '../sigv4/remembered-keys.ts';
import { authorization } from '../sigv4/sign.ts';
import { amzDate, type Scope, signingKey } from '../sigv4/signature.ts';
import { UnsendableRequest } from '../wire/unsendable-request.ts';
import type { UpstreamCredential } from './upstream-credential.ts';

/** Beside `X-Amz-*`: what AWS reads a call by. */
const ALSO_SIGNED: ReadonlySet<string> = new Set(['host', 'content-type', 'content-md5']);

/** Headers that belong to a signature; those of the agent never reach the upstream. Lower-case. */
export const SIGNATURE_HEADERS: readonly string[] = ['authorization', 'x-amz-date', 'x-amz-security-token'];

export function createAwsSignature(keys: AwsKeys, clock: Pick<Clock, 'now'>): UpstreamCredential {
  const keyOf = rememberedKeys((scope) => signingKey(keys.secretAccessKey.reveal(), scope));
  return {
    lines: (call) => signatureLines(call, keys, keyOf, clock.now()),
    secrets: [keys.secretAccessKey, keys.sessionToken].filter((secret): secret is Secret => secret !== undefined),
  };
}

function signatureLines(call: Call, keys: AwsKeys, keyOf: (scope: Scope) => Uint8Array, now: number): string {
  const { signedFor } = call;
  if (!signedFor) throw new UnsendableRequest('a call to AWS has to say what it was signed for');
  const [declared] = headerValues(call.headers, 'x-amz-content-sha256');
  const payload = declared ?? payloadOf(call);
  const added = ['X-Amz-Date', amzDate(now)];
  if (declared === undefined) added.push('X-Amz-Content-Sha256', payload);
  if (keys.sessionToken) added.push('X-Amz-Security-Token', keys.sessionToken.reveal());
  const { method, path, query } = call;
  const request = { method, path, query, headers: ['Host', call.host, ...call.headers, ...added] };
  added.push(
    'Authorization',
    authorization(request, {
      accessKeyId: keys.accessKeyId.reveal(),
      keyOf,
      ...signedFor,
      now,
      payload,
      spelling: usualSpelling(call),
      alsoSigned: ALSO_SIGNED,
    }),
  );
  let lines = '';
  for (let i = 0; i < added.length; i += 2) lines += `${added[i]}: ${added[i + 1]}\r\n`;
  return lines;
}

/** What the gate has seen of the body, it signs; only one that is still to come goes unsigned. */
function payloadOf(call: Call): string {
  if (isBodyToCome(call)) return 'UNSIGNED-PAYLOAD';
  const bytes = bodyBytes(call);
  return bytes ? sha256Hex(bytes) : EMPTY_SHA256;
}
