// Allowed calls: streamed to the upstream and back at proxy speed. Callbacks, raw header arrays, no promises: this is what
// nearly every call goes through.
import { createHash } from 'node:crypto';
import { bodyBytes, type Call, isBodyToCome, target } from '../core/call.ts';
import type { ProblemType } from '../core/problems.ts';
import { OTHER_BODY } from './auth/signed-call.ts';
import type { Exchange } from './exchange.ts';
import { refuse } from './refuse.ts';
import type { Scrubber } from './scrub.ts';
import type { Upstream } from '../core/upstream.ts';
import type { WireError } from './wire/wire-error.ts';
import type { WireExchange, WireHandler } from './wire/wire-handler.ts';

/** Up to here turning a body into a string is cheaper than a second buffer in the write. */
const ONE_WRITE = 16 * 1024;

const PROBLEM_OF: Partial<Record<WireError['kind'], ProblemType>> = {
  connect: 'upstream-unreachable',
  'no-socket': 'upstream-unreachable',
  'no-response': 'upstream-unreachable',
  'head-timeout': 'upstream-timeout',
  'request-timeout': 'upstream-timeout',
  'body-timeout': 'upstream-timeout',
  'pool-closed': 'shutting-down',
};

/** Which problem a failed exchange is to the agent. */
function upstreamProblem(error: WireError): ProblemType {
  if (error.kind === 'connect' && connectFailure(error.cause) === 'address-refused') return 'upstream-address-refused';
  if (error.kind === 'connect' && connectFailure(error.cause) === 'timeout') return 'upstream-timeout';
  return PROBLEM_OF[error.kind] ?? 'upstream-invalid';
}

function connectFailure(cause: unknown): unknown {
  return typeof cause === 'object' && cause !== null && 'failure' in cause ? cause.failure : undefined;
}

const DETAIL: Partial<Record<ProblemType, string>> = {
  'upstream-address-refused': 'The upstream resolves to an address that this gate does not connect to.',
  'upstream-unreachable': 'The upstream could not be reached, or closed the connection before it answered.',
  'upstream-timeout': 'The upstream did not answer in time.',
  'upstream-invalid': 'The upstream sent a response that is not valid HTTP; it was not passed on.',
  'shutting-down': 'The gate is restarting.',
};

/** The upstream's response on its way to the agent. */
export class PassThrough implements WireHandler {
  readonly #exchange: Exchange;
  readonly #upstream: Upstream;
  wire: WireExchange | undefined;
  readonly #scrub: Scrubber | undefined;
  #paused = false;

  constructor(exchange: Exchange, upstream: Upstream) {
    this.#exchange = exchange;
    this.#upstream = upstream;
    this.#scrub = exchange.deps.pools.scrubber(upstream);
  }

  onHead(status: number, statusText: string, rawHeaders: string[], bodyLength: number | undefined): void {
    const { res, decisionId } = this.#exchange;
    const headers = responseHeaders(this.#scrub?.headers(rawHeaders) ?? rawHeaders, this.#upstream);
    this.#exchange.meter?.head(rawHeaders);
    headers.push('Holdgate-Decision', decisionId);
    if (bodyLength !== undefined) headers.push('Content-Length', String(bodyLength));
    res.writeHead(status, statusText, headers);
  }

  onData(received: Buffer, last: boolean): boolean {
    const exchange = this.#exchange;
    const chunk = this.#scrub?.body(received, last) ?? received;
    exchange.sent(chunk.length);
    if (last) {
      // As a string it leaves in one write together with the head (node joins strings, but not a string and a buffer).
      if (chunk.length <= ONE_WRITE) exchange.res.end(chunk.toString('latin1'), 'latin1');
      else exchange.res.end(chunk);
      return true;
    }
    if (exchange.res.write(chunk)) return true;
    if (!this.#paused) {
      this.#paused = true;
      exchange.res.once('drain', () => {
        this.#paused = false;
        this.wire?.resume();
      });
    }
    return false;
  }

  onEnd(): void {
    const { res, deps } = this.#exchange;
    if (!res.writableEnded) res.end(this.#scrub?.rest());
    if (this.#scrub?.found) deps.bus.emit('upstream:credential-reflected', { upstream: this.#upstream.id });
  }

  onError(error: WireError): void {
    const problem = upstreamProblem(error);
    this.#exchange.deps.bus.emit('upstream:failed', { upstream: this.#upstream.id, problem });
    refuse(this.#exchange, problem, { detail: DETAIL[problem] ?? '', close: error.headSeen });
  }

  onWritable(): void {
    this.#exchange.req.resume();
  }
}

/** A cookie that the upstream set for our credential is a credential: it does not go to the agent (security.md G6). */
export function responseHeaders(rawHeaders: string[], upstream: Upstream): string[] {
  if (!upstream.credential || upstream.agent_credentials === 'pass') return rawHeaders;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() === 'set-cookie') {
      return rawHeaders.filter((_, at) => rawHeaders[at - (at % 2)]?.toLowerCase() !== 'set-cookie');
    }
  }
  return rawHeaders;
}

/**
 * Forwards an allowed call. Its body is in `call.body`, or still to come: then `prefix` was read from it already and the rest is
 * streamed, framed anew, and the upstream connection is destroyed if the agent's framing breaks.
 */
export function passThrough(exchange: Exchange, call: Call, upstream: Upstream, prefix: readonly Buffer[] = []): void {
  const { deps, agent, req } = exchange;
  exchange.meter = deps.meters.of(agent?.id ?? '', call, () => deps.recognise(call));
  const handler = new PassThrough(exchange, upstream);
  const streamed = isBodyToCome(call);
  const length = req.headers['content-length'];
  const wire = deps.pools.pool(upstream, agent?.id ?? '').request(
    {
      method: call.method,
      target: target(call),
      host: call.host,
      headers: call.headers,
      injected: deps.pools.injected(upstream, call),
      body: streamed ? { length: length === undefined ? undefined : Number(length) } : bodyBytes(call),
    },
    handler,
  );
  handler.wire = wire;
  exchange.onGone = () => wire.abort();
  if (streamed) streamBody(exchange, wire, prefix);
}

/** The body was not the one that the agent signed, and did not reach the upstream whole. */
export function otherBody(exchange: Exchange): void {
  const { problem, detail, why } = OTHER_BODY;
  refuse(exchange, problem, { detail, reason: why, close: true });
}

function streamBody(exchange: Exchange, wire: WireExchange, prefix: readonly Buffer[]): void {
  const { req } = exchange;
  const cancel = watchSilence(exchange, wire);
  const signed = exchange.bodySha256;
  const hash = signed === undefined ? undefined : createHash('sha256');
  // Of a body that has to be the signed one the last piece waits until all of it is known to be: without it nothing is complete.
  let last: Buffer | undefined;
  const take = (chunk: Buffer): void => {
    exchange.bytesIn += chunk.length;
    let next: Buffer | undefined = chunk;
    if (hash) {
      hash.update(chunk);
      next = last;
      last = chunk;
    }
    if (next && !wire.write(next)) req.pause();
  };
  for (const chunk of prefix) take(chunk);
  req.on('data', take);
  req.on('end', () => {
    cancel();
    if (hash && hash.digest('hex') !== signed) {
      wire.abort();
      return otherBody(exchange);
    }
    if (last) wire.write(last);
    wire.end();
  });
  // Broken framing of the agent: what was sent so far must not end as a complete request.
  req.on('error', () => wire.abort());
  req.on('close', () => {
    cancel();
    if (!req.complete) wire.abort();
  });
}

/**
 * Gives up on an agent that sends nothing of its body for `limits.body_timeout` (at most half of it later). It looks at the
 * byte count now and then, so that a chunk costs nothing. A body that waits for the upstream has the upstream's timeout.
 */
function watchSilence(exchange: Exchange, wire: WireExchange): () => void {
  const { req, res, deps } = exchange;
  const period = Math.ceil(deps.limits.bodyTimeout / 2);
  let seen = -1;
  let quiet = 0;
  let cancel = (): void => {};
  const look = (): void => {
    quiet = exchange.bytesIn === seen && !req.isPaused() ? quiet + 1 : 0;
    seen = exchange.bytesIn;
    if (quiet < 2) {
      cancel = deps.clock.after(period, look);
      return;
    }
    wire.abort();
    if (res.writableEnded) req.destroy();
    else refuse(exchange, 'body-timeout', { detail: 'The body did not arrive in time.', close: true });
  };
  look();
  return () => cancel();
}
