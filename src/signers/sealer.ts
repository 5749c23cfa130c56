// Encryption at rest: AES-256-GCM (NIST SP 800-38D), a fresh random 96-bit nonce each time, the context as associated data.
// Sealed form: key id (1 byte) | nonce (12) | ciphertext | tag (16). Seals with the newest key whose time has come, opens with all.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { type Sealer, UnknownDataKey } from '../ports/sealer.ts';
import type { SecretSource } from '../ports/secret-source.ts';
import { DATA_FILE, type DataKey, dataKeysText, newDataKey, parseDataKeys } from './data-keys.ts';
import { KeyFileError } from './key-files.ts';
import { type KeyOptions, openKeySource } from './key-source.ts';
import { activeKey, newKeyTimes } from './key-times.ts';

/** `keyId`: the key that seals now. */
export interface FileSealer extends Sealer, SecretSource {
  /** Reads the file again: how to take it over, or undefined where it is the same. Rejects with KeyFileError. */
  look(): Promise<{ take(): void } | undefined>;
}

const NONCE = 12;
/** Bytes of a derived secret. */
const DERIVED = 24;
const TAG = 16;
const HEAD = 1 + NONCE;

const restore = (path: string): string =>
  `restore ${path} from your backup; without it held calls and stored responses cannot be read`;

interface KeySet {
  readonly text: string;
  readonly keys: readonly DataKey[];
  readonly byId: ReadonlyMap<number, DataKey>;
}

function keySet(path: string, text: string, remedy: string): KeySet {
  const keys = parseDataKeys(path, text, remedy);
  return { text, keys, byId: new Map(keys.map((each) => [each.id, each])) };
}

/** What of `before` is not in `after`, in words. */
function loss(before: KeySet, after: KeySet): string | undefined {
  for (const { id, key } of before.keys) {
    const now = after.byId.get(id);
    if (!now) return `no longer holds data key ${id}: old keys have to stay in it`;
    if (!key.equals(now.key)) return `holds another data key ${id} than before: ids are never used twice`;
  }
  return undefined;
}

/** Loads (or at first start makes) the data keys. Rejects with KeyFileError. */
export async function createSealer(options: KeyOptions): Promise<FileSealer> {
  const { clock } = options;
  const source = await openKeySource(options, {
    file: DATA_FILE,
    records: 'approvals',
    restore,
    make: () => Promise.resolve(dataKeysText([newDataKey(1, clock ? newKeyTimes(clock.now(), 0) : {})])),
  });
  const { path, remedy } = source;
  let current = keySet(path, await source.read(), remedy);

  const inUse = (): DataKey => {
    const key = activeKey(current.keys, clock?.now() ?? Infinity);
    if (!key) throw new Error('an empty set of data keys was taken over');
    return key;
  };
  return {
    get keyId() {
      return inUse().id;
    },
    seal(plain, context) {
      const { id, key } = inUse();
      const nonce = randomBytes(NONCE);
      const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG });
      cipher.setAAD(Buffer.from(context, 'utf8'));
      const body = cipher.update(plain);
      cipher.final();
      return Buffer.concat([Buffer.of(id), nonce, body, cipher.getAuthTag()]);
    },
    open(sealed, context) {
      const [id = 0] = sealed;
      if (id === 0 || sealed.length < HEAD + TAG) throw new Error('sealed bytes are damaged');
      const known = current.byId.get(id);
      if (!known) throw new UnknownDataKey(id);
      const decipher = createDecipheriv('aes-256-gcm', known.key, sealed.subarray(1, HEAD), { authTagLength: TAG });
      decipher.setAAD(Buffer.from(context, 'utf8'));
      decipher.setAuthTag(sealed.subarray(sealed.length - TAG));
      const plain = decipher.update(sealed.subarray(HEAD, sealed.length - TAG));
      decipher.final(); // Throws if the tag does not match; until then nothing may be returned.
      return plain;
    },
    derive(id, context) {
      const known = current.byId.get(id);
      if (!known) throw new UnknownDataKey(id);
      // HKDF (RFC 5869): the label keeps what is derived apart from every other use of the key.
      return new Uint8Array(hkdfSync('sha256', known.key, '', `holdgate derive v1 ${context}`, DERIVED));
    },
    async look() {
      const text = await source.read();
      if (text === current.text) return undefined;
      const next = keySet(path, text, remedy);
      const lost = loss(current, next);
      if (lost !== undefined) throw new KeyFileError(`${path} ${lost}`);
      return { take: () => void (current = next) };
    },
  };
}
