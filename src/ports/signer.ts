// Signatures under receipts, votes and audit checkpoints.

export interface Signer {
  /** The key that signs now; another one after a rotation. */
  readonly keyId: string;
  /** Compact JWS (RFC 7515) with `alg: EdDSA`, this key's `kid` and the given `typ` over the payload. */
  sign(payload: Uint8Array, typ: string): Promise<string>;
  /** The payload if a known key of ours signed it with exactly this `typ`; undefined otherwise. */
  verify(jws: string, typ: string): Promise<Uint8Array | undefined>;
  /** Public keys as JWKs (RFC 8037), newest first; with those that will sign later and those that only verify. */
  publicKeys(): readonly Record<string, unknown>[];
}
