// signing.json: Ed25519 keys (RFC 8037), newest first. Old ones stay so that old votes, receipts and checkpoints keep verifying;
// one that was retired keeps only its public part.
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import { KeyFileError } from './key-files.ts';
import { hasKeyTimes, type KeyTimes } from './key-times.ts';

export interface SigningKey extends KeyTimes {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  /** The private part; absent in a key that only verifies. */
  readonly d?: string;
  readonly kid: string;
}

export const SIGNING_FILE = 'signing.json';
export const PUBLIC_FILE = 'public.json';

export async function newSigningKey(times: KeyTimes): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const { x = '', d = '' } = await exportJWK(privateKey);
  const kid = await calculateJwkThumbprint({ kty: 'OKP', crv: 'Ed25519', x });
  // A name that begins like an option could not be given to a command (one of 64 would).
  return kid.startsWith('-') ? newSigningKey(times) : { kty: 'OKP', crv: 'Ed25519', x, d, kid, ...times };
}

function isSigningKey(value: unknown): value is SigningKey {
  if (typeof value !== 'object' || value === null || !hasKeyTimes(value)) return false;
  const { kty, crv, x, d, kid } = value as Record<string, unknown>;
  const hasParts = typeof x === 'string' && typeof kid === 'string' && (d === undefined || typeof d === 'string');
  return kty === 'OKP' && crv === 'Ed25519' && hasParts;
}

/** The keys, one of which at least can sign. Throws KeyFileError that ends with `remedy`; it quotes nothing of the text. */
export async function parseSigningKeys(path: string, text: string, remedy: string): Promise<readonly SigningKey[]> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new KeyFileError(`${path} is not JSON (${text.length} characters): ${remedy}`);
  }
  const keys: unknown = typeof value === 'object' && value !== null && 'keys' in value ? value.keys : undefined;
  if (!Array.isArray(keys) || !keys.every(isSigningKey) || !keys.some(({ d }) => d !== undefined)) {
    throw new KeyFileError(`${path} holds no Ed25519 private keys ({"keys":[…]}, newest first): ${remedy}`);
  }
  if (new Set(keys.map(({ kid }) => kid)).size !== keys.length) {
    throw new KeyFileError(`${path} holds one key twice: ${remedy}`);
  }
  for (const { kty, crv, x, kid } of keys) {
    // RFC 7638: the name of a key is derived from it, so that a swapped or damaged one cannot keep its name.
    if (kid !== (await calculateJwkThumbprint({ kty, crv, x }))) {
      throw new KeyFileError(`${path}: key ${kid} does not match its thumbprint: ${remedy}`);
    }
  }
  return keys;
}

export function signingKeysText(keys: readonly SigningKey[]): string {
  return `${JSON.stringify({ keys }, null, 2)}\n`;
}

export interface PublicJwk extends Record<string, unknown> {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  readonly kid: string;
  readonly alg: 'EdDSA';
  readonly use: 'sig';
}

/** What auditors get: all that verify, also those that are not used yet. */
export function publicParts(keys: readonly SigningKey[]): readonly PublicJwk[] {
  return keys.map(({ kty, crv, x, kid }) => ({ kty, crv, x, kid, alg: 'EdDSA', use: 'sig' }));
}

export function publicKeysText(keys: readonly SigningKey[]): string {
  return `${JSON.stringify({ keys: publicParts(keys) }, null, 2)}\n`;
}
