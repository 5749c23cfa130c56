// The access keys of agents in whichever store the gate has, opened when they are first asked for: a gate whose agents do not sign has
// no connection for it.
import type { Config } from './config/types.ts';
import { lazily } from './lazily.ts';
import type { AgentKeyStore } from './ports/agent-keys.ts';
import type { Clock } from './ports/clock.ts';
import { openSqliteAgentKeys } from './stores/sqlite/agent-keys.ts';

/** `file`: where SQLite keeps them. */
export function openAgentKeys(file: string, store: Config['store'], clock: Pick<Clock, 'after'>): AgentKeyStore {
  const keys = lazily<AgentKeyStore>('the access keys', async () => {
    if (store === 'sqlite') return openSqliteAgentKeys(file);
    const { openRedisAgentKeys } = await import('./stores/redis/agent-keys.ts');
    return openRedisAgentKeys(store, clock);
  });
  return {
    add: async (record) => (await keys.get()).add(record),
    find: async (id) => (await keys.get()).find(id),
    list: async () => (await keys.get()).list(),
    revoke: async (id, at) => (await keys.get()).revoke(id, at),
    unsettled: async () => (await keys.get()).unsettled(),
    settled: async (id) => (await keys.get()).settled(id),
    close: () => void keys.close(),
  };
}
