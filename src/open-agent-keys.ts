// The access keys of agents in whichever store the gate has, opened when they are first asked for: a gate whose agents do not sign has
// no connection for it.
import type { Config } from './config/types.ts';
import type { AgentKeyStore } from './ports/agent-keys.ts';
import { StoreUnavailable } from './ports/approval-store.ts';
import type { Clock } from './ports/clock.ts';
import { openRedisAgentKeys } from './stores/redis/agent-keys.ts';
import { openSqliteAgentKeys } from './stores/sqlite/agent-keys.ts';

/** `file`: where SQLite keeps them. */
export function openAgentKeys(file: string, store: Config['store'], clock: Pick<Clock, 'after'>): AgentKeyStore {
  let opening: Promise<AgentKeyStore> | undefined;
  let closed = false;

  const open = async (): Promise<AgentKeyStore> => {
    const opened = store === 'sqlite' ? openSqliteAgentKeys(file) : await openRedisAgentKeys(store, clock);
    if (!closed) return opened;
    opened.close();
    throw new StoreUnavailable('the store of access keys is closed');
  };
  const keys = (): Promise<AgentKeyStore> => {
    if (closed) return Promise.reject(new StoreUnavailable('the store of access keys is closed'));
    if (!opening) {
      const attempt = open();
      opening = attempt;
      // Whoever asks next tries again.
      attempt.catch(() => {
        if (opening === attempt) opening = undefined;
      });
    }
    return opening;
  };
  return {
    add: async (record) => (await keys()).add(record),
    find: async (id) => (await keys()).find(id),
    list: async () => (await keys()).list(),
    revoke: async (id, at) => (await keys()).revoke(id, at),
    close() {
      closed = true;
      opening?.then(
        (opened) => opened.close(),
        () => undefined,
      );
    },
  };
}
