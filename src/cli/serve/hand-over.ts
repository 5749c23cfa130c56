// What node:cluster leaves open when it hands connections to workers. One that was on its way to a worker which died stays open
// for ever; one that no worker has room for is passed round for ever. INVARIANT: both are closed, and their clients try again.
import type { ChildProcess } from 'node:child_process';
import type { Clock } from '../../ports/clock.ts';

interface Connection {
  close(): void;
}

/** What node:cluster sends and gets beside our own messages (lib/internal/cluster/utils.js, round_robin_handle.js). */
interface ClusterMessage {
  readonly cmd?: unknown;
  readonly act?: unknown;
  /** The listening socket. */
  readonly key?: unknown;
  readonly seq?: unknown;
  readonly ack?: unknown;
  readonly accepted?: unknown;
}

/** Before a worker that had no room is asked again, ms: others that have some may only be busy. */
const ASK_AGAIN = 10;
/** How long one that had no room counts as full, ms. */
const FULL_FOR = 20;

export interface HandOverDeps {
  readonly clock: Clock;
  /** Workers that take connections right now. */
  readonly workers: () => number;
}

/** The result is to be called with each worker right after its fork. */
export function createHandOver({ clock, workers }: HandOverDeps): (child: ChildProcess) => void {
  /** By listening socket: who had no room, and when (monotonic ms). */
  const refusals = new Map<unknown, Map<ChildProcess, number>>();

  const full = (key: unknown): ReadonlySet<ChildProcess> => {
    const since = clock.monotonic() - FULL_FOR;
    return new Set([...(refusals.get(key) ?? [])].flatMap(([child, at]) => (at > since ? child : [])));
  };

  return (child) => {
    const underWay = new Map<unknown, { readonly connection: Connection; readonly key: unknown }>();
    const send = child.send.bind(child) as (...args: unknown[]) => boolean;

    const watched = (message: ClusterMessage, connection: unknown, ...rest: unknown[]): boolean => {
      const { cmd, act, key, seq } = message;
      if (cmd !== 'NODE_CLUSTER' || act !== 'newconn' || !isConnection(connection))
        return send(message, connection, ...rest);
      const now = full(key);
      if (now.size > 0 && now.size >= workers()) {
        // Taken as accepted it is closed here, and the worker gets the next one.
        setImmediate(() => child.emit('internalMessage', { cmd, ack: seq, accepted: true }));
        return true;
      }
      underWay.set(seq, { connection, key });
      if (!now.has(child)) return send(message, connection, ...rest);
      clock.after(ASK_AGAIN, () => {
        if (child.connected) send(message, connection, ...rest);
      });
      return true;
    };
    Object.assign(child, { send: watched });

    // Before node hears of it, which hands a refused connection on at once.
    child.prependListener('internalMessage', ({ cmd, ack, accepted }: ClusterMessage) => {
      const handed = cmd === 'NODE_CLUSTER' ? underWay.get(ack) : undefined;
      if (!handed) return;
      underWay.delete(ack);
      const refused = refusals.get(handed.key) ?? new Map<ChildProcess, number>();
      refusals.set(handed.key, refused);
      if (accepted === true) refused.delete(child);
      else refused.set(child, clock.monotonic());
    });
    child.once('exit', () => {
      for (const { connection } of underWay.values()) connection.close();
      underWay.clear();
      for (const refused of refusals.values()) refused.delete(child);
    });
  };
}

function isConnection(handle: unknown): handle is Connection {
  return typeof handle === 'object' && handle !== null && 'close' in handle && typeof handle.close === 'function';
}
