// What a held call and a routine call ask of Redis, counted command by command at the server. None is pipelined behind another
// of the same call, so that each is a round trip.
import { setTimeout as sleep } from 'node:timers/promises';
import * as scripts from '../src/stores/redis/scripts.ts';
import type { Gate } from './gate.ts';
import { measure } from './load.ts';
import { approve, holdOne } from './one-call.ts';
import { localPorts } from './process-costs.ts';
import { NO_REDIS, redisInstalled } from './redis.ts';
import { type Asked, monitorRedis, type RedisMonitor } from './redis-monitor.ts';
import { figure, median } from './report.ts';
import type { SetUp } from './set-up.ts';

const WARM_UP = 20;
const CALLS = 20;
/** What replicas ask by themselves is counted over this time, s. */
const QUIET = 5;
const SETTLE_MS = 300;

/** A script by its hash, and by its text as MONITOR shows it: where Redis does not know it yet, the whole of it is sent. */
const scriptNames = new Map(
  Object.entries(scripts).flatMap(([name, { sha1, lua }]): [string, string][] => [
    [sha1, name],
    [lua.replaceAll('\\', '\\\\').replaceAll('\n', '\\n'), name],
  ]),
);

/** `APPEND claimed`, `GET b:call:…`, `LEASE`. */
function nameOf({ words: [command = '', first = '', ...rest] }: Asked): string {
  const script = /^EVAL(?:SHA)?$/i.test(command) ? (scriptNames.get(first) ?? 'a script') : undefined;
  if (script === 'APPEND') {
    const events = rest.flatMap((word) => /"type":"(\w+)"/.exec(word.replaceAll('\\', ''))?.[1] ?? []);
    return `APPEND ${events.join('+')}`;
  }
  if (script !== undefined) return script;
  const key = [first, ...rest].find((word) => word.startsWith('{'))?.replace(/^\{\w+\}:/, '');
  return [command.toUpperCase(), ...(key === undefined ? [] : [key.replace(/:[^:]{20,}$/, ':…')])].join(' ');
}

interface Counted {
  readonly holder: readonly string[];
  readonly voter: readonly string[];
  /** From the vote in Redis to the first command of the holder, ms. */
  readonly woken: number;
}

/** Scripts that go over whatever is stored. */
const ROUNDS: ReadonlySet<string> = new Set(['LOOK', 'MISSING', 'STRAYS', 'REINDEX', 'PRUNE']);

/** A look at everything that is stored is nobody's call; behind the opening, only it asks which approval a call has. */
function ofPatrol(one: Asked, opened: Asked | undefined): boolean {
  const what = nameOf(one);
  return ROUNDS.has(what) || (what.startsWith('GET c:') && one.at > (opened?.at ?? Infinity));
}

async function countOne(monitor: RedisMonitor, holder: Gate, voter: Gate): Promise<Counted> {
  await monitor.take();
  const item = await holdOne(holder, voter);
  const before = await monitor.take();
  await approve(voter, item);
  await item.answered();
  // What is written after the answer: that it was delivered.
  await sleep(SETTLE_MS);
  const after = await monitor.take();
  const ports = { holder: localPorts(holder.process), voter: localPorts(voter.process) };
  // The key of its call is the first one of the script that opened it.
  const opened = before.find((one) => nameOf(one) === 'OPEN' && one.words.some((word) => word === item.id));
  const callKey = opened?.words[3] ?? '';
  if (!callKey) throw new Error('the approval was not opened on this Redis');
  const names = (one: Asked): boolean =>
    one.words.some((word) => word.includes(item.id) || word.includes(callKey)) && !ofPatrol(one, opened);
  const ofCall = (all: readonly Asked[], by: ReadonlySet<number>): readonly Asked[] =>
    all.filter((one) => by.has(one.port) && names(one));
  const voted = after.find((one) => nameOf(one) === 'APPEND voted');
  const [first] = ofCall(after, ports.holder);
  if (!voted || !first) throw new Error('the vote or what followed from it was not seen');
  return {
    holder: ofCall([...before, ...after], ports.holder).map(nameOf),
    voter: ofCall(after, ports.voter).map(nameOf),
    woken: first.at - voted.at,
  };
}

/** How often each thing was asked, per second. */
async function perSecond(
  monitor: RedisMonitor,
  seconds: number,
  meanwhile: Promise<unknown>,
): Promise<Map<string, number>> {
  await monitor.take();
  await Promise.all([sleep(seconds * 1000), meanwhile]);
  const counts = new Map<string, number>();
  for (const one of await monitor.take()) counts.set(nameOf(one), (counts.get(nameOf(one)) ?? 0) + 1 / seconds);
  return counts;
}

const total = (counts: ReadonlyMap<string, number>): number => [...counts.values()].reduce((all, one) => all + one, 0);

/** What `all` has beyond `usual`. */
function more(all: readonly string[], usual: readonly string[]): readonly string[] {
  const left = [...usual];
  return all.filter((one) => {
    const at = left.indexOf(one);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/** Counts at two replicas: one holds, the other takes the votes. */
export async function roundTripsPart(setUp: SetUp): Promise<string> {
  if (!redisInstalled) return NO_REDIS;
  return setUp.withGates({ store: 'redis', count: 2 }, async ([holder, voter = holder], redis) => {
    if (!redis) throw new Error('no Redis was started');
    const monitor = await monitorRedis(redis);
    try {
      for (let i = 0; i < WARM_UP; i++) {
        const item = await holdOne(holder, voter);
        await approve(voter, item);
        await item.answered();
      }
      const counted: Counted[] = [];
      for (let i = 0; i < CALLS; i++) counted.push(await countOne(monitor, holder, voter));
      const quiet = await perSecond(monitor, QUIET, Promise.resolve());
      const url = `http://127.0.0.1:${holder.proxy}/bench/1k`;
      const seconds = setUp.settings.seconds;
      const load = measure({ url, headers: holder.agent, connections: 8, seconds });
      const busy = await perSecond(monitor, seconds, load);
      const routine = Math.max(0, total(busy) - total(quiet)) / (await load).requests;
      const middle = (of: (one: Counted) => number): number => median(counted.map(of));
      const trips = middle(({ holder: { length } }) => length);
      const typical = counted.find(({ holder: { length } }) => length === trips) ?? counted[0];
      const most = counted.toSorted((a, b) => b.holder.length - a.holder.length)[0]?.holder ?? [];
      const beyond = more(most, typical?.holder ?? []);
      const worst = `at most ${most.length} in ${CALLS} calls${beyond.length > 0 ? `, with ${beyond.join(', ')}` : ''}`;
      const listed = [...quiet].toSorted(([, a], [, b]) => b - a).map(([what, often]) => `${what} ${figure(often)}`);
      return [
        `- Held call, at the replica that holds it: **${trips}** round trips (${worst}): ${typical?.holder.join(', ')}.`,
        `- Its vote, at the other replica: **${middle(({ voter: { length } }) => length)}**: ${typical?.voter.join(', ')}.`,
        `- Routine call: **${routine.toFixed(2)}**, over ${figure((await load).requests)} calls/s.`,
        `- Vote in Redis to the first command of the replica that holds the call: p50 **${figure(middle(({ woken }) => woken))} ms**.`,
        `- Two replicas ask by themselves, per second in all: ${figure(total(quiet))} (${listed.join(', ')}).`,
      ].join('\n');
    } finally {
      monitor.stop();
    }
  });
}
