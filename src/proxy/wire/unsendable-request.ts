/** A request that must not be written: thrown before a byte is sent. A bug of the caller; the message contains no values. */
export class UnsendableRequest extends Error {
  override readonly name = 'UnsendableRequest';
}
