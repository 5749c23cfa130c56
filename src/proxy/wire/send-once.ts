// Privileged execution: one request on one fresh socket, `Connection: close`, never pooled, never retried.
import type { Socket } from 'node:net';
import type { Clock } from '../../ports/clock.ts';
import { Connection, type ConnectionOwner, type WireLimits } from './connection.ts';
import { createDeadlines } from './deadlines.ts';
import { RoundTrip } from './round-trip.ts';
import type { UpgradeHandler, WireExchange, WireHandler } from './wire-handler.ts';
import type { WireRequest } from './wire-request.ts';

export interface SendOnceOptions extends WireLimits {
  readonly clock: Pick<Clock, 'monotonic' | 'after'>;
}

const unowned: ConnectionOwner = { released: () => false, gone() {} };

/**
 * Writes the request in this turn; the socket is ours from here on and is destroyed at the end of the exchange.
 * @throws UnsendableRequest before anything is written (the socket is then untouched).
 */
export function sendOnce(
  socket: Socket,
  request: WireRequest,
  handler: WireHandler,
  options: SendOnceOptions,
): WireExchange {
  return start(socket, new RoundTrip(request, handler, 'close'), options);
}

/**
 * Asks to switch to `protocol` (RFC 9110 §7.8) with a bodiless request. A 101 that names that protocol ends in `onUpgrade`;
 * for WebSocket the caller verifies Sec-WebSocket-Accept. Any other response comes as usual, and the socket is destroyed after it.
 * @throws UnsendableRequest before anything is written.
 */
export function upgrade(
  socket: Socket,
  request: WireRequest & { readonly body: undefined },
  protocol: string,
  handler: UpgradeHandler,
  options: SendOnceOptions,
): WireExchange {
  return start(socket, new RoundTrip(request, handler, 'Upgrade', protocol), options);
}

function start(socket: Socket, trip: RoundTrip, options: SendOnceOptions): WireExchange {
  if (socket.destroyed || !socket.writable) {
    process.nextTick(() => trip.fail('connect', 'the socket was closed before anything was sent'));
    return trip;
  }
  const connection = new Connection(socket, options, createDeadlines(options.clock), unowned);
  connection.start(trip);
  return trip;
}
