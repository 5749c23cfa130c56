// The gate's signing identity: Ed25519 keys in `<data_dir>/keys`, newest first; old ones stay so that old votes, receipts
// and checkpoints keep verifying. A missing key is an error with an answer, never silently a new identity.
import { join } from 'node:path';
import { CompactSign, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK } from 'jose';
import type { Signer } from '../ports/signer.ts';
import { createJwsVerifier } from './jws-verifier.ts';
import { ensureKeyFolder, KeyFileError, readPrivateFile, writeFileAtomically } from './key-files.ts';

interface PrivateJwk {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  readonly d: string;
  readonly kid: string;
}

export interface SignerOptions {
  /** The folder of the keys, `<data_dir>/keys`; made with mode 0700 if it is not there. */
  readonly folder: string;
  /** True only while nothing was signed yet (no approvals, no audit log): a missing key may then be made. */
  readonly allowCreate: boolean;
}

async function newKey(): Promise<PrivateJwk> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const { x = '', d = '' } = await exportJWK(privateKey);
  const kid = await calculateJwkThumbprint({ kty: 'OKP', crv: 'Ed25519', x });
  return { kty: 'OKP', crv: 'Ed25519', x, d, kid };
}

function isPrivateJwk(value: unknown): value is PrivateJwk {
  if (typeof value !== 'object' || value === null) return false;
  const { kty, crv, x, d, kid } = value as Record<string, unknown>;
  return (
    kty === 'OKP' && crv === 'Ed25519' && typeof x === 'string' && typeof d === 'string' && typeof kid === 'string'
  );
}

const restore = (path: string): string =>
  `restore ${path} from your backup; without it old receipts still verify with public.json, but this gate cannot go on ` +
  'under the same identity (to start over on purpose, move the whole data directory away)';

async function parseKeys(path: string, text: string): Promise<readonly PrivateJwk[]> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new KeyFileError(`${path} is not JSON (${text.length} bytes): ${restore(path)}`);
  }
  const keys = typeof value === 'object' && value !== null && 'keys' in value ? value.keys : undefined;
  if (!Array.isArray(keys) || keys.length === 0 || !keys.every(isPrivateJwk)) {
    throw new KeyFileError(`${path} holds no Ed25519 private keys ({"keys":[…]}, newest first): ${restore(path)}`);
  }
  for (const key of keys) {
    // RFC 7638: the name of a key is derived from it, so that a swapped or damaged one cannot keep its name.
    if (key.kid !== (await calculateJwkThumbprint({ kty: key.kty, crv: key.crv, x: key.x }))) {
      throw new KeyFileError(`${path}: key ${key.kid} does not match its thumbprint: ${restore(path)}`);
    }
  }
  return keys;
}

async function loadOrCreate(path: string, allowCreate: boolean): Promise<readonly PrivateJwk[]> {
  const text = await readPrivateFile(path);
  if (text !== undefined) return parseKeys(path, text);
  if (!allowCreate) {
    throw new KeyFileError(
      `${path} is missing, although approvals or audit records signed with it exist: ${restore(path)}`,
    );
  }
  const keys = [await newKey()];
  await writeFileAtomically(path, `${JSON.stringify({ keys }, null, 2)}\n`, 0o600);
  return keys;
}

/** The JWKS that auditors get; rewritten from the private keys, so that nobody can add a key by editing it. */
async function publish(path: string, keys: readonly Record<string, unknown>[]): Promise<void> {
  await writeFileAtomically(path, `${JSON.stringify({ keys }, null, 2)}\n`, 0o644);
}

/** Loads (or at first start makes) the keys. Rejects with KeyFileError whose message says how to fix it. */
export async function createSigner({ folder, allowCreate }: SignerOptions): Promise<Signer> {
  await ensureKeyFolder(folder);
  const path = join(folder, 'signing.json');
  const keys = await loadOrCreate(path, allowCreate);
  const published = keys.map(({ kty, crv, x, kid }) => ({ kty, crv, x, kid, alg: 'EdDSA', use: 'sig' }));
  const newest = keys[0];
  if (!newest) throw new KeyFileError(`${path} holds no key: ${restore(path)}`);
  const { kid } = newest;
  let signingKey: Awaited<ReturnType<typeof importJWK>>;
  try {
    signingKey = await importJWK({ kty: newest.kty, crv: newest.crv, x: newest.x, d: newest.d }, 'EdDSA');
  } catch {
    // The library's message is dropped: it may quote the key.
    throw new KeyFileError(`${path}: key ${kid} is damaged: ${restore(path)}`);
  }
  const verify = await createJwsVerifier(published);
  const sign: Signer['sign'] = (payload, typ) =>
    new CompactSign(payload).setProtectedHeader({ alg: 'EdDSA', kid, typ }).sign(signingKey);
  // A private part that does not belong to the public one would sign receipts that nobody can verify.
  if (!(await verify(await sign(new Uint8Array(1), 'holdgate-self-test'), 'holdgate-self-test'))) {
    throw new KeyFileError(`${path}: the private part of key ${kid} does not match its public part: ${restore(path)}`);
  }
  await publish(join(folder, 'public.json'), published);
  return { keyId: kid, sign, verify, publicKeys: () => published };
}
