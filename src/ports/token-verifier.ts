// Signed tokens of issuers that the configuration names: the signature and what every token has to say.

export type VerifiedToken =
  | { readonly ok: true; readonly issuer: string; readonly claims: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly why: 'expired' | 'token-refused' | 'issuer-unavailable' };

/** Never rejects. */
export type VerifyToken = (token: string) => Promise<VerifiedToken>;
