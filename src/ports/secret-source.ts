// Secrets that are made from a data key whenever they are needed, and so are stored nowhere.

export interface SecretSource {
  /** The data key that new secrets are made from, 1–255. */
  readonly keyId: number;
  /** 24 bytes, always the same for the same key and context. Throws UnknownDataKey. */
  derive(keyId: number, context: string): Uint8Array;
}
