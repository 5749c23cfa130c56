// Verifies compact JWS (RFC 7515) against a fixed set of Ed25519 public keys. The verifier fixes algorithm, header members
// and type; the token only says which of the known keys it claims, and anything unusual about it is a refusal.
import { compactVerify, importJWK } from 'jose';

export type JwsVerifier = (jws: string, typ: string) => Promise<Uint8Array | undefined>;

interface PublicJwk {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  readonly kid: string;
}

function isPublicJwk(value: unknown): value is PublicJwk {
  if (typeof value !== 'object' || value === null || 'd' in value) return false;
  const { kty, crv, x, kid } = value as Record<string, unknown>;
  return kty === 'OKP' && crv === 'Ed25519' && typeof x === 'string' && typeof kid === 'string';
}

// RFC 7515 §2 base64url has several spellings of one value (padding bits); a signature must have exactly one.
function isCanonicalBase64url(text: string): boolean {
  return Buffer.from(text, 'base64url').toString('base64url') === text;
}

/** The key id of a token whose header is exactly `{alg: EdDSA, kid, typ}` with this `typ`; undefined otherwise. */
function claimedKey(jws: string, typ: string): string | undefined {
  const parts = jws.split('.');
  const [head] = parts;
  if (parts.length !== 3 || head === undefined || !parts.every(isCanonicalBase64url)) return undefined;
  let header: unknown;
  try {
    header = JSON.parse(Buffer.from(head, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
  if (typeof header !== 'object' || header === null || Object.keys(header).length !== 3) return undefined;
  const { alg, kid, typ: stated } = header as Record<string, unknown>;
  return alg === 'EdDSA' && stated === typ && typeof kid === 'string' ? kid : undefined;
}

/** Builds a verifier over JWKs (RFC 8037, `kid` required). Throws TypeError on a key that is no Ed25519 public key. */
export async function createJwsVerifier(keys: readonly unknown[]): Promise<JwsVerifier> {
  const known = new Map<string, Awaited<ReturnType<typeof importJWK>>>();
  for (const key of keys) {
    if (!isPublicJwk(key))
      throw new TypeError('expected an Ed25519 public key: {"kty":"OKP","crv":"Ed25519","kid":…,"x":…}');
    known.set(key.kid, await importJWK({ kty: key.kty, crv: key.crv, x: key.x }, 'EdDSA'));
  }
  return async (jws, typ) => {
    const key = known.get(claimedKey(jws, typ) ?? '');
    if (!key) return undefined;
    try {
      return (await compactVerify(jws, key, { algorithms: ['EdDSA'] })).payload;
    } catch {
      return undefined;
    }
  };
}
