// Encryption at rest for held calls and stored responses.

export interface Sealer {
  /** Authenticated encryption; `context` is bound in and must be given again to open. */
  seal(plain: Uint8Array, context: string): Uint8Array;
  /** Throws if the bytes or the context were changed. */
  open(sealed: Uint8Array, context: string): Uint8Array;
}
