// Checks a presented signature against the request as it was received. Pure: key and time are given. INVARIANT: nothing that AWS acts
// on is left unsigned (Host, every X-Amz-* header, the media type), and signatures are compared in constant time.
import { timingSafeEqual } from 'node:crypto';
import { headerValues } from '../../core/call.ts';
import { canonicalRequest, type SigningRequest } from './canonical-request.ts';
import type { Presented } from './presented.ts';
import { signature, stringToSign } from './signature.ts';

/** How far the clocks of a client and AWS may be apart, ms. */
export const MAX_SKEW: number = 15 * 60_000;

/** What stands for the body in the signature. */
export type PayloadMode =
  /** Its SHA-256, which the head says. */
  | { readonly mode: 'declared'; readonly text: string }
  /** Its SHA-256, which nobody has said: the whole body is needed. */
  | { readonly mode: 'body' }
  /** A word: the signature does not cover the body. */
  | { readonly mode: 'unsigned'; readonly text: 'UNSIGNED-PAYLOAD' | 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' };

export type HeadCheck =
  | { readonly ok: true; readonly payload: PayloadMode }
  | { readonly ok: false; readonly fault: 'stale' | 'unsigned-header' | 'unsupported'; readonly why: string };

/** Services whose presigned URLs never cover the body. */
const S3: ReadonlySet<string> = new Set(['s3', 's3-outposts', 's3-object-lambda', 's3express']);

/** Everything that can be said before a key is looked at. `why` is fit for the agent. `now`: epoch ms. */
export function checkSignedHead(request: SigningRequest, presented: Presented, now: number): HeadCheck {
  const stale = staleness(presented, now);
  if (stale !== undefined) return { ok: false, fault: 'stale', why: stale };
  const unsigned = unsignedHeader(request, presented);
  if (unsigned !== undefined) return { ok: false, fault: 'unsigned-header', why: unsigned };
  const [declared, ...more] = headerValues(request.headers, 'x-amz-content-sha256');
  if (more.length > 0) return { ok: false, fault: 'unsupported', why: 'X-Amz-Content-Sha256 has to come once' };
  if (declared === undefined) {
    const covers = presented.where === 'header' || !S3.has(presented.scope.service);
    return { ok: true, payload: covers ? { mode: 'body' } : { mode: 'unsigned', text: 'UNSIGNED-PAYLOAD' } };
  }
  if (/^[0-9a-f]{64}$/.test(declared)) return { ok: true, payload: { mode: 'declared', text: declared } };
  if (declared === 'UNSIGNED-PAYLOAD' || declared === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') {
    return { ok: true, payload: { mode: 'unsigned', text: declared } };
  }
  const why =
    'X-Amz-Content-Sha256 has to be the SHA-256 of the body, UNSIGNED-PAYLOAD or STREAMING-UNSIGNED-PAYLOAD-TRAILER; ' +
    'bodies whose chunks are signed one by one are not supported here';
  return { ok: false, fault: 'unsupported', why };
}

function staleness({ where, time, expires, at }: Presented, now: number): string | undefined {
  const clock = new Date(now).toISOString();
  if (time - now > MAX_SKEW) return `the signature is of ${at}, more than 15 minutes from now (${clock})`;
  if (where === 'header' && now - time > MAX_SKEW)
    return `the signature is of ${at}, more than 15 minutes ago (it is ${clock})`;
  if (where === 'query' && now - time > (expires ?? 0) * 1000) return `the presigned URL has expired (it is ${clock})`;
  return undefined;
}

function unsignedHeader({ headers }: SigningRequest, { signedHeaders, where }: Presented): string | undefined {
  const signed = new Set(signedHeaders);
  const there = new Set<string>();
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] ?? '').toLowerCase();
    there.add(name);
    const matters = name.startsWith('x-amz-') || (where === 'header' && name === 'content-type');
    if (matters && !signed.has(name)) return `the header ${name} has to be signed`;
  }
  if (!signed.has('host')) return 'the header host has to be signed';
  const absent = signedHeaders.find((name) => !there.has(name));
  return absent === undefined ? undefined : `the header ${absent} is signed, but the call has none`;
}

/** Whether `key` (of the presented scope) made the signature. `payload`: the text that stands for the body. */
export function isSignedWith(key: Uint8Array, request: SigningRequest, presented: Presented, payload: string): boolean {
  const signed = presented.where === 'query' ? { ...request, query: presented.signedQuery } : request;
  const { scope, at, signedHeaders } = presented;
  const terms = { service: scope.service, signedHeaders, payload };
  const good = (canonical: string): boolean =>
    sameText(signature(key, stringToSign(at, scope, canonical)), presented.signature);
  const sent = canonicalRequest(signed, { ...terms, spelling: 'sent' });
  if (good(sent)) return true;
  if (PLAIN.test(signed.path) && PLAIN.test(signed.query ?? '')) return false;
  const decoded = canonicalRequest(signed, { ...terms, spelling: 'decoded' });
  return decoded !== sent && good(decoded);
}

/** Spelled in one way only. */
const PLAIN = /^[A-Za-z0-9\-._~/&=]*$/;

function sameText(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a, 'latin1'), Buffer.from(b, 'latin1'));
}
