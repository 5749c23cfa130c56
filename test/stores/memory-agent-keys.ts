// The model of the access keys' store: what the port says, and nothing else.
import type { AgentKeyRecord, AgentKeyStore } from '../../src/ports/agent-keys.ts';

export type KeysDisk = Map<string, AgentKeyRecord & { readonly settled: boolean }>;

export function createMemoryAgentKeys(disk: KeysDisk = new Map()): AgentKeyStore {
  return {
    add: async (record) => void disk.set(record.id, { ...record, revoked: undefined, settled: false }),
    find: async (id) => disk.get(id),
    list: async () => [...disk.values()],
    async revoke(id, at) {
      const known = disk.get(id);
      if (known && known.revoked === undefined) disk.set(id, { ...known, revoked: at });
      return disk.get(id);
    },
    unsettled: async () => [...disk.values()].filter(({ revoked, settled }) => revoked !== undefined && !settled),
    async settled(id) {
      const known = disk.get(id);
      if (known) disk.set(id, { ...known, settled: true });
    },
    close: () => undefined,
  };
}
