// Access keys of agents in the Redis that replicas share: one hash, one field a key. What cannot be read makes no key good.
import { hash } from 'node:crypto';
import type { RedisSettings } from '../../core/redis-settings.ts';
import type { AgentKeyRecord, AgentKeyStore } from '../../ports/agent-keys.ts';
import { StoreUnavailable } from '../../ports/approval-store.ts';
import type { Clock } from '../../ports/clock.ts';
import { redisKeys } from './keys.ts';
import { openLink } from './link.ts';
import { placeOf } from './unavailable.ts';

/** KEYS: 1 all, 2 the unsettled. ARGV: 1 id, 2 what is written, 3 what stood there ('' for nothing), 4 '1' where it revokes. 0 if
 *  something else stood there. */
const PUT_LUA = `
local there = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if there ~= ARGV[3] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
if ARGV[4] == '1' then redis.call('SADD', KEYS[2], ARGV[1]) end
return 1
`;
const PUT = { lua: PUT_LUA, sha1: hash('sha1', PUT_LUA) };
/** Times that a record may change between reading and writing it. */
const TRIES = 5;

/** Rejects with StoreUnavailable. */
export async function openRedisAgentKeys(settings: RedisSettings, clock: Pick<Clock, 'after'>): Promise<AgentKeyStore> {
  const where = placeOf(settings);
  const { agentKeys: key, agentKeysUnsettled } = redisKeys(settings.prefix);
  const link = await openLink(settings, where, key, clock);
  const text = async (id: string): Promise<string> => {
    const found = await link.call('HGET', key, id);
    return typeof found === 'string' ? found : '';
  };
  const put = async (id: string, now: string, before: string, revokes = ''): Promise<boolean> =>
    (await link.run(PUT, [key, agentKeysUnsettled], [id, now, before, revokes], true)) === 1;

  const parse = (id: string, json: string): AgentKeyRecord => {
    const damaged = (): StoreUnavailable => new StoreUnavailable(`${where}: the record of access key ${id} is damaged`);
    let value: unknown;
    try {
      value = JSON.parse(json);
    } catch {
      throw damaged();
    }
    const { agent, created, revoked } = (value ?? {}) as Record<string, unknown>;
    if (typeof agent !== 'string' || typeof created !== 'number') throw damaged();
    if (revoked !== undefined && typeof revoked !== 'number') throw damaged();
    return { id, agent, created, revoked };
  };
  /** A damaged one makes its own key bad, and must not keep those of others waiting. */
  const readable = (id: string, json: string): AgentKeyRecord | undefined => {
    try {
      return parse(id, json);
    } catch {
      return undefined;
    }
  };
  return {
    async add({ id, agent, created }) {
      if (!(await put(id, JSON.stringify({ agent, created }), ''))) {
        throw new StoreUnavailable(`${where}: there is an access key ${id} already`);
      }
    },
    async find(id) {
      const json = await text(id);
      return json === '' ? undefined : parse(id, json);
    },
    async list() {
      const flat = (await link.call('HGETALL', key)) as readonly string[];
      const found: AgentKeyRecord[] = [];
      for (let i = 0; i + 1 < flat.length; i += 2) found.push(parse(flat[i] ?? '', flat[i + 1] ?? ''));
      return found.toSorted((a, b) => a.created - b.created || (a.id < b.id ? -1 : 1));
    },
    async revoke(id, at) {
      for (let left = TRIES; left > 0; left--) {
        const json = await text(id);
        if (json === '') return undefined;
        const known = parse(id, json);
        if (known.revoked !== undefined) return known;
        const { agent, created } = known;
        if (await put(id, JSON.stringify({ agent, created, revoked: at }), json, '1')) return { ...known, revoked: at };
      }
      throw new StoreUnavailable(`${where}: the record of access key ${id} keeps changing`);
    },
    async unsettled() {
      const ids = (await link.call('SMEMBERS', agentKeysUnsettled)) as readonly string[];
      const found: AgentKeyRecord[] = [];
      for (const id of ids) {
        const json = await text(id);
        const record = json === '' ? undefined : readable(id, json);
        if (record?.revoked !== undefined) found.push(record);
      }
      return found;
    },
    settled: async (id) => void (await link.call('SREM', agentKeysUnsettled, id)),
    close: () => link.close(),
  };
}
