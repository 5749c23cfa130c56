// The steps of shared records, in Lua. A stored record is its version, a blank and its sealed value.
import { script, type Script, TIME } from './lua.ts';

/** KEYS: 1 records, 2 due, 3 kept. Forgets what nobody needs any more, and gives what stands for an id, '' for nothing. */
const RECORDS = `
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now, 'LIMIT', 0, 100)) do
  redis.call('HDEL', KEYS[1], id)
  redis.call('ZREM', KEYS[2], id)
  redis.call('ZREM', KEYS[3], id)
end
local function stands(id) return redis.call('HGET', KEYS[1], id) or '' end
local function version(record) return tonumber(string.match(record, '^(%d+) ')) or 0 end
`;

/** ARGV: 2 id, 3 version that has to stand there, 4 record, 5 due at or empty, 6 kept for (ms). */
export const PUT_RECORD: Script = script(`${TIME}${RECORDS}
local found = stands(ARGV[2])
if version(found) ~= tonumber(ARGV[3]) then return {'conflict', now, found, redis.call('ZSCORE', KEYS[2], ARGV[2]) or ''} end
redis.call('HSET', KEYS[1], ARGV[2], ARGV[4])
redis.call('ZADD', KEYS[3], string.format('%.0f', now + ARGV[6]), ARGV[2])
if ARGV[5] == '' then redis.call('ZREM', KEYS[2], ARGV[2]) else redis.call('ZADD', KEYS[2], ARGV[5], ARGV[2]) end
return {'written', now}
`);

/** ARGV: 2 id, 3 version that has to stand there, or empty. 1 if it is gone now. */
export const DROP_RECORD: Script = script(`${TIME}${RECORDS}
local found = stands(ARGV[2])
if found == '' or (ARGV[3] ~= '' and version(found) ~= tonumber(ARGV[3])) then return 0 end
redis.call('HDEL', KEYS[1], ARGV[2])
redis.call('ZREM', KEYS[2], ARGV[2])
redis.call('ZREM', KEYS[3], ARGV[2])
return 1
`);

/** ARGV: 2 id. Record and when it is due. */
export const GET_RECORD: Script = script(`${TIME}${RECORDS}
return {stands(ARGV[2]), redis.call('ZSCORE', KEYS[2], ARGV[2]) or ''}
`);

/** ARGV: 2 at most so many. Of each: id, record, when it is due. */
export const DUE_RECORDS: Script = script(`${TIME}${RECORDS}
local found = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, ARGV[2])) do
  found[#found + 1] = {id, stands(id), redis.call('ZSCORE', KEYS[2], id)}
  if found[#found][2] == '' then redis.call('ZREM', KEYS[2], id) end
end
return found
`);

/** Of each: id, record, when it is due. */
export const ALL_RECORDS: Script = script(`${TIME}${RECORDS}
local found, all = {}, redis.call('HGETALL', KEYS[1])
for n = 1, #all, 2 do found[#found + 1] = {all[n], all[n + 1], redis.call('ZSCORE', KEYS[2], all[n]) or ''} end
return found
`);
