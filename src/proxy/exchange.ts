// One call and its answer: what is known about it so far, and the one record that is written when it is over.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Envelope } from '../actions/envelope.ts';
import type { Call, RawHeaders } from '../core/call.ts';
import type { Decision } from '../core/policy/types.ts';
import type { Agent } from '../core/principal.ts';
import type { ProblemType } from '../core/problems.ts';
import type { UpstreamKind } from '../core/upstream.ts';
import type { CallMeter } from './call-meter.ts';
import type { ProxyDeps } from './proxy-deps.ts';
import type { Refusal } from './refusal.ts';

export class Exchange {
  readonly deps: ProxyDeps;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly at: number;
  readonly decisionId: string;
  readonly source: string;
  agent: Agent | undefined;
  upstream: string | undefined;
  /** Once it is routed; without its body. */
  call: Call | undefined;
  /** Of the call with its body, where its API has such. */
  envelope: Envelope | undefined;
  /** Of a JSON-RPC request that joined the approval of the same one under another id: its answer has to carry this one. */
  answerId: string | number | undefined;
  /** Whose errors the caller understands, where that is known before the upstream is. */
  family: UpstreamKind | undefined;
  /** What a body that is still to come has to hash to (SHA-256, lower-case hex), because the agent signed that. */
  bodySha256: string | undefined;
  host = '';
  path = '';
  decision: Decision | undefined;
  approvalId: string | undefined;
  problem: string | undefined;
  bytesIn = 0;
  bytesOut = 0;
  /** Counts what goes out of the upstream's answer; set before there is one. */
  meter: CallMeter | undefined;
  readonly #started: number;
  #finished = false;
  /** The whole answer left although the response is kept open for the rest of the agent's body. */
  answered = false;
  /** Of an agent that asked to switch protocols: tells it that the upstream (its `socket`, paused) has, and lets the bytes flow. */
  tunnel: ((answer: RawHeaders, upstream: Duplex, first: Uint8Array) => void) | undefined;
  /** Hears of the refusal, before it is written. */
  onRefused: ((type: ProblemType, refusal: Refusal) => void) | undefined;
  /** Called when the agent's connection is gone before the answer was complete. */
  onGone: (() => void) | undefined;

  constructor(deps: ProxyDeps, req: IncomingMessage, res: ServerResponse) {
    this.deps = deps;
    this.req = req;
    this.res = res;
    this.at = deps.clock.now();
    this.#started = deps.clock.monotonic();
    this.decisionId = deps.nextDecisionId();
    this.source = sourceOf(req.socket);
    res.on('close', () => {
      const complete = res.writableFinished || this.answered;
      if (!complete) this.onGone?.();
      this.over(complete ? res.statusCode : 0);
    });
  }

  /** Bytes of the upstream's answer that leave for the agent. */
  sent(bytes: number): void {
    this.bytesOut += bytes;
    this.meter?.sent(bytes);
  }

  /** True once the agent can no longer be answered. */
  get gone(): boolean {
    return this.res.destroyed || this.res.closed;
  }

  /** Writes the record, once. Called with the response's status at its close, and by a tunnel when both its sides are closed. */
  over(status: number): void {
    if (this.#finished) return;
    this.#finished = true;
    this.deps.bus.emit('call:finished', {
      at: this.at,
      decisionId: this.decisionId,
      agent: this.agent?.id,
      source: this.source,
      upstream: this.upstream,
      method: this.req.method ?? '',
      host: this.host,
      path: this.path,
      decision: this.decision,
      approvalId: this.approvalId,
      status,
      problem: this.problem,
      duration: this.deps.clock.monotonic() - this.#started,
      bytesIn: this.bytesIn,
      bytesOut: this.bytesOut,
    });
  }
}

const sources = new WeakMap<object, string>();

/** The peer's address, IPv4-mapped ones as IPv4; asked of the kernel once per connection. */
export function sourceOf(socket: Duplex & { readonly remoteAddress?: string | undefined }): string {
  let source = sources.get(socket);
  if (source === undefined) {
    source = (socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/, '').replace(/%.*$/, '');
    sources.set(socket, source);
  }
  return source;
}
