// One look at a Redis, without keeping a connection: whether a gate could use it.
import type { RedisSettings } from '../../core/redis-settings.ts';
import type { Clock } from '../../ports/clock.ts';
import { redisKeys } from './keys.ts';
import { openLink } from './link.ts';
import { unsafeBecause } from './server-check.ts';
import { placeOf } from './unavailable.ts';

export interface Inspection {
  /** How messages name it. */
  readonly where: string;
  /** Why it cannot hold approvals. */
  readonly unsafe: readonly string[];
  /** Replicas that each primary has connected. */
  readonly replicas: number;
}

/** Rejects with StoreUnavailable. */
export async function inspectRedis(settings: RedisSettings, clock: Pick<Clock, 'after'>): Promise<Inspection> {
  const where = placeOf(settings);
  const link = await openLink(settings, where, redisKeys(settings.prefix).order, clock);
  try {
    const infos = await link.info();
    return {
      where,
      unsafe: infos.flatMap((info) => unsafeBecause(info, settings)),
      replicas: Math.min(...infos.map((info) => Number(/^connected_slaves:(\d+)/m.exec(info)?.[1] ?? 0))),
    };
  } finally {
    link.close();
  }
}
