// Where the gates of a story keep their approvals and their keys.
import { join } from 'node:path';
import type { ApprovalStore } from '../../src/ports/approval-store.ts';
import { initKeys } from '../../src/signers/init-keys.ts';
import { createRedisStore } from '../../src/stores/redis/store.ts';
import { createSqliteStore } from '../../src/stores/sqlite/store.ts';
import { systemClock } from '../../src/system-clock.ts';
import { redisSettings } from '../stores/redis-store.ts';

/** Of one story, or of several that share it. */
export interface Backing {
  /** YAML: of `store`, and further top-level keys. */
  readonly store: string;
  readonly more: string;
  /** The folder of the keys that the gate of this folder uses. */
  keysOf(folder: string): string;
  /** What is left, read as it lies there; `folder`: of a gate. */
  open(folder: string): Promise<ApprovalStore>;
}

/** The agents of many stories are one agent. */
const MANY = 'hold: {max_open_per_agent: 1000, max_held_per_agent: none}';

export const sqliteBacking: Backing = {
  store: 'sqlite',
  more: '',
  keysOf: (folder) => join(folder, 'data', 'keys'),
  open: async (folder) => createSqliteStore({ file: join(folder, 'data', 'holdgate.db'), clock: systemClock }),
};

/** `root`: an existing folder, for the keys. */
export async function redisBacking(port: number, prefix: string, root: string): Promise<Backing> {
  const keys = join(root, `keys-${prefix}`);
  await initKeys(keys, systemClock.now());
  return {
    store: `{url: "redis://127.0.0.1:${port}", prefix: ${prefix}}`,
    more: `keys: {dir: ${keys}}\n${MANY}`,
    keysOf: () => keys,
    open: () => createRedisStore({ settings: redisSettings(port, { prefix }), clock: systemClock }),
  };
}
