// WebSocket, and nothing else: what flows inside is unseen, so it takes a rule that says `websocket: true`, or a person who approves
// the handshake. The tunnel opens after a 101 of the upstream that was verified (RFC 6455 §4.1), never on the agent's word.
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawHeaders, target } from '../core/call.ts';
import type { Decision, OnAbsent } from '../core/policy/types.ts';
import { Exchange } from './exchange.ts';
import { ask, denied, intake, type Routed } from './handle-call.ts';
import { holdCall } from './hold-call.ts';
import type { FallbackWords, Said } from './fallback-words.ts';
import { PassThrough, responseHeaders } from './pass-through.ts';
import type { ProxyDeps } from './proxy-deps.ts';
import { refuse } from './refuse.ts';
import { tunnel } from './tunnel.ts';
import { handshakeFault, proves, switchingHeaders } from './websocket.ts';
import { unexpected } from './unexpected.ts';
import { upgrade } from './wire/send-once.ts';

/** Handles a request with `Connection: Upgrade`. `first` are bytes that came behind its head. */
export function handleUpgrade(
  deps: ProxyDeps,
  words: FallbackWords,
  req: IncomingMessage,
  socket: Duplex,
  first: Buffer,
  draining: boolean,
): void {
  const res = new ServerResponse(req);
  res.shouldKeepAlive = false;
  // The types say a Socket; node gives any Duplex, and uses no more of it.
  res.assignSocket(socket as never);
  // node closes only connections whose requests it answers itself; this one is ours since the upgrade event.
  res.once('finish', () => socket.end(() => socket.destroy()));
  intake(new Exchange(deps, req, res), draining, (routed) => {
    const { exchange, head, call } = routed;
    const why =
      handshakeFault(head.upgrade, call, req.rawHeaders) ??
      // Frames before the 101 are how requests are smuggled past a proxy that only thinks it has upgraded.
      (first.length > 0 ? 'Nothing may be sent before the handshake is complete.' : undefined);
    const wish = `${exchange.agent?.id} ${call.upstream} ${target(call)}`;
    if (why) return unfit(routed, why, words.of(wish));
    exchange.onRefused = (type, refusal) => words.remember(wish, { type, refusal });
    decide({ ...routed, call: { ...call, upgrade: 'websocket' } }, socket);
  });
}

/** Never forwarded, whatever policy says; but where it says no, that is the better answer. */
function unfit(routed: Routed, why: string, said: Said | undefined): void {
  const { exchange } = routed;
  const decision = ask(routed);
  if (decision !== 'needs-body' && decision.effect === 'deny') {
    exchange.decision = decision;
    return denied(exchange, decision);
  }
  if (said) return refuse(exchange, said.type, { ...said.refusal, close: true });
  refuse(exchange, 'upgrade-refused', { detail: why, close: true });
}

function decide(routed: Routed, socket: Duplex): void {
  const { exchange } = routed;
  const decision = ask(routed);
  if (decision === 'needs-body') throw new Error('policy asked for a body that a handshake cannot have');
  exchange.decision = decision;
  if (decision.effect === 'deny') return denied(exchange, decision);
  if (decision.effect === 'hold') return hold(routed, decision, socket);
  if (!decision.websocket) {
    return refuse(exchange, 'upgrade-refused', {
      detail:
        'No rule with `websocket: true` allows this; what flows inside a WebSocket cannot be reviewed call by call.',
      close: true,
    });
  }
  void open(routed, socket).catch((error: unknown) => unexpected(exchange, error));
}

/** A person lets the handshake through, or does not; then the bytes flow unseen, and only to a connection that still waits. */
function hold({ exchange, call, facts }: Routed, decision: Decision, agent: Duplex): void {
  // Bytes before the 101 break the handshake; unless somebody reads, nobody hears the agent hang up.
  const leave = (): void => void agent.destroy();
  agent.on('data', leave).once('end', leave);
  exchange.tunnel = (answer, upstream, first) => {
    agent.off('data', leave).off('end', leave).pause();
    switchProtocols(exchange, answer, call.headers, agent, upstream, first);
  };
  const terms = decision.hold && { ...decision.hold, onAbsent: absent(decision.hold.onAbsent) };
  const held = terms ? { ...decision, hold: terms } : decision;
  void holdCall(exchange, call, held, facts).catch((error: unknown) => unexpected(exchange, error));
}

/** A tunnel without an agent is of no use to anybody. */
const absent = (configured: OnAbsent): OnAbsent => (configured === 'execute' ? 'wait' : configured);

/** Tells the agent that the upstream has switched, in an answer to the agent's own handshake, and lets the bytes flow. */
function switchProtocols(
  exchange: Exchange,
  answer: RawHeaders,
  handshake: RawHeaders,
  agent: Duplex,
  upstream: Duplex,
  first: Uint8Array,
): void {
  const { res } = exchange;
  res.writeHead(101, switchingHeaders(answer, handshake));
  res.flushHeaders();
  // As it was assigned.
  res.detachSocket(agent as never);
  tunnel(exchange, agent, upstream, first);
}

async function open({ exchange, call, upstream }: Routed, agent: Duplex): Promise<void> {
  const { deps } = exchange;
  exchange.meter = deps.meters.of(exchange.agent?.id ?? '', call, () => deps.recognise(call));
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
  const wire = upgrade(
    connected.socket,
    {
      method: 'GET',
      target: target(call),
      host: call.host,
      headers: call.headers,
      injected: deps.pools.injected(upstream, call),
      body: undefined,
    },
    'websocket',
    {
      onUpgrade(rawHeaders, socket, first) {
        if (!proves(rawHeaders, call)) {
          socket.destroy();
          return refuse(exchange, 'upstream-invalid', {
            detail: 'The upstream did not prove that it speaks WebSocket.',
            close: true,
          });
        }
        const scrubbed = deps.pools.scrubber(upstream)?.headers(rawHeaders) ?? rawHeaders;
        const answer = [...responseHeaders(scrubbed, upstream), 'Holdgate-Decision', exchange.decisionId];
        switchProtocols(exchange, answer, call.headers, agent, socket, first);
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
