// Encryption at rest for held calls and stored responses.

/** Sealed with a data key that is not here, or not yet. Says nothing about whether the bytes were changed, so nothing may be
 *  concluded from it but that they cannot be read now. */
export class UnknownDataKey extends Error {
  override readonly name = 'UnknownDataKey';
  /** 1–255. */
  readonly id: number;

  constructor(id: number) {
    super(`sealed with data key ${id}, which this replica does not have (yet)`);
    this.id = id;
  }
}

export interface Sealer {
  /** Authenticated encryption; `context` is bound in and must be given again to open. */
  seal(plain: Uint8Array, context: string): Uint8Array;
  /** Throws UnknownDataKey, or another error if the bytes or the context were changed. */
  open(sealed: Uint8Array, context: string): Uint8Array;
}
