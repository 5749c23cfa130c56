// The access keys that agents sign with, where the gate signs for an upstream: somebody has one, and each can still be derived.
import { existsSync } from 'node:fs';
import type { Config } from '../../config/types.ts';
import { dataKeyOf } from '../../core/agent-key.ts';
import { dataPaths } from '../../data-dir.ts';
import type { AgentKeyRecord } from '../../ports/agent-keys.ts';
import type { Clock } from '../../ports/clock.ts';
import { readKeyFolder } from '../../signers/key-folder.ts';
import { openRedisAgentKeys } from '../../stores/redis/agent-keys.ts';
import { listSqliteAgentKeys } from '../../stores/sqlite/agent-keys.ts';
import { type Check, fail, ok, warn } from './check.ts';

const NAME = 'access keys';

/** Nothing where no upstream has keys of AWS; reads only. */
export async function checkAgentKeys(config: Config, clock: Pick<Clock, 'after'>): Promise<Check[]> {
  const signing = config.upstreams.filter(({ credential }) => credential?.aws).map(({ id }) => id);
  if (signing.length === 0) return [];
  try {
    const good = (await records(config, clock)).filter(({ revoked }) => revoked === undefined);
    if (good.length === 0) {
      const detail = `calls to ${signing.join(', ')} are signed anew, and no agent has a key to sign its own with`;
      return [warn(NAME, detail, 'holdgate agents aws-key AGENT')];
    }
    const { data } = await readKeyFolder(config.keys?.dir ?? dataPaths(config.data_dir).keys);
    const there = new Set(data.map(({ id }) => id));
    const lost = good.filter(({ id }) => !there.has(dataKeyOf(id)));
    const agents = new Set(config.agents.filter(({ disabled }) => !disabled).map(({ id }) => id));
    const idle = good.filter(({ agent }) => !agents.has(agent));
    if (lost.length > 0) {
      const detail = `${lost.map(({ id }) => id).join(', ')} cannot be derived: the data key is no longer in the folder`;
      return [fail(NAME, detail, 'restore the data key, or issue new access keys and revoke these')];
    }
    if (idle.length > 0) {
      const detail = `${idle.map(({ id }) => id).join(', ')} belong to agents that are disabled or no longer configured`;
      return [warn(NAME, detail, 'holdgate agents revoke-aws-key ID')];
    }
    return [ok(NAME, `${good.length} good, of ${new Set(good.map(({ agent }) => agent)).size} agents`)];
  } catch (error) {
    return [fail(NAME, (error as Error).message, 'see "Calls to AWS" in docs/agents.md')];
  }
}

async function records(
  { store, data_dir: folder }: Config,
  clock: Pick<Clock, 'after'>,
): Promise<readonly AgentKeyRecord[]> {
  if (store === 'sqlite') {
    const file = dataPaths(folder).database;
    return existsSync(file) ? listSqliteAgentKeys(file) : [];
  }
  const keys = await openRedisAgentKeys(store, clock);
  try {
    return await keys.list();
  } finally {
    keys.close();
  }
}
