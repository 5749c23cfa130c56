// Adds keys to a folder, and takes the private part of an old one away. Old keys stay: what was signed or sealed with them has to
// verify and open for as long as it exists.
import { DATA_FILE, dataKeysText, MAX_DATA_KEY_ID, newDataKey } from './data-keys.ts';
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

export type RotateOutcome =
  | {
      readonly ok: true;
      readonly signing: string | undefined;
      readonly data: number | undefined;
      /** Epoch seconds; undefined: at once. */
      readonly activeFrom: number | undefined;
    }
  /** Every id of data keys is taken; nothing was changed. */
  | { readonly ok: false; readonly why: 'no-ids' };

/** Auditors first: what is published may run ahead of what signs, never behind it. */
async function writeSigning(folder: string, keys: readonly SigningKey[]): Promise<void> {
  await replaceKeyFile(folder, PUBLIC_FILE, publicKeysText(keys));
  await replaceKeyFile(folder, SIGNING_FILE, signingKeysText(keys));
}

/** Rejects with KeyFileError for a folder that is not whole, not safe or mounted from elsewhere, and with what the disk says. */
export function rotateKeys(folder: string, { signing, data, now, delay }: Rotation): Promise<RotateOutcome> {
  return changeKeyFolder(folder, async (keys) => {
    const id = Math.max(...keys.data.map((key) => key.id)) + 1;
    if (data && id > MAX_DATA_KEY_ID) return { ok: false, why: 'no-ids' };
    const times = newKeyTimes(now, delay);
    const key = signing ? await newSigningKey(times) : undefined;
    if (key) await writeSigning(folder, [key, ...keys.signing]);
    if (data) await replaceKeyFile(folder, DATA_FILE, dataKeysText([newDataKey(id, times), ...keys.data]));
    return { ok: true, signing: key?.kid, data: data ? id : undefined, activeFrom: times.active_from };
  });
}

/** Leaves of an old signing key only what verifies; anything but `retired` is why not. Rejects like `rotateKeys`. */
export function retireSigningKey(
  folder: string,
  kid: string,
  now: number,
): Promise<'retired' | 'unknown' | 'active' | 'next'> {
  return changeKeyFolder(folder, async ({ signing }) => {
    const place = signing.findIndex((key) => key.kid === kid);
    const state = keyStates(signing, ({ d }) => d !== undefined, now)[place];
    if (state === undefined) return 'unknown';
    if (state !== 'old') return state;
    const left = signing.map(({ d, ...rest }) => (rest.kid === kid || d === undefined ? rest : { ...rest, d }));
    await writeSigning(folder, left);
    return 'retired';
  });
}
