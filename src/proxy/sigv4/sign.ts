// Signs a request as a header (`Authorization`). Pure: the time is given.
import { canonicalRequest, type SigningRequest, type Spelling } from './canonical-request.ts';
import { ALGORITHM, amzDate, type Scope, scopeText, signature, stringToSign } from './signature.ts';

export interface SigningTerms {
  readonly accessKeyId: string;
  /** Of the secret, as `signingKey` gives it. */
  readonly keyOf: (scope: Scope) => Uint8Array;
  readonly region: string;
  /** Signing name. */
  readonly service: string;
  /** Epoch ms. */
  readonly now: number;
  /** As in CanonicalTerms. */
  readonly payload: string;
  readonly spelling: Spelling;
  /** Lower-case; those that are there are signed, and `X-Amz-*` always. */
  readonly alsoSigned: ReadonlySet<string>;
}

/** The value of `Authorization`. `X-Amz-Date` has to be among the headers already, and say `now`. */
export function authorization(request: SigningRequest, terms: SigningTerms): string {
  const at = amzDate(terms.now);
  const scope = { date: at.slice(0, 8), region: terms.region, service: terms.service };
  const names = new Set<string>();
  for (let i = 0; i < request.headers.length; i += 2) {
    const name = (request.headers[i] ?? '').toLowerCase();
    if (name.startsWith('x-amz-') || terms.alsoSigned.has(name)) names.add(name);
  }
  const signedHeaders = [...names].toSorted();
  const canonical = canonicalRequest(request, { ...terms, signedHeaders });
  const signed = signature(terms.keyOf(scope), stringToSign(at, scope, canonical));
  return `${ALGORITHM} Credential=${terms.accessKeyId}/${scopeText(scope)}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signed}`;
}
