// Where approvals are: the file of this machine is one that a gate can open; the Redis that replicas share is reached, and forgets nothing by
// itself.
import { existsSync } from 'node:fs';
import type { Config } from '../../config/types.ts';
import type { Clock } from '../../ports/clock.ts';
import { dataPaths } from '../../data-dir.ts';
import { inspectRedis } from '../../stores/redis/inspect.ts';
import { sqliteFileFault } from '../../stores/sqlite/look.ts';
import { type Check, fail, ok, warn } from './check.ts';

const NAME = 'store';
const HOW = 'see "A shared store" in docs/operating.md';

/** Nothing where there is no file yet. Opens no file: a gate may be at work on it. */
export async function checkStore(
  { store, data_dir: folder }: Pick<Config, 'store' | 'data_dir'>,
  clock: Pick<Clock, 'after'>,
): Promise<Check[]> {
  if (store === 'sqlite') return checkFile(dataPaths(folder).database);
  try {
    const { where, unsafe, replicas } = await inspectRedis(store, clock);
    if (unsafe.length > 0)
      return unsafe.map((why) => fail(NAME, `${where}: ${why}`, 'holdgate serve refuses to start like this'));
    if (store.ackReplicas > 0 || replicas === 0) return [ok(NAME, `${where} answers and persists every write`)];
    return [
      warn(
        NAME,
        `${where} has ${replicas} replicas and none has to have a vote or an intent before it counts: a failover may lose the last ones`,
        'set store.ack_replicas',
      ),
    ];
  } catch (error) {
    return [fail(NAME, (error as Error).message, HOW)];
  }
}

function checkFile(file: string): Check[] {
  if (!existsSync(file)) return [];
  const fault = sqliteFileFault(file);
  const remedy = 'restore it from a backup, or move it away to start with an empty store';
  return [fault === undefined ? ok(NAME, `${file} is a store of Holdgate`) : fail(NAME, fault, remedy)];
}
