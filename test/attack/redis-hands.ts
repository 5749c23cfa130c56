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
  /** The same hands, which notice whether what they do changes any of these facts, even if the gate puts it right at once. */
  readonly watched: (id: string, pointer: string) => WatchedHands;
}

export interface WatchedHands extends Hands {
  readonly touched: () => boolean;
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

const REWRITE = 'REWRITE';
/** KEYS: 1 prefix, 2 events, 3 call, 4 response, 5 receipt, 6 pointer. ARGV: 1 id, 2 number of places, places. */
const FACTS = `local function facts()
  local found = {}
  for n = 2, 6 do found[#found + 1] = redis.call('DUMP', KEYS[n]) or '' end
  for n = 3, ARGV[2] + 2 do found[#found + 1] = redis.call('ZSCORE', KEYS[1] .. ARGV[n], ARGV[1]) or '' end
  for _, key in ipairs({'claimed', 'agents'}) do found[#found + 1] = redis.call('HGET', KEYS[1] .. key, ARGV[1]) or '' end
  found[#found + 1] = redis.call('SISMEMBER', KEYS[1] .. 'o:deploy-bot', ARGV[1])
  return redis.sha1hex(cmsgpack.pack(found))
end`;
/** `key` is where it is done, and the command with its words stands from `first` on. */
const DO = `local function act(key, first)
  local words = {}
  for n = first + 1, #ARGV do words[#words + 1] = ARGV[n] end
  if ARGV[first] ~= '${REWRITE}' then return redis.call(ARGV[first], key, unpack(words)) end
  redis.call('DEL', key)
  for _, word in ipairs(words) do redis.call('RPUSH', key, word) end
end`;
const WATCHED = `${FACTS}
${DO}
local before = facts()
local answer = act(KEYS[7], ARGV[2] + 3)
return {facts() ~= before and 1 or 0, answer}`;

export function handsOn(redis: RedisServer, prefix: string): Hands {
  const key = (name: string): string => `{${prefix}}:${name}`;
  const factsOf = (id: string, pointer: string): readonly [keys: readonly string[], words: readonly string[]] => [
    ['', `e:${id}`, `b:call:${id}`, `b:response:${id}`, `b:receipt:${id}`, pointer].map(key),
    [id, String(PLACES.length), ...PLACES],
  ];
  const hands: Hands = {
    by: (command, name, ...rest) => redis.command(command, key(name), ...rest),
    async entries(id) {
      const stored = (await redis.command('LRANGE', key(`e:${id}`), 0, -1)) as string[];
      return stored.map((entry) => {
        const split = entry.indexOf(' ');
        return { seal: entry.slice(0, split), body: JSON.parse(entry.slice(split + 1)) as Json };
      });
    },
    async rewrite(id, entries) {
      await redis.command('EVAL', `${DO} return act(KEYS[1], 1)`, 1, key(`e:${id}`), REWRITE, ...entries.map(written));
    },
    bytes: async (name) => ((await redis.raw('GET', key(name))) as Buffer | null) ?? Buffer.alloc(0),
    async facts(id, pointer) {
      const [keys, words] = factsOf(id, pointer);
      return String(await redis.command('EVAL', `${FACTS} return facts()`, keys.length, ...keys, ...words));
    },
    watched(id, pointer) {
      const [keys, facts] = factsOf(id, pointer);
      let touched = false;
      const by: Hands['by'] = async (command, name, ...rest) => {
        const words = [...facts, command, ...rest];
        const done = await redis.command('EVAL', WATCHED, keys.length + 1, ...keys, key(name), ...words);
        const [changes, answer = null] = done as [number, unknown];
        touched ||= changes === 1;
        return answer;
      };
      const rewrite: Hands['rewrite'] = async (of, entries) => {
        await by(REWRITE, `e:${of}`, ...entries.map(written));
      };
      return { ...hands, by, rewrite, touched: () => touched };
    },
  };
  return hands;
}
