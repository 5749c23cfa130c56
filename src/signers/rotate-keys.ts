// Adds keys to a folder, and takes the private part of an old one away. Old keys stay: what was signed or sealed with them has to
// verify and open for as long as it exists.
import { DATA_FILE, dataKeysText, MAX_DATA_KEY_ID, newDataKey } from './data-keys.ts';
import { KeyFileError } from './key-files.ts';
import { changeKeyFolder, replaceKeyFile } from './key-folder.ts';
import { keyStates, newKeyTimes } from './key-times.ts';
import {
  newSigningKey,
  PUBLIC_FILE,
  publicKeysText,
  SIGNING_FILE,
  type SigningKey,
  signingKeysText,
} from './signing-keys.ts';

export interface Rotation {
  readonly signing: boolean;
  readonly data: boolean;
  /** Epoch ms. */
  readonly now: number;
  /** ms until the new keys are used; every replica has to know them by then. */
  readonly delay: number;
}

export interface Rotated {
  readonly signing: string | undefined;
  readonly data: number | undefined;
  /** Epoch seconds; undefined: at once. */
  readonly activeFrom: number | undefined;
}

/** Auditors first: what is published may run ahead of what signs, never behind it. */
async function writeSigning(folder: string, keys: readonly SigningKey[]): Promise<void> {
  await replaceKeyFile(folder, PUBLIC_FILE, publicKeysText(keys));
  await replaceKeyFile(folder, SIGNING_FILE, signingKeysText(keys));
}

/** Rejects with KeyFileError where it cannot be done; then nothing was changed. */
export function rotateKeys(folder: string, { signing, data, now, delay }: Rotation): Promise<Rotated> {
  return changeKeyFolder(folder, async (keys) => {
    const id = Math.max(...keys.data.map((key) => key.id)) + 1;
    if (data && id > MAX_DATA_KEY_ID) {
      throw new KeyFileError(
        `the ids of data keys in ${folder} are used up (1 to ${MAX_DATA_KEY_ID}, none twice): nothing was changed; the last ` +
          'key stays in use until a store is begun with new keys (rotate signing keys alone with --signing)',
      );
    }
    const times = newKeyTimes(now, delay);
    const key = signing ? await newSigningKey(times) : undefined;
    if (key) await writeSigning(folder, [key, ...keys.signing]);
    if (data) await replaceKeyFile(folder, DATA_FILE, dataKeysText([newDataKey(id, times), ...keys.data]));
    return { signing: key?.kid, data: data ? id : undefined, activeFrom: times.active_from };
  });
}

/** Leaves of an old signing key what verifies. Rejects with KeyFileError where it is still needed or none of the folder's. */
export function retireSigningKey(folder: string, kid: string, now: number): Promise<void> {
  return changeKeyFolder(folder, async ({ signing }) => {
    const place = signing.findIndex((key) => key.kid === kid);
    const state = keyStates(signing, ({ d }) => d !== undefined, now)[place];
    if (state === undefined) {
      throw new KeyFileError(
        `there is no signing key ${kid} in ${folder}; data keys cannot be retired: stored approvals need them`,
      );
    }
    if (state !== 'old') {
      throw new KeyFileError(
        `signing key ${kid} is ${state === 'active' ? 'in use' : 'about to be used'}: rotate first, and retire it once the ` +
          'newer key is active',
      );
    }
    await writeSigning(
      folder,
      signing.map(({ d, ...rest }) => (rest.kid === kid || d === undefined ? rest : { ...rest, d })),
    );
  });
}
