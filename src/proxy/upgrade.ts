// WebSocket, and nothing else, and only where a rule says so: what flows inside is unseen, so it takes an explicit allow. The
// tunnel opens after a 101 of the upstream that was verified (RFC 6455 §4.1), never on the agent's word.
import { createHash } from 'node:crypto';
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { headerValues, target } from '../core/call.ts';
import { Exchange } from './exchange.ts';
import { ask, denied, intake, type Routed, unexpected } from './handle-call.ts';
import { PassThrough, responseHeaders } from './pass-through.ts';
import type { ProxyDeps } from './proxy-deps.ts';
import { refuse } from './refuse.ts';
import { upgrade } from './wire/send-once.ts';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
/** ms that one side of a tunnel may go on after the other has ended. */
const HALF_OPEN = 2000;
const KEY = /^[A-Za-z0-9+/]{22}==$/;

function acceptOf(key: string): string {
  return createHash('sha1')
    .update(key + GUID)
    .digest('base64');
}

/** Handles a request with `Connection: Upgrade`. `first` are bytes that came behind its head. */
export function handleUpgrade(
  deps: ProxyDeps,
  req: IncomingMessage,
  socket: Duplex,
  first: Buffer,
  draining: boolean,
): void {
  const res = new ServerResponse(req);
  res.shouldKeepAlive = false;
  res.assignSocket(socket as never);
  // node closes only connections whose requests it answers itself; this one is ours since the upgrade event.
  res.once('finish', () => socket.end(() => socket.destroy()));
  intake(new Exchange(deps, req, res), draining, (routed) => {
    const why = unfit(routed, first);
    if (why) refuse(routed.exchange, 'upgrade-refused', { detail: why, close: true });
    else decide(routed, socket);
  });
}

function unfit({ head, call, exchange: { req } }: Routed, first: Buffer): string | undefined {
  if (head.upgrade?.toLowerCase() !== 'websocket') return 'Only an upgrade to websocket is supported; h2c never is.';
  if (call.method !== 'GET' || call.body.state !== 'none') return 'A WebSocket handshake is a GET without a body.';
  if (headerValues(req.rawHeaders, 'sec-websocket-version').join() !== '13')
    return 'Only WebSocket version 13 is supported.';
  const [key, ...more] = headerValues(req.rawHeaders, 'sec-websocket-key');
  if (more.length > 0 || !KEY.test(key ?? '')) return 'Sec-WebSocket-Key is missing or malformed.';
  // Frames before the 101 are how requests are smuggled past a proxy that only thinks it has upgraded.
  return first.length > 0 ? 'Nothing may be sent before the handshake is complete.' : undefined;
}

function decide(routed: Routed, socket: Duplex): void {
  const { exchange } = routed;
  const decision = ask(routed);
  if (decision === 'needs-body') throw new Error('policy asked for a body that a handshake cannot have');
  exchange.decision = decision;
  if (decision.effect === 'deny') return denied(exchange, decision);
  if (decision.effect !== 'allow' || !decision.websocket) {
    return refuse(exchange, 'upgrade-refused', {
      detail:
        'No rule with `websocket: true` allows this; what flows inside a WebSocket cannot be reviewed call by call.',
      close: true,
    });
  }
  void open(routed, socket).catch((error: unknown) => unexpected(exchange, error));
}

async function open({ exchange, call, upstream }: Routed, agent: Duplex): Promise<void> {
  const { deps, req, res } = exchange;
  const connected = await deps.pools.connect(upstream);
  const plain = new PassThrough(exchange, upstream);
  if (!connected.ok) {
    return plain.onError({
      kind: 'connect',
      detail: connected.detail,
      sent: false,
      headSeen: false,
      cause: connected,
    });
  }
  if (exchange.gone) return void connected.socket.destroy();
  const [key = ''] = headerValues(req.rawHeaders, 'sec-websocket-key');
  const wire = upgrade(
    connected.socket,
    {
      method: 'GET',
      target: target(call),
      host: call.host,
      headers: call.headers,
      injected: deps.pools.injected(upstream),
      body: undefined,
    },
    'websocket',
    {
      onUpgrade(rawHeaders, socket, first) {
        if (headerValues(rawHeaders, 'sec-websocket-accept').join() !== acceptOf(key)) {
          socket.destroy();
          return refuse(exchange, 'upstream-invalid', {
            detail: 'The upstream did not prove that it speaks WebSocket.',
            close: true,
          });
        }
        const scrubbed = deps.pools.scrubber(upstream)?.headers(rawHeaders) ?? rawHeaders;
        const headers = ['Connection', 'Upgrade', 'Upgrade', 'websocket', ...responseHeaders(scrubbed, upstream)];
        res.writeHead(101, [...headers, 'Holdgate-Decision', exchange.decisionId]);
        res.flushHeaders();
        res.detachSocket(agent as never);
        tunnel(exchange, agent, socket, first);
      },
      // Anything but 101 is an ordinary response.
      onHead: (status, text, rawHeaders, length) => plain.onHead(status, text, rawHeaders, length),
      onData: (chunk, last) => plain.onData(chunk, last),
      onEnd: () => plain.onEnd(),
      onError: (error) => plain.onError(error),
    },
    {
      clock: deps.clock,
      maxHeaderBytes: deps.limits.headers,
      headTimeoutMs: upstream.timeouts.head,
      bodyIdleTimeoutMs: upstream.timeouts.idle,
    },
  );
  plain.wire = wire;
  exchange.onGone = () => wire.abort();
}

/** Bytes both ways until either side is done; the record is written when the tunnel is closed. */
function tunnel(exchange: Exchange, agent: Duplex, upstream: Duplex, first: Buffer): void {
  exchange.onGone = undefined;
  let cancel = (): void => {};
  const close = (): void => {
    cancel();
    agent.destroy();
    upstream.destroy();
    exchange.over(101);
  };
  agent.on('data', (chunk: Buffer) => {
    exchange.bytesIn += chunk.length;
  });
  upstream.on('data', (chunk: Buffer) => {
    exchange.bytesOut += chunk.length;
  });
  for (const side of [agent, upstream]) {
    side.on('error', close).on('close', close);
    // The other side hears of it through the pipe, and may say its last words; it may not stay for ever.
    side.once('end', () => {
      cancel();
      cancel = exchange.deps.clock.after(HALF_OPEN, close);
    });
  }
  if (first.length > 0) {
    exchange.bytesOut += first.length;
    agent.write(first);
  }
  agent.pipe(upstream);
  upstream.pipe(agent);
}
