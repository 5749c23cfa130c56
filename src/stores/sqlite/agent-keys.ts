// Access keys of agents in the store's own file, on a connection of their own: commands write them while the gate runs.
import type { AgentKeyRecord, AgentKeyStore } from '../../ports/agent-keys.ts';
import { StoreUnavailable } from '../../ports/approval-store.ts';
import { openDatabase } from './database.ts';
import { sqlite } from './sqlite-module.ts';
import { asUnavailable } from './unavailable.ts';

const LIST = 'SELECT id, agent, created, revoked FROM agent_keys ORDER BY created, id';

const record = (row: Readonly<Record<string, unknown>>): AgentKeyRecord => ({
  id: String(row['id']),
  agent: String(row['agent']),
  created: Number(row['created']),
  revoked: row['revoked'] === null ? undefined : Number(row['revoked']),
});

/** A look at a file that nobody changes by it; one of an older version has no keys. Throws StoreUnavailable. */
export function listSqliteAgentKeys(file: string): readonly AgentKeyRecord[] {
  try {
    const db = new sqlite.DatabaseSync(file, { readOnly: true });
    try {
      const has = db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'agent_keys'").get();
      return has ? db.prepare(LIST).all().map(record) : [];
    } finally {
      db.close();
    }
  } catch (error) {
    throw asUnavailable(file, error);
  }
}

/** Throws StoreUnavailable. */
export function openSqliteAgentKeys(file: string): AgentKeyStore {
  const db = openDatabase(file, true);
  const add = db.prepare('INSERT INTO agent_keys (id, agent, created) VALUES (?, ?, ?)');
  const find = db.prepare('SELECT id, agent, created, revoked FROM agent_keys WHERE id = ?');
  const list = db.prepare(LIST);
  const revoke = db.prepare('UPDATE agent_keys SET revoked = ? WHERE id = ? AND revoked IS NULL');
  const unsettled = db.prepare(
    'SELECT id, agent, created, revoked FROM agent_keys WHERE revoked IS NOT NULL AND settled = 0 ORDER BY id',
  );
  const settled = db.prepare('UPDATE agent_keys SET settled = 1 WHERE id = ? AND revoked IS NOT NULL');
  let closed = false;

  async function step<T>(work: () => T): Promise<T> {
    if (closed) throw new StoreUnavailable(`${file}: the store is closed`);
    try {
      return work();
    } catch (error) {
      throw asUnavailable(file, error);
    }
  }

  const found = (id: string): AgentKeyRecord | undefined => {
    const row = find.get(id);
    return row && record(row);
  };
  return {
    add: ({ id, agent, created }) => step(() => void add.run(id, agent, created)),
    find: (id) => step(() => found(id)),
    list: () => step(() => list.all().map(record)),
    revoke: (id, at) => step(() => (revoke.run(at, id), found(id))),
    unsettled: () => step(() => unsettled.all().map(record)),
    settled: (id) => step(() => void settled.run(id)),
    close() {
      if (closed) return;
      closed = true;
      db.close();
    },
  };
}
