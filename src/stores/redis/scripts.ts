// The atomic steps, in Lua: each is one round trip that happens whole or not at all. What the events mean is decided by the
// caller, who folds and seals them; a script only compares what is stored with what the caller had read.
// INVARIANT: `stored` is compared by content, not by length: nothing is written behind events that somebody edited.
import { script, type Script, TIME } from './lua.ts';

/** The events below a key. What is no list there is what one that was edited looks like: nothing that ever unseals. */
const EVENTS = `
local function events(key)
  local found = redis.pcall('LRANGE', key, 0, -1)
  if found.err then return {''} end
  return found
end
`;

/** Tells whoever follows the stream. Others may have put there what nothing can follow: then it begins anew, which its readers
 *  notice, and what was written stands. */
const TELL = `
local function tell(stream, ...)
  local told = redis.pcall('XADD', stream, 'MAXLEN', '~', 10000, '*', ...)
  if type(told) == 'table' and told.err then
    redis.call('DEL', stream)
    redis.call('XADD', stream, '*', ...)
  end
end
`;

/**
 * KEYS: 1 current, 2 events, 3 call, 4 order, 5 all, 6 open, 7 due, 8 status pending, 9 agent, 10 open of agent, 11 agents,
 * 12 changes, 13 held of agent. ARGV: 2 prefix of events keys, 3 id whose being here does not matter, 4 and 5 limits, 6 id,
 * 7 event, 8 call, 9 expires at, 10 call kept for (ms), 11 current kept for (ms), 12 agent, 13 and 14 rate of held calls and its
 * time (ms), or empty.
 */
export const OPEN: Script = script(`${TIME}${TELL}${EVENTS}
local current = redis.pcall('GET', KEYS[1])
if type(current) == 'string' and current ~= ARGV[3] then
  return {'current', now, current, events(ARGV[2] .. current)}
end
local ofAgent = redis.call('SCARD', KEYS[10])
if ofAgent >= tonumber(ARGV[4]) then return {'too-many', now, 'agent', ofAgent} end
local rate = tonumber(ARGV[13])
if rate then
  local nth = redis.pcall('ZRANGE', KEYS[13], -rate, -rate, 'WITHSCORES')
  -- Somebody put something else there: it begins anew.
  if nth.err then redis.call('DEL', KEYS[13]) end
  local after = nth[2] and tonumber(nth[2]) + ARGV[14] - now or 0
  if after > 0 then return {'too-many', now, 'rate', string.format('%.0f', after)} end
end
local total = redis.call('ZCARD', KEYS[6])
if total >= tonumber(ARGV[5]) then return {'too-many', now, 'total', total} end
if redis.call('EXISTS', KEYS[2]) == 1 then return redis.error_reply('HOLDGATE approval ' .. ARGV[6] .. ' exists') end
local id, order = ARGV[6], redis.call('INCR', KEYS[4])
redis.call('RPUSH', KEYS[2], ARGV[7])
redis.call('SET', KEYS[3], ARGV[8], 'PX', ARGV[10])
redis.call('SET', KEYS[1], id, 'PX', ARGV[11])
redis.call('ZADD', KEYS[5], order, id)
redis.call('ZADD', KEYS[6], order, id)
redis.call('ZADD', KEYS[7], ARGV[9], id)
redis.call('ZADD', KEYS[8], order, id)
redis.call('ZADD', KEYS[9], order, id)
redis.call('SADD', KEYS[10], id)
redis.call('HSET', KEYS[11], id, ARGV[12])
if rate then
  for _, old in ipairs(redis.call('ZRANGEBYSCORE', KEYS[13], '-inf', now - ARGV[14], 'LIMIT', 0, 100)) do redis.call('ZREM', KEYS[13], old) end
  redis.call('ZADD', KEYS[13], now, id)
  redis.call('PEXPIRE', KEYS[13], ARGV[14])
end
tell(KEYS[12], 'id', id, 'version', 1, 'expires', ARGV[9], 'call', KEYS[1])
return {'opened', now}
`);

/** Writes what follows from the fold of an approval: its place in the lists, and how long what it no longer needs stays.
 *  KEYS and ARGV as in APPEND; needs `id` and `terminal`. */
const INDEX = `
local order = redis.call('ZSCORE', KEYS[3], id)
if not order then
  order = redis.call('INCR', KEYS[4])
  redis.call('ZADD', KEYS[3], order, id)
end
redis.call('ZADD', KEYS[5], order, id)
redis.call('HSET', KEYS[9], id, ARGV[10])
for n = 16, #KEYS do
  if KEYS[n] == KEYS[6] then redis.call('ZADD', KEYS[n], order, id) else redis.call('ZREM', KEYS[n], id) end
end
if terminal then
  redis.call('ZREM', KEYS[7], id)
  redis.call('SREM', KEYS[8], id)
  if redis.call('EXISTS', KEYS[15]) == 0 then redis.call('ZADD', KEYS[12], order, id) else redis.call('ZREM', KEYS[12], id) end
  for _, n in ipairs({1, 15}) do redis.call('PEXPIRE', KEYS[n], ARGV[9]) end
  for _, n in ipairs({13, 14}) do
    if tonumber(ARGV[8]) <= 0 then redis.call('DEL', KEYS[n]) else redis.call('PEXPIRE', KEYS[n], ARGV[8]) end
  end
else
  redis.call('ZADD', KEYS[7], order, id)
  redis.call('SADD', KEYS[8], id)
  redis.call('ZREM', KEYS[12], id)
end
if ARGV[6] ~= '' then redis.call('ZADD', KEYS[10], ARGV[6], id) else redis.call('ZREM', KEYS[10], id) end
if ARGV[7] ~= '' then redis.call('HSET', KEYS[11], id, ARGV[7]) else redis.call('HDEL', KEYS[11], id) end
`;

/**
 * KEYS: 1 events, 2 changes, 3 all, 4 order, 5 agent, 6 its status, 7 open, 8 open of agent, 9 agents, 10 due, 11 claimed,
 * 12 unreceipted, 13 call, 14 response, 15 receipt, then every status. ARGV: 2 id, 3 SHA-1 of what is stored, 4 before or
 * empty, 5 '1' if terminal, 6 due at or empty, 7 replica or empty, 8 call and response kept for (ms), 9 events kept for (ms),
 * 10 agent, 11 version after, 12 expires at, 13 number of blobs, then the key number and the bytes of each, then the events.
 */
export const APPEND: Script = script(`${TIME}${TELL}${EVENTS}
local stored = events(KEYS[1])
if redis.sha1hex(table.concat(stored, '\\n')) ~= ARGV[3] then return {'conflict', now, stored} end
if ARGV[4] ~= '' and now >= tonumber(ARGV[4]) then return {'too-late', now} end
local id, terminal = ARGV[2], ARGV[5] == '1'
local first = 14 + 2 * ARGV[13]
for n = 14, first - 1, 2 do redis.call('SET', KEYS[tonumber(ARGV[n])], ARGV[n + 1], 'PX', ARGV[9]) end
for n = first, #ARGV do redis.call('RPUSH', KEYS[1], ARGV[n]) end
${INDEX}
tell(
  KEYS[2], 'id', id, 'version', ARGV[11], 'expires', ARGV[12], 'entries', table.concat(ARGV, '\\n', first)
)
return {'appended', now}
`);

/** Rewrites the lists of one approval from its fold, if its events still are what the caller had read. As APPEND. */
export const REINDEX: Script = script(`${TIME}${EVENTS}
local stored = events(KEYS[1])
if redis.sha1hex(table.concat(stored, '\\n')) ~= ARGV[3] then return {'conflict', now, stored} end
local id, terminal = ARGV[2], ARGV[5] == '1'
${INDEX}
return {'appended', now}
`);

/** Takes an approval that can never be read again out of what counts open ones. KEYS: 1 open, 2 due, 3 claimed, 4 agents,
 *  5 unreceipted, 6 events, then every status. ARGV: 2 id, 3 prefix of the keys of open ids by agent, 4 kept for (ms). */
export const SET_ASIDE: Script = script(`
local id = ARGV[2]
local agent = redis.call('HGET', KEYS[4], id)
if agent then redis.call('SREM', ARGV[3] .. agent, id) end
redis.call('HDEL', KEYS[3], id)
redis.call('PEXPIRE', KEYS[6], ARGV[4])
for _, n in ipairs({1, 2, 5}) do redis.call('ZREM', KEYS[n], id) end
for n = 7, #KEYS do redis.call('ZREM', KEYS[n], id) end
return 1
`);

/** Forgets approvals whose events have expired. KEYS: 1 all, 2 open, 3 agents, 4 unreceipted, then every status. ARGV: 2 prefix
 *  of events keys, 3 prefix of the keys of ids by agent, 4 how many of the oldest to look at. */
export const PRUNE: Script = script(`
local ids, gone = redis.call('ZRANGE', KEYS[1], 0, ARGV[4] - 1), 0
for _, id in ipairs(ids) do
  if redis.call('EXISTS', ARGV[2] .. id) == 0 and not redis.call('ZSCORE', KEYS[2], id) then
    local agent = redis.call('HGET', KEYS[3], id)
    if agent then redis.call('ZREM', ARGV[3] .. agent, id) end
    redis.call('HDEL', KEYS[3], id)
    redis.call('ZREM', KEYS[1], id)
    for n = 4, #KEYS do redis.call('ZREM', KEYS[n], id) end
    gone = gone + 1
  end
end
return gone
`);

/** KEYS: 1 events, 2 blob, 3 unreceipted. ARGV: 2 id, 3 '1' for a receipt, 4 kept for (ms), 5 bytes. 0 if there is no such
 *  approval. */
export const PUT: Script = script(`
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('SET', KEYS[2], ARGV[5], 'PX', ARGV[4])
if ARGV[3] == '1' then redis.call('ZREM', KEYS[3], ARGV[2]) end
return 1
`);

/** KEYS: 1 blob, 2 unreceipted, 3 all, 4 open. ARGV: 2 id, 3 '1' for a receipt. */
export const DROP: Script = script(`
redis.call('DEL', KEYS[1])
local order = redis.call('ZSCORE', KEYS[3], ARGV[2])
if ARGV[3] == '1' and order and not redis.call('ZSCORE', KEYS[4], ARGV[2]) then redis.call('ZADD', KEYS[2], order, ARGV[2]) end
return 1
`);

/** Who holds a lease, or nobody. One that would last longer than anybody asks for was not written by us. */
const HOLDER = `
local function holder(key)
  local value = redis.pcall('GET', key)
  local ends = type(value) == 'string' and string.match(value, '^(%d+) ')
  if ends and tonumber(ends) > now and tonumber(ends) <= now + 60000 then return string.sub(value, #ends + 2) end
end
`;

/** KEYS: 1 lease. ARGV: 2 holder, 3 ttl (ms, at most a minute). 1 if the holder has it, 0 if another one does. */
export const LEASE: Script = script(`${TIME}${HOLDER}
local has = holder(KEYS[1])
if has and has ~= ARGV[2] then return 0 end
local ttl = tonumber(ARGV[3])
if ttl <= 0 then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], string.format('%.0f %s', now + ttl, ARGV[2]), 'PX', ttl + 60000) end
return 1
`);

/** KEYS: 1 claimed. ARGV: 2 prefix of lease keys of replicas. Ids whose replica holds no lease. */
export const ORPHANED: Script = script(`${TIME}${HOLDER}
local found, lives = {}, {}
local claimed = redis.call('HGETALL', KEYS[1])
for n = 1, #claimed, 2 do
  local replica = claimed[n + 1]
  if lives[replica] == nil then lives[replica] = holder(ARGV[2] .. replica) == replica end
  if not lives[replica] then found[#found + 1] = claimed[n] end
end
return found
`);

/** What is stored of each of ARGV[6…], at one moment: id, events, its place in all; whether it is open; when due; who claims it;
 *  which statuses list it; its agent, whether that one lists it, and counts it as open; whether it waits for a receipt, and has
 *  one. Of a list: '' not in it, 'here' at its place, 'elsewhere'. KEYS: 1 all, 2 open, 3 due, 4 claimed, 5 agents, 6 unreceipted,
 *  then every status. ARGV: prefixes of the keys of 2 events, 3 ids by agent, 4 open ids by agent, 5 receipts. */
export const LOOK: Script = script(`${EVENTS}
local function look(id)
  local place = redis.call('ZSCORE', KEYS[1], id) or ''
  local function at(key)
    local score = redis.call('ZSCORE', key, id)
    return score and (score == place and 'here' or 'elsewhere') or ''
  end
  local statuses, agent = {}, redis.call('HGET', KEYS[5], id) or ''
  for k = 7, #KEYS do
    local there = at(KEYS[k])
    if there ~= '' then statuses[#statuses + 1] = there .. ' ' .. KEYS[k] end
  end
  return {
    id, events(ARGV[2] .. id), place, at(KEYS[2]), redis.call('ZSCORE', KEYS[3], id) or '', redis.call('HGET', KEYS[4], id) or '',
    statuses, agent, at(ARGV[3] .. agent), redis.call('SISMEMBER', ARGV[4] .. agent, id), at(KEYS[6]),
    redis.call('EXISTS', ARGV[5] .. id)
  }
end
local found = {}
for n = 6, #ARGV do found[#found + 1] = look(ARGV[n]) end
return found
`);

/** Which of ARGV[2…] are not among all. KEYS: 1 all. */
export const MISSING: Script = script(`
local missing = {}
for n = 2, #ARGV do
  if not redis.call('ZSCORE', KEYS[1], ARGV[n]) then missing[#missing + 1] = ARGV[n] end
end
return missing
`);

/** Takes those out of the open ids of an agent that are not open, so that nobody is kept from asking by names that somebody wrote
 *  there. KEYS: 1 open, 2 open of agent. Their number. */
export const STRAYS: Script = script(`
local strays = 0
for _, id in ipairs(redis.call('SMEMBERS', KEYS[2])) do
  if not redis.call('ZSCORE', KEYS[1], id) then strays = strays + redis.call('SREM', KEYS[2], id) end
end
return strays
`);
