// UsageStore on Redis, on a connection of its own: a hash for each minute and hour, in which every gate adds up. Redis' clock says which.
import type { RedisSettings } from '../../core/redis-settings.ts';
import type { UsageAmount, UsageBucket } from '../../core/usage/usage-amount.ts';
import { SPAN_COUNT, SPAN_MS, type UsageSpan } from '../../core/usage/usage-window.ts';
import type { Clock } from '../../ports/clock.ts';
import type { UsageReading, UsageStore } from '../../ports/usage-store.ts';
import type { Argument } from './client.ts';
import { redisKeys } from './keys.ts';
import { openLink } from './link.ts';
import { script, TIME } from './lua.ts';
import { placeOf } from './unavailable.ts';

/** Amounts that one step adds: a step is the only one that runs. */
const BATCH = 500;

/** ARGV: 2 prefix, 3 count of fields, then of each: field and by how much. Numbers stay whole up to 2^53. */
const ADD = script(`${TIME}
local spans = {{'minute', ${SPAN_MS.minute}, ${SPAN_COUNT.minute}}, {'hour', ${SPAN_MS.hour}, ${SPAN_COUNT.hour}}}
for _, span in ipairs(spans) do
  local key = ARGV[2] .. span[1] .. ':' .. string.format('%.0f', math.floor(now / span[2]))
  for n = 1, tonumber(ARGV[3]) do redis.call('HINCRBY', key, ARGV[2 + n * 2], ARGV[3 + n * 2]) end
  redis.call('PEXPIRE', key, string.format('%.0f', span[2] * (span[3] + 2)))
end
return 1
`);

/** ARGV: 2 prefix, 3 since or empty. Its time, then of each bucket: span, number, fields and values. */
const READ = script(`${TIME}
local spans = {{'minute', ${SPAN_MS.minute}, ${SPAN_COUNT.minute}}, {'hour', ${SPAN_MS.hour}, ${SPAN_COUNT.hour}}}
local found = {string.format('%.0f', now)}
for _, span in ipairs(spans) do
  local last = math.floor(now / span[2])
  local first = last - span[3]
  if ARGV[3] ~= '' then first = math.max(first, math.floor((ARGV[3] - ${SPAN_MS.minute}) / span[2])) end
  for index = first, last do
    local name = string.format('%.0f', index)
    local all = redis.call('HGETALL', ARGV[2] .. span[1] .. ':' .. name)
    if #all > 0 then found[#found + 1] = {span[1], name, all} end
  end
end
return found
`);

type Found = readonly [span: UsageSpan, index: string, fields: readonly string[]];

/** `time`: only for tests, the store's clock instead of Redis' own. Rejects with StoreUnavailable. */
export async function createRedisUsage(
  settings: RedisSettings,
  clock: Pick<Clock, 'after'>,
  time?: () => number,
): Promise<UsageStore> {
  const keys = redisKeys(settings.prefix);
  const link = await openLink(settings, placeOf(settings), keys.order, clock);
  const given = (): Argument => time?.() ?? '';
  const prefix = keys.usage('');

  return {
    async add(amounts) {
      for (let from = 0; from < amounts.length; from += BATCH) {
        const fields = amounts.slice(from, from + BATCH).flatMap(fieldsOf);
        await link.run(ADD, [keys.order], [given(), prefix, fields.length / 2, ...fields]);
      }
    },
    async read(since): Promise<UsageReading> {
      const [at, ...found] = (await link.run(READ, [keys.order], [given(), prefix, since ?? ''])) as [
        string,
        ...Found[],
      ];
      return { at: Number(at), buckets: found.map(bucketOf) };
    },
    async close() {
      link.close();
    },
  };
}

/** A field names what is counted: bytes or rows, of which agent, upstream and dataset. */
function fieldsOf({ agent, upstream, dataset, bytes, rows }: UsageAmount): Argument[] {
  const name = JSON.stringify([agent, upstream, dataset]);
  return [`b${name}`, Math.round(bytes), ...(rows > 0 ? [`r${name}`, Math.round(rows)] : [])];
}

function bucketOf([span, index, fields]: Found): UsageBucket {
  const amounts = new Map<string, { agent: string; upstream: string; dataset: string; bytes: number; rows: number }>();
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const field = fields[i] ?? '';
    const name = field.slice(1);
    let amount = amounts.get(name);
    if (!amount) {
      const [agent = '', upstream = '', dataset = ''] = JSON.parse(name) as string[];
      amount = { agent, upstream, dataset, bytes: 0, rows: 0 };
      amounts.set(name, amount);
    }
    amount[field.startsWith('b') ? 'bytes' : 'rows'] += Number(fields[i + 1]);
  }
  return { span, index: Number(index), amounts: [...amounts.values()] };
}
