// One step in Lua, named by its hash, and the clock that all of them go by.
import { hash } from 'node:crypto';

export interface Script {
  readonly lua: string;
  /** For EVALSHA. */
  readonly sha1: string;
}

export const script = (lua: string): Script => ({ lua, sha1: hash('sha1', lua) });

/** Redis' own clock decides (`TIME`), epoch ms; ARGV[1] replaces it in tests of time. */
export const TIME = `
local function clock()
  if ARGV[1] ~= '' then return tonumber(ARGV[1]) end
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local now = clock()
`;
