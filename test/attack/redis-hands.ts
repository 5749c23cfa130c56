// The hands of somebody who can write to Redis and has none of the keys: they read and change what a gate keeps there.
import type { RedisServer } from '../redis/redis-server.ts';

export type Json = Readonly<Record<string, unknown>>;

/** One stored event. */
export interface Entry {
  readonly seal: string;
  readonly body: Json;
}

export interface Hands {
  /** A command; its key without the prefix. */
  readonly by: (command: string, key: string, ...rest: readonly (string | number | Buffer)[]) => Promise<unknown>;
  readonly entries: (id: string) => Promise<readonly Entry[]>;
  /** Puts other events in the place of those of an approval, in one step; none: the key is gone. */
  readonly rewrite: (id: string, entries: readonly (Entry | string)[]) => Promise<void>;
  readonly bytes: (key: string) => Promise<Buffer>;
  /** Everything that is stored of an approval, and that any list says of it. */
  readonly facts: (id: string, pointer: string) => Promise<string>;
}

const STATUSES = ['pending', 'approved', 'claimed', 'sending', 'denied', 'expired', 'cancelled', 'void', 'not_sent'];
const ENDED = ['succeeded', 'upstream_error', 'indeterminate'];
const PLACES = [
  'all',
  'open',
  'due',
  'unreceipted',
  'a:deploy-bot',
  ...[...STATUSES, ...ENDED].map((one) => `s:${one}`),
];

export const written = (entry: Entry | string): string =>
  typeof entry === 'string' ? entry : `${entry.seal} ${JSON.stringify(entry.body)}`;

const REWRITE = `redis.call('DEL', KEYS[1])
for n = 1, #ARGV do redis.call('RPUSH', KEYS[1], ARGV[n]) end`;
const FACTS = `local found = {}
for n = 2, #KEYS do found[#found + 1] = redis.call('DUMP', KEYS[n]) or '' end
for n = 2, #ARGV do found[#found + 1] = redis.call('ZSCORE', KEYS[1] .. ARGV[n], ARGV[1]) or '' end
for _, key in ipairs({'claimed', 'agents'}) do found[#found + 1] = redis.call('HGET', KEYS[1] .. key, ARGV[1]) or '' end
found[#found + 1] = redis.call('SISMEMBER', KEYS[1] .. 'o:deploy-bot', ARGV[1])
return redis.sha1hex(cmsgpack.pack(found))`;

export function handsOn(redis: RedisServer, prefix: string): Hands {
  const key = (name: string): string => `{${prefix}}:${name}`;
  return {
    by: (command, name, ...rest) => redis.command(command, key(name), ...rest),
    async entries(id) {
      const stored = (await redis.command('LRANGE', key(`e:${id}`), 0, -1)) as string[];
      return stored.map((entry) => {
        const split = entry.indexOf(' ');
        return { seal: entry.slice(0, split), body: JSON.parse(entry.slice(split + 1)) as Json };
      });
    },
    async rewrite(id, entries) {
      await redis.command('EVAL', REWRITE, 1, key(`e:${id}`), ...entries.map(written));
    },
    bytes: async (name) => ((await redis.raw('GET', key(name))) as Buffer | null) ?? Buffer.alloc(0),
    async facts(id, pointer) {
      const keys = ['', `e:${id}`, `b:call:${id}`, `b:response:${id}`, `b:receipt:${id}`, pointer].map(key);
      return String(await redis.command('EVAL', FACTS, keys.length, ...keys, id, ...PLACES));
    },
  };
}
