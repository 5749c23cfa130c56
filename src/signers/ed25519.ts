// The gate's signing identity. It signs with the newest key whose time has come and verifies with all of them.
// INVARIANT: a set of keys is taken over whole, and only one that still verifies everything that was signed before.
import { join } from 'node:path';
import { CompactSign, importJWK } from 'jose';
import type { Signer } from '../ports/signer.ts';
import { createJwsVerifier, type JwsVerifier } from './jws-verifier.ts';
import { KeyFileError, writeFileAtomically } from './key-files.ts';
import { type KeyOptions, openKeySource } from './key-source.ts';
import { activeKey, type KeyTimes, newKeyTimes } from './key-times.ts';
import {
  newSigningKey,
  parseSigningKeys,
  PUBLIC_FILE,
  publicKeysText,
  publicParts,
  SIGNING_FILE,
  type SigningKey,
  signingKeysText,
} from './signing-keys.ts';

export interface SignerOptions extends KeyOptions {
  /** Where public.json is written, `<data_dir>/keys`; `folder` if absent. */
  readonly publicFolder?: string;
}

export interface FileSigner extends Signer {
  /** Reads the file again: what to do to take it over, or undefined where it is the same. Rejects with KeyFileError. */
  look(): Promise<NewKeys | undefined>;
}

export interface NewKeys {
  /** Tells auditors, before anything is signed with them. */
  publish(): Promise<void>;
  take(): void;
}

const restore = (path: string): string =>
  `restore ${path} from your backup; without it old receipts still verify with public.json, but this gate cannot go on ` +
  'under the same identity (to start over on purpose, move the whole data directory away)';

interface UsableKey extends KeyTimes {
  readonly kid: string;
  readonly sign: Signer['sign'];
}

interface KeySet {
  readonly text: string;
  readonly keys: readonly SigningKey[];
  readonly published: readonly Record<string, unknown>[];
  readonly usable: readonly UsableKey[];
  readonly verify: JwsVerifier;
}

async function usableKey(path: string, key: SigningKey, d: string, remedy: string): Promise<UsableKey> {
  const { kty, crv, x, kid, created, active_from } = key;
  let secret: Awaited<ReturnType<typeof importJWK>>;
  try {
    secret = await importJWK({ kty, crv, x, d }, 'EdDSA');
  } catch {
    // The library's message is dropped: it may quote the key.
    throw new KeyFileError(`${path}: key ${kid} is damaged: ${remedy}`);
  }
  const sign: Signer['sign'] = (payload, typ) =>
    new CompactSign(payload).setProtectedHeader({ alg: 'EdDSA', kid, typ }).sign(secret);
  return { kid, sign, created, active_from };
}

async function keySet(path: string, text: string, remedy: string): Promise<KeySet> {
  const keys = await parseSigningKeys(path, text, remedy);
  const published = publicParts(keys);
  const verify = await createJwsVerifier(published);
  const usable: UsableKey[] = [];
  for (const key of keys) {
    if (key.d === undefined) continue;
    const ready = await usableKey(path, key, key.d, remedy);
    // A private part that does not belong to the public one would sign receipts that nobody can verify.
    if (!(await verify(await ready.sign(new Uint8Array(1), 'holdgate-self-test'), 'holdgate-self-test'))) {
      throw new KeyFileError(`${path}: the private part of key ${key.kid} does not match its public part: ${remedy}`);
    }
    usable.push(ready);
  }
  return { text, keys, published, usable, verify };
}

/** Loads (or at first start makes) the keys. Rejects with KeyFileError whose message says how to fix it. */
export async function createSigner(options: SignerOptions): Promise<FileSigner> {
  const { clock, folder, publicFolder = folder } = options;
  const source = await openKeySource(options, {
    file: SIGNING_FILE,
    records: 'approvals or audit records signed with it',
    restore,
    make: async () => signingKeysText([await newSigningKey(clock ? newKeyTimes(clock.now(), 0) : {})]),
  });
  const { path, remedy } = source;
  let current = await keySet(path, await source.read(), remedy);

  /** The JWKS that auditors get; rewritten from the private keys, so that nobody can add a key by editing it. */
  const publish = ({ keys }: KeySet): Promise<void> =>
    writeFileAtomically(join(publicFolder, PUBLIC_FILE), publicKeysText(keys), 0o644);
  await publish(current);

  const inUse = (): UsableKey => {
    const key = activeKey(current.usable, clock?.now() ?? Infinity);
    if (!key) throw new Error('a set of keys without a private one was taken over');
    return key;
  };
  return {
    get keyId() {
      return inUse().kid;
    },
    sign: (payload, typ) => inUse().sign(payload, typ),
    verify: (jws, typ) => current.verify(jws, typ),
    publicKeys: () => current.published,
    async look() {
      const text = await source.read();
      if (text === current.text) return undefined;
      const next = await keySet(path, text, remedy);
      const known = new Set(next.keys.map(({ kid }) => kid));
      const lost = current.keys.find(({ kid }) => !known.has(kid));
      if (lost) throw new KeyFileError(`${path} no longer holds key ${lost.kid}: old keys have to stay in it`);
      return { publish: () => publish(next), take: () => void (current = next) };
    },
  };
}
