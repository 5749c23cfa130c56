// Signatures under receipts, votes and audit checkpoints.

export interface Signer {
  readonly keyId: string;
  /** Compact JWS (RFC 7515) with `alg: EdDSA`, this key's `kid` and the given `typ` over the payload. */
  sign(payload: Uint8Array, typ: string): Promise<string>;
  /** The payload if a known key of ours signed it with exactly this `typ`; undefined otherwise. */
  verify(jws: string, typ: string): Promise<Uint8Array | undefined>;
  /** Public keys as JWKs (RFC 8037), newest first. */
  publicKeys(): readonly Record<string, unknown>[];
}
