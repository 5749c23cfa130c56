// The keys that a gate works with: its own below data_dir, or those that replicas share, from where they are mounted.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../ports/clock.ts';
import { createSigner, type FileSigner } from './ed25519.ts';
import { ensureKeyFolder, KeyFileError, readPrivateFile } from './key-files.ts';
import type { KeyOptions } from './key-source.ts';
import { createSealer, type FileSealer } from './sealer.ts';
import { parseSigningKeys, SIGNING_FILE } from './signing-keys.ts';

export interface KeyPlaces {
  /** `<data_dir>/keys`: where the gate keeps its own keys, and public.json in any case. */
  readonly own: string;
  /** `keys.dir`: where keys that replicas share are mounted; nothing is made or written there. */
  readonly mounted?: string | undefined;
  /** True only while nothing was made with the keys yet; those that are mounted are never made. */
  readonly allowCreate: boolean;
  readonly clock: Pick<Clock, 'now'>;
}

/** Keys of its own that a gate signed with before must be among those that it is given: its log and receipts are theirs. Rejects
 *  with KeyFileError. */
export async function refuseOtherIdentity(own: string, mounted: string): Promise<void> {
  const [before, given] = [join(own, SIGNING_FILE), join(mounted, SIGNING_FILE)];
  const text = await readPrivateFile(given, 'mounted');
  if (text === undefined || !existsSync(before)) return;
  const known = new Set((await parseSigningKeys(given, text, `mount it at ${mounted} again`)).map(({ kid }) => kid));
  const kept = await parseSigningKeys(before, await readFile(before, 'utf8'), 'restore it, or move it away');
  const lost = kept.find(({ kid }) => !known.has(kid));
  if (!lost) return;
  throw new KeyFileError(
    `this gate has signed with key ${lost.kid} in ${before} until now, and ${mounted} does not hold it: share a copy of ` +
      `signing.json and data.json in ${own} as keys.dir, or take another data_dir for the new keys`,
  );
}

/** Rejects with KeyFileError whose message says how to fix it. */
export async function loadKeys({
  own,
  mounted,
  allowCreate,
  clock,
}: KeyPlaces): Promise<{ readonly signer: FileSigner; readonly sealer: FileSealer }> {
  await ensureKeyFolder(own);
  if (mounted !== undefined) await refuseOtherIdentity(own, mounted);
  const from: KeyOptions =
    mounted === undefined
      ? { folder: own, access: 'own', allowCreate, clock }
      : { folder: mounted, access: 'mounted', allowCreate: false, clock };
  const sealer = await createSealer(from);
  return { sealer, signer: await createSigner({ ...from, publicFolder: own }) };
}
