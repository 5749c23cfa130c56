// Runs one approved call on a fresh connection of its own. INVARIANT: accepts nothing but a Grant; until `send` not one byte is
// written, and `send` writes the approved bytes once.
import { bodyBytes, type Call, target } from '../core/call.ts';
import { callDigest, contentDigest } from '../core/digest.ts';
import type { Grant } from '../core/grant.ts';
import type { Socket } from 'node:net';
import type { Clock } from '../ports/clock.ts';
import type { EventBus } from '../ports/events.ts';
import type { Dispatcher, Prepared, PrepareOutcome, ResponseSink, SendOutcome } from '../ports/dispatcher.ts';
import { responseHeaders } from './pass-through.ts';
import { placeAgain } from './upstream-place.ts';
import type { Pools } from './pools.ts';
import type { Scrubber } from './scrub.ts';
import type { Upstream } from '../core/upstream.ts';
import { proves } from './websocket.ts';
import { serialiseRequestHead } from './wire/request-head.ts';
import { type SendOnceOptions, sendOnce, upgrade } from './wire/send-once.ts';
import type { UpgradeHandler, WireHandler } from './wire/wire-handler.ts';
import type { WireRequest } from './wire/wire-request.ts';

export interface DispatcherDeps {
  readonly upstreams: readonly Upstream[];
  readonly pools: Pick<Pools, 'connect' | 'injected' | 'scrubber'>;
  readonly clock: Clock;
  readonly bus: EventBus;
  /** Of the upstream's response head. */
  readonly maxHeaderBytes: number;
}

const notSent = (detail: string): PrepareOutcome => ({ outcome: 'not-sent', detail });

export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  const byId = new Map(deps.upstreams.map((upstream) => [upstream.id, upstream]));
  return {
    async prepare(grant: Grant, call: Call) {
      const configured = byId.get(call.upstream);
      if (!configured || configured.id !== grant.upstream) return notSent('the upstream is no longer configured');
      if (callDigest(call) !== grant.digest || contentDigest(call) !== grant.contentDigest) {
        return notSent('the bytes are not the bytes that were approved');
      }
      const placed = placeAgain(configured, call, grant.agent);
      if (!placed.ok) return notSent(placed.why);
      const { upstream } = placed;
      try {
        // Throws on anything that cannot be sent, while that is still certain to have no effect.
        serialiseRequestHead(requestOf(deps, upstream, call), 'close');
        const connected = await deps.pools.connect(upstream);
        if (!connected.ok) return notSent(connected.detail);
        return { outcome: 'prepared', prepared: prepared(deps, connected.socket, call, upstream) };
      } catch (error) {
        return notSent(error instanceof Error ? error.message : 'the connection failed');
      }
    },
  };
}

/** As it is sent now: a signature in it is of this moment. */
function requestOf({ pools }: DispatcherDeps, upstream: Upstream, call: Call): WireRequest {
  const { method, host, headers } = call;
  return {
    method,
    target: target(call),
    host,
    headers,
    injected: pools.injected(upstream, call),
    body: bodyBytes(call),
  };
}

function prepared(deps: DispatcherDeps, socket: Socket, call: Call, upstream: Upstream): Prepared {
  // Between prepare and send nobody else listens: an error here must not take the process down, it shows up at send.
  socket.on('error', () => socket.destroy());
  const options: SendOnceOptions = {
    clock: deps.clock,
    maxHeaderBytes: deps.maxHeaderBytes,
    headTimeoutMs: upstream.timeouts.head,
    bodyIdleTimeoutMs: upstream.timeouts.idle,
  };
  return {
    send: async (sink) => {
      const scrub = deps.pools.scrubber(upstream);
      const outcome = await send(socket, requestOf(deps, upstream, call), upstream, options, scrub, sink, call.upgrade);
      if (scrub?.found) deps.bus.emit('upstream:credential-reflected', { upstream: upstream.id });
      return outcome;
    },
    abandon: () => void socket.destroy(),
  };
}

function send(
  socket: Socket,
  request: WireRequest,
  upstream: Upstream,
  options: SendOnceOptions,
  scrub: Scrubber | undefined,
  sink: ResponseSink,
  protocol: Call['upgrade'],
): Promise<SendOutcome> {
  const { promise, resolve } = Promise.withResolvers<SendOutcome>();
  let status: number | undefined;
  const handler: WireHandler = {
    onHead(code, _text, rawHeaders, bodyLength) {
      status = code;
      const headers = responseHeaders(scrub?.headers(rawHeaders) ?? rawHeaders, upstream);
      if (bodyLength !== undefined) headers.push('Content-Length', String(bodyLength));
      sink.head(code, headers);
    },
    onData(chunk, last) {
      const more = sink.data(scrub?.body(chunk, last) ?? chunk);
      if (!more) return true;
      void more.then(() => exchange.resume());
      return false;
    },
    onEnd() {
      const rest = scrub?.rest();
      if (rest && rest.length > 0) void sink.data(rest);
      resolve({ outcome: 'complete', status: status ?? 0 });
    },
    onError: ({ kind, detail }) =>
      resolve({ outcome: 'indeterminate', detail: `${kind}: ${detail}`, ...(status !== undefined && { status }) }),
  };
  const onUpgrade: UpgradeHandler['onUpgrade'] = (rawHeaders, switched, first) => {
    if (!sink.tunnel || !proves(rawHeaders, request)) {
      switched.destroy();
      return resolve({
        outcome: 'indeterminate',
        detail: 'the upstream did not prove that it speaks WebSocket',
        status: 101,
      });
    }
    sink.tunnel(responseHeaders(scrub?.headers(rawHeaders) ?? rawHeaders, upstream), switched, first);
    resolve({ outcome: 'complete', status: 101 });
  };
  const exchange = protocol
    ? upgrade(socket, { ...request, body: undefined }, protocol, { ...handler, onUpgrade }, options)
    : sendOnce(socket, request, handler, options);
  return promise;
}
