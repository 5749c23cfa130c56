// Keep-alive sockets to one upstream, last used first. Make one pool per upstream AND credential: sockets are never shared
// between identities. INVARIANT: a request is sent at most once, but for GET, HEAD and OPTIONS with a replayable body that
// got no byte of an answer on a reused socket: those once more, on a fresh one (RFC 9110 §9.2.2).
import type { Socket } from 'node:net';
import type { Clock } from '../../ports/clock.ts';
import { Connection, type ConnectionOwner, type WireLimits } from './connection.ts';
import { createDeadlines } from './deadlines.ts';
import { type Carrier, RoundTrip } from './round-trip.ts';
import type { WireExchange, WireHandler } from './wire-handler.ts';
import type { WireRequest } from './wire-request.ts';

/** A connected, verified socket, or why there is none. Structurally `ConnectOutcome` of proxy/address. */
export type WireConnect = () => Promise<
  { readonly ok: true; readonly socket: Socket } | { readonly ok: false; readonly detail: string }
>;

export interface WirePoolOptions extends WireLimits {
  /** Must time out by itself; `waitTimeoutMs` only frees the callers. */
  readonly connect: WireConnect;
  readonly maxSockets: number;
  /** An idle socket is closed after this long, or one second before the peer's own `Keep-Alive: timeout`. */
  readonly idleTimeoutMs: number;
  readonly clock: Pick<Clock, 'monotonic' | 'after'>;
  /** How long a request may wait for a socket; `headTimeoutMs` if absent. */
  readonly waitTimeoutMs?: number;
  /** How many may wait; 1,024 if absent. */
  readonly maxWaiting?: number;
}

export interface WirePool {
  /** @throws UnsendableRequest before anything is written. Every other failure comes through `handler.onError`. */
  request(request: WireRequest, handler: WireHandler): WireExchange;
  /** Idle sockets now, busy ones after their exchange; whoever waits or comes later gets 'pool-closed'. */
  close(): void;
  /** Everything now. */
  destroy(): void;
  stats(): { readonly sockets: number; readonly idle: number; readonly connecting: number; readonly waiting: number };
}

/** The peer's timer started before ours and its FIN travels: how much earlier we stop using a socket. */
const keepAliveMarginMs = 1000;

export function createWirePool(options: WirePoolOptions): WirePool {
  const { maxSockets, idleTimeoutMs, waitTimeoutMs = options.headTimeoutMs, maxWaiting = 1024 } = options;
  const deadlines = createDeadlines(options.clock);
  const connections = new Set<Connection>();
  const idle: Connection[] = [];
  const waiting: RoundTrip[] = [];
  /** Retries; served by fresh sockets only, before anybody else. */
  const waitingFresh: RoundTrip[] = [];
  let connecting = 0;
  let closed = false;

  const owner: ConnectionOwner = {
    released(connection) {
      if (closed) return false;
      const hint = connection.keepAliveHintMs;
      const idleMs = hint === Infinity ? idleTimeoutMs : Math.min(idleTimeoutMs, hint - keepAliveMarginMs);
      if (idleMs <= 0) return false;
      const next = waiting.length > 0 ? take(waiting) : undefined;
      if (next !== undefined) connection.start(next);
      else {
        deadlines.set(connection, idleMs);
        idle.push(connection);
      }
      return true;
    },
    gone(connection, retry) {
      connections.delete(connection);
      const at = idle.lastIndexOf(connection);
      if (at !== -1) idle.splice(at, 1);
      if (retry !== undefined) enqueue(retry, waitingFresh);
      else if (waiting.length > 0) connectForWaiting();
    },
  };

  const queue: Carrier = {
    abandon(trip) {
      leave(trip);
    },
    expired(trip) {
      leave(trip);
      trip.fail('no-socket', 'no socket became free in time');
    },
    resume() {},
    writeBody: () => false,
    endBody() {},
  };

  function leave(trip: RoundTrip): void {
    deadlines.remove(trip);
    for (const line of [waiting, waitingFresh]) {
      const at = line.indexOf(trip);
      if (at !== -1) line.splice(at, 1);
    }
  }

  function take(line: RoundTrip[]): RoundTrip | undefined {
    const trip = line.shift();
    if (trip !== undefined) deadlines.remove(trip);
    return trip;
  }

  function enqueue(trip: RoundTrip, line: RoundTrip[]): void {
    if (closed || line.length >= maxWaiting) {
      const why = closed ? 'pool-closed' : 'no-socket';
      process.nextTick(() => trip.fail(why, closed ? 'the pool is closed' : `${maxWaiting} requests wait already`));
      return;
    }
    trip.carrier = queue;
    line.push(trip);
    deadlines.add(trip);
    deadlines.set(trip, waitTimeoutMs);
    connectForWaiting();
  }

  function connectForWaiting(): void {
    while (connecting < waiting.length + waitingFresh.length && connections.size + connecting < maxSockets) {
      connecting++;
      options.connect().then(connected, (cause: unknown) => connectFailed('connect rejected', cause));
    }
  }

  function connected(outcome: Awaited<ReturnType<WireConnect>>): void {
    if (!outcome.ok) {
      connectFailed(outcome.detail, outcome);
      return;
    }
    const { socket } = outcome;
    if (closed) {
      connecting--;
      socket.destroy();
      return;
    }
    if (socket.destroyed || !socket.writable) {
      connectFailed('the connection was closed as soon as it was made', undefined);
      return;
    }
    connecting--;
    const connection = new Connection(socket, options, deadlines, owner);
    connections.add(connection);
    const next = take(waitingFresh) ?? take(waiting);
    if (next !== undefined) connection.start(next);
    else {
      deadlines.set(connection, idleTimeoutMs);
      idle.push(connection);
    }
  }

  function connectFailed(detail: string, cause: unknown): void {
    connecting--;
    const next = take(waitingFresh) ?? take(waiting);
    if (!closed) connectForWaiting();
    next?.fail('connect', detail, cause);
  }

  function close(): void {
    closed = true;
    for (const trip of [...waitingFresh, ...waiting]) {
      leave(trip);
      trip.fail('pool-closed', 'the pool is closed');
    }
    for (const connection of idle.slice()) connection.discard();
  }

  return {
    request(request, handler) {
      const trip = new RoundTrip(request, handler);
      if (!closed) {
        for (let connection = idle.pop(); connection !== undefined; connection = idle.pop()) {
          // The timer may be late; the peer's is not.
          if (connection.usable && connection.deadline > deadlines.now()) {
            connection.start(trip);
            return trip;
          }
          connection.discard();
        }
      }
      enqueue(trip, waiting);
      return trip;
    },
    close,
    destroy() {
      close();
      for (const connection of connections) connection.kill('pool-closed', 'the pool was destroyed');
    },
    stats: () => ({
      sockets: connections.size,
      idle: idle.length,
      connecting,
      waiting: waiting.length + waitingFresh.length,
    }),
  };
}
