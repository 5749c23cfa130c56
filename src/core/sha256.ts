// The one place where core touches node:*: a one-shot hash is a pure function, and passing it in everywhere
// would only hide that the whole product rests on it.
import { hash } from 'node:crypto';

/** Lower-case hex SHA-256 (FIPS 180-4) of the bytes, or of the UTF-8 form of a string. */
export function sha256(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}
