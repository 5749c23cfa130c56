// The keys that replicas share: mounted so that this account can use them, readable for no strangers, and those of this gate.
import { join } from 'node:path';
import type { Config } from '../../config/types.ts';
import type { Clock } from '../../ports/clock.ts';
import { readKeyFolder } from '../../signers/key-folder.ts';
import { refuseOtherIdentity } from '../../signers/load-keys.ts';
import { keyList, keyTime, type ListedKey } from '../keys/key-list.ts';
import { type Check, fail, ok } from './check.ts';

const NAME = 'keys';

/** Nothing where the gate has its own keys; reads only. */
export async function checkKeys(
  config: Pick<Config, 'data_dir' | 'keys'>,
  clock: Pick<Clock, 'now'>,
): Promise<Check[]> {
  if (!config.keys) return [];
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

function inWords(noun: string, keys: readonly ListedKey[]): string {
  const active = keys.find(({ state }) => state === 'active');
  const next = keys.find(({ state }) => state === 'next');
  const then = next ? `, then ${next.id} from ${keyTime(next.active_from ?? 0)}` : '';
  return `${noun} ${active?.id ?? 'none'} is used${then} (${keys.length} in all)`;
}
