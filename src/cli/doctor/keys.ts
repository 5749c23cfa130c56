// The keys: those that replicas share are mounted so that this account can use them, readable for no strangers, and those of this gate; its own
// are there if it has made any, and for it alone.
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../config/types.ts';
import type { Clock } from '../../ports/clock.ts';
import { type DataPaths, dataPaths } from '../../data-dir.ts';
import { readKeyFolder } from '../../signers/key-folder.ts';
import { refuseOtherIdentity } from '../../signers/load-keys.ts';
import { SIGNING_FILE } from '../../signers/signing-keys.ts';
import { keyList, keyTime, type ListedKey } from '../keys/key-list.ts';
import { type Check, fail, ok } from './check.ts';

const NAME = 'keys';

/** Nothing where the gate has made no keys of its own yet; reads only. */
export async function checkKeys(
  config: Pick<Config, 'data_dir' | 'keys'>,
  clock: Pick<Clock, 'now'>,
): Promise<Check[]> {
  if (!config.keys) return ownKeys(dataPaths(config.data_dir), clock.now());
  const { dir } = config.keys;
  try {
    const { signing, data } = keyList(await readKeyFolder(dir), clock.now());
    await refuseOtherIdentity(join(config.data_dir, 'keys'), dir);
    return [ok(NAME, `${dir}: ${inWords('signing key', signing)}; ${inWords('data key', data)}`)];
  } catch (error) {
    return [
      fail(
        NAME,
        (error as Error).message,
        'see "Keys that replicas share" in docs/operating.md and holdgate keys --help',
      ),
    ];
  }
}

async function ownKeys({ keys: folder, database, audit }: DataPaths, now: number): Promise<Check[]> {
  if (!existsSync(join(folder, SIGNING_FILE))) {
    if (!existsSync(database) && !existsSync(audit)) return [];
    const detail = `${join(folder, SIGNING_FILE)} is missing although there are records that it signed`;
    return [fail(NAME, detail, 'restore the folder from your backup')];
  }
  try {
    if ((statSync(folder).mode & 0o077) !== 0)
      return [fail(NAME, `${folder} is open to other accounts`, `chmod 700 ${folder}`)];
    const { signing, data } = keyList(await readKeyFolder(folder), now);
    return [ok(NAME, `${folder}: ${inWords('signing key', signing)}; ${inWords('data key', data)}`)];
  } catch (error) {
    return [fail(NAME, (error as Error).message, 'see "Keys" in docs/evidence.md')];
  }
}

function inWords(noun: string, keys: readonly ListedKey[]): string {
  const active = keys.find(({ state }) => state === 'active');
  const next = keys.find(({ state }) => state === 'next');
  const then = next ? `, then ${next.id} from ${keyTime(next.active_from ?? 0)}` : '';
  return `${noun} ${active?.id ?? 'none'} is used${then} (${keys.length} in all)`;
}
