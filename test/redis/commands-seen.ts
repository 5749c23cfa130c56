// What a server was asked to do, and how often somebody waited for it: for budgets such as "six round trips for a held call".
import { once } from 'node:events';
import { EventEmitter } from 'node:events';
import type { Link, Request } from './fault-link.ts';
import type { FaultProxy } from './fault-proxy.ts';
import type { RedisServer } from './redis-server.ts';

export interface SeenCommand {
  /** Name in upper case. */
  readonly name: string;
  /** As MONITOR prints them: what is not printable is escaped. */
  readonly args: readonly string[];
  /** `127.0.0.1:port` of the client, or `lua`. */
  readonly from: string;
}

export interface CommandsSeen {
  /** Everything so far, without what tests do on connections of their own from now on (`settled`). */
  settled(): Promise<readonly SeenCommand[]>;
  stop(): void;
}

const LINE = /^[\d.]+ \[\d+ (\S+)\] (.*)$/s;
const WORD = /"((?:[^"\\]|\\.)*)"/gs;
const MARK = 'commands-seen';

/** Follows the server by MONITOR. */
export async function commandsSeen(redis: RedisServer): Promise<CommandsSeen> {
  const [monitor, marker] = [await redis.connect(), await redis.connect()];
  const seen: SeenCommand[] = [];
  const marks = new EventEmitter();
  let count = 0;
  monitor.onUnasked((value) => {
    const [, from = '', rest = ''] = LINE.exec(String(value)) ?? [];
    const [name = '', ...args] = [...rest.matchAll(WORD)].map(([, word = '']) => word);
    if (name.toUpperCase() === 'ECHO' && args[0]?.startsWith(MARK)) marks.emit(args[0]);
    else seen.push({ name: name.toUpperCase(), args, from });
  });
  await monitor.command('MONITOR');
  return {
    async settled() {
      const mark = `${MARK}-${count++}`;
      const heard = once(marks, mark);
      await marker.command('ECHO', mark);
      await heard;
      return [...seen];
    },
    stop() {
      monitor.close();
      marker.close();
    },
  };
}

export interface RoundTrips {
  /** Since the start or the last `reset`. */
  count(): number;
  /** Commands that were counted. */
  commands(): readonly (readonly string[])[];
  reset(): void;
  stop(): void;
}

/**
 * Counts how often a connection waited: a request opens a round trip unless one is open on its connection and unanswered so far, so
 * that a pipeline counts once. Measure one call at a time: calls that share a connection share round trips. `ignore`: commands that
 * nobody waits for (blocking reads, the pulse).
 */
export function countRoundTrips(proxy: FaultProxy, ignore: (request: Request) => boolean = () => false): RoundTrips {
  const asking = new WeakSet<Link>();
  let count = 0;
  let commands: (readonly string[])[] = [];
  const stop = proxy.watch(({ link, kind, request }) => {
    if (request && ignore(request)) return;
    if (kind === 'reply') {
      asking.delete(link);
      return;
    }
    if (request) commands.push(request.command);
    if (asking.has(link)) return;
    asking.add(link);
    count++;
  });
  return {
    count: () => count,
    commands: () => commands,
    reset() {
      count = 0;
      commands = [];
    },
    stop,
  };
}
