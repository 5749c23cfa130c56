// Makes a folder of keys. INVARIANT: nothing that is there is touched, and a crash leaves either nothing under the files' names
// or a folder that nothing takes for whole.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DATA_FILE, dataKeysText, newDataKey } from './data-keys.ts';
import { ensureKeyFolder, nameStaged, stageFile } from './key-files.ts';
import { KEY_FILES, presentKeyFiles } from './key-folder.ts';
import { newKeyTimes } from './key-times.ts';
import { newSigningKey, PUBLIC_FILE, publicKeysText, SIGNING_FILE, signingKeysText } from './signing-keys.ts';

export type InitKeysOutcome =
  | { readonly ok: true; readonly signing: string; readonly data: number }
  /** Keys, or a part of them, are there already. */
  | { readonly ok: false; readonly present: readonly string[]; readonly missing: readonly string[] };

/** `now`: epoch ms. Rejects with KeyFileError for a folder that others can enter, and with what the disk says. */
export async function initKeys(folder: string, now: number): Promise<InitKeysOutcome> {
  const refusal = async (): Promise<InitKeysOutcome | undefined> => {
    const present = await presentKeyFiles(folder);
    if (present.length === 0) return undefined;
    return { ok: false, present, missing: KEY_FILES.filter((file) => !present.includes(file)) };
  };
  const refused = await refusal();
  if (refused) return refused;
  await ensureKeyFolder(folder);
  const signing = [await newSigningKey(newKeyTimes(now, 0))];
  const data = newDataKey(1, newKeyTimes(now, 0));
  const texts: Readonly<Record<string, string>> = {
    [PUBLIC_FILE]: publicKeysText(signing),
    [DATA_FILE]: dataKeysText([data]),
    [SIGNING_FILE]: signingKeysText(signing),
  };
  const staged = new Map<string, string>();
  const named: string[] = [];
  try {
    for (const file of KEY_FILES) staged.set(file, await stageFile(join(folder, file), texts[file] ?? '', 0o600));
    for (const [file, temporary] of staged) {
      if (!(await nameStaged(temporary, join(folder, file)))) break;
      named.push(file);
    }
  } finally {
    if (named.length < KEY_FILES.length) {
      const left = [...staged.values(), ...named.map((file) => join(folder, file))];
      await Promise.all(left.map((path) => rm(path, { force: true })));
    }
  }
  if (named.length === KEY_FILES.length) return { ok: true, signing: signing[0]?.kid ?? '', data: data.id };
  // Another init was faster.
  return (await refusal()) ?? { ok: false, present: [], missing: KEY_FILES };
}
