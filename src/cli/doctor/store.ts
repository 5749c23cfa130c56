// The Redis that replicas share: reached, and one that forgets nothing by itself.
import type { Config } from '../../config/types.ts';
import type { Clock } from '../../ports/clock.ts';
import { inspectRedis } from '../../stores/redis/inspect.ts';
import { type Check, fail, ok, warn } from './check.ts';

const NAME = 'store';
const HOW = 'see "A shared store" in docs/operating.md';

/** Nothing where approvals are in a file of this machine. */
export async function checkStore({ store }: Pick<Config, 'store'>, clock: Pick<Clock, 'after'>): Promise<Check[]> {
  if (store === 'sqlite') return [];
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
