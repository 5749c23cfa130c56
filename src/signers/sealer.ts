// Encryption at rest: AES-256-GCM (NIST SP 800-38D), a fresh random 96-bit nonce each time, the context as associated data.
// Sealed form: key id (1 byte) | nonce (12) | ciphertext | tag (16).
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Sealer } from '../ports/sealer.ts';
import { ensureKeyFolder, KeyFileError, readPrivateFile, writeFileAtomically } from './key-files.ts';

export interface SealerOptions {
  /** `<data_dir>/keys`. */
  readonly folder: string;
  /** True only while the store is empty: a missing key may then be made. */
  readonly allowCreate: boolean;
}

interface DataKey {
  /** 1–255; names the key in sealed bytes. */
  readonly id: number;
  readonly key: KeyObject;
}

const NONCE = 12;
const TAG = 16;
const HEAD = 1 + NONCE;

const restore = (path: string): string =>
  `restore ${path} from your backup; without it held calls and stored responses cannot be read`;

function parseKeys(path: string, text: string): DataKey[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new KeyFileError(`${path} is not JSON (${text.length} bytes): ${restore(path)}`);
  }
  const list: unknown = typeof value === 'object' && value !== null && 'keys' in value ? value.keys : undefined;
  const keys: DataKey[] = [];
  for (const item of Array.isArray(list) ? (list as unknown[]) : []) {
    const { id, k } = (item ?? {}) as Record<string, unknown>;
    const bytes = typeof k === 'string' ? Buffer.from(k, 'base64url') : undefined;
    if (bytes?.length !== 32 || typeof id !== 'number' || !Number.isInteger(id) || id < 1 || id > 255) {
      throw new KeyFileError(`${path} holds a damaged key: ${restore(path)}`);
    }
    keys.push({ id, key: createSecretKey(bytes) });
  }
  if (keys.length === 0) throw new KeyFileError(`${path} holds no keys ({"keys":[…]}, newest first): ${restore(path)}`);
  if (new Set(keys.map((key) => key.id)).size !== keys.length) {
    throw new KeyFileError(`${path} holds two keys with the same id: ${restore(path)}`);
  }
  return keys;
}

async function loadOrCreate(path: string, allowCreate: boolean): Promise<DataKey[]> {
  const text = await readPrivateFile(path);
  if (text !== undefined) return parseKeys(path, text);
  if (!allowCreate) throw new KeyFileError(`${path} is missing, although approvals exist: ${restore(path)}`);
  const made = `${JSON.stringify({ keys: [{ id: 1, k: randomBytes(32).toString('base64url') }] }, null, 2)}\n`;
  await writeFileAtomically(path, made, 0o600);
  return parseKeys(path, made);
}

/** Loads (or at first start makes) the data key. Rejects with KeyFileError. `open` throws on any change. */
export async function createSealer({ folder, allowCreate }: SealerOptions): Promise<Sealer> {
  await ensureKeyFolder(folder);
  const path = join(folder, 'data.json');
  const keys = await loadOrCreate(path, allowCreate);
  const byId = new Map(keys.map((key) => [key.id, key.key]));
  const newest = keys[0];
  if (!newest) throw new KeyFileError(`${path} holds no keys: ${restore(path)}`);
  return {
    seal(plain, context) {
      const nonce = randomBytes(NONCE);
      const cipher = createCipheriv('aes-256-gcm', newest.key, nonce, { authTagLength: TAG });
      cipher.setAAD(Buffer.from(context, 'utf8'));
      const body = cipher.update(plain);
      cipher.final();
      return Buffer.concat([Buffer.of(newest.id), nonce, body, cipher.getAuthTag()]);
    },
    open(sealed, context) {
      const key = byId.get(sealed[0] ?? 0);
      if (!key || sealed.length < HEAD + TAG) throw new Error('sealed bytes are damaged or of an unknown key');
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, HEAD), { authTagLength: TAG });
      decipher.setAAD(Buffer.from(context, 'utf8'));
      decipher.setAuthTag(sealed.subarray(sealed.length - TAG));
      const plain = decipher.update(sealed.subarray(HEAD, sealed.length - TAG));
      decipher.final(); // Throws if the tag does not match; until then nothing may be returned.
      return plain;
    },
  };
}
