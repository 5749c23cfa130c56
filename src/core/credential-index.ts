// Credentials are stored as SHA-256 only; a presented one is hashed and looked up. INVARIANT: how long a lookup takes says
// nothing about the stored hashes that a caller could use: steering the Map needs chosen hashes, that is, preimages.
import { sha256 } from './sha256.ts';

/** Every credential that Holdgate issues begins so: secret scanners find it, and another `Authorization` is not ours. */
export const CREDENTIAL_PREFIX = 'hg_';

/** RFC 6750 b64token after the prefix; the bound keeps hashing cheap whatever is sent. */
const CREDENTIAL = /^hg_[A-Za-z0-9._~+/=-]{16,509}$/;

export interface CredentialEntry<T> {
  /** sha256 of the whole credential, lower-case hex. */
  readonly hash: string;
  readonly value: T;
}

export interface CredentialIndex<T> {
  /** Whose credential this is; undefined for anything malformed or unknown. Synchronous, one hash. */
  lookup(credential: string): T | undefined;
}

/** Throws on a hash that occurs twice: who presents it would be two principals (the configuration loader refuses it before). */
export function createCredentialIndex<T>(entries: Iterable<CredentialEntry<T>>): CredentialIndex<T> {
  const byHash = new Map<string, CredentialEntry<T>>();
  for (const entry of entries) {
    if (byHash.has(entry.hash)) throw new Error('two principals share one credential hash');
    byHash.set(entry.hash, entry);
  }
  return {
    lookup(credential) {
      if (!CREDENTIAL.test(credential)) return undefined;
      const hash = sha256(credential);
      const entry = byHash.get(hash);
      return entry !== undefined && sameHash(entry.hash, hash) ? entry.value : undefined;
    },
  };
}

/** Compares without an early exit; core has no node:crypto timingSafeEqual. */
function sameHash(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}
