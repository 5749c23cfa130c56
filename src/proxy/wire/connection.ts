// One socket and the one exchange on it (no pipelining). INVARIANT: a socket is given back only after a complete request, a
// complete response that allows it, and not a byte more; in every other case it is destroyed (response queue poisoning).
import type { Socket } from 'node:net';
import type { Deadline, Deadlines } from './deadlines.ts';
import type { Carrier, RoundTrip } from './round-trip.ts';
import type { ResponseHead } from './response-head.ts';
import {
  createResponseParser,
  type ResponseLimits,
  type ResponseParser,
  type ResponseSink,
} from './response-parser.ts';
import type { WireErrorKind } from './wire-error.ts';

export interface WireLimits extends ResponseLimits {
  /** ms from the complete request to the complete response head. */
  readonly headTimeoutMs: number;
  /** ms between two reads of a response body (not while paused), or between two writes of a request body. */
  readonly bodyIdleTimeoutMs: number;
}

export interface ConnectionOwner {
  /** The connection may carry another exchange. False: it is not wanted. */
  released(connection: Connection): boolean;
  /** The connection is closed. `retry` was on it, got no answer, and may be sent once more on a fresh socket. */
  gone(connection: Connection, retry: RoundTrip | undefined): void;
}

/** Up to here one copy into one write beats two buffers in a writev. */
const joinLimit = 65_536;
const crlf = Buffer.from('\r\n');

export class Connection implements Carrier, Deadline, ResponseSink {
  readonly socket: Socket;
  deadline: number = Infinity;
  /** It has answered before: the peer may be closing it right now. */
  reused = false;
  readonly #owner: ConnectionOwner;
  readonly #limits: WireLimits;
  readonly #deadlines: Deadlines;
  readonly #parser: ResponseParser;
  #trip: RoundTrip | undefined = undefined;
  #gone = false;
  #paused = false;
  #blocked = false;

  constructor(socket: Socket, limits: WireLimits, deadlines: Deadlines, owner: ConnectionOwner) {
    this.socket = socket;
    this.#limits = limits;
    this.#deadlines = deadlines;
    this.#owner = owner;
    this.#parser = createResponseParser(limits, this);
    deadlines.add(this);
    socket.setNoDelay(true);
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('error', this.#onError);
    socket.on('close', this.#onClose);
    socket.on('drain', this.#onDrain);
  }

  get usable(): boolean {
    const { socket } = this;
    return !this.#gone && socket.writable && !socket.readableEnded && socket.readableLength === 0;
  }

  /** What the peer said in Keep-Alive: timeout; Infinity if nothing. */
  get keepAliveHintMs(): number {
    const { keepAlive } = this.#parser.head;
    if (keepAlive === '') return Infinity;
    const seconds = /(?:^|[\s,;])timeout\s*=\s*"?(\d{1,9})/i.exec(keepAlive)?.[1];
    return seconds === undefined ? Infinity : Number(seconds) * 1000;
  }

  start(trip: RoundTrip): void {
    this.#trip = trip;
    this.#blocked = false;
    trip.carrier = this;
    trip.sent = true;
    this.#parser.begin(trip.method, trip.upgrade);
    this.#expireIn(trip.uploading ? Infinity : this.#limits.headTimeoutMs);
    const { socket } = this;
    const { head, body } = trip;
    if (trip.uploading) {
      // Corked for this turn, so that the head leaves together with the first piece of the body.
      socket.cork();
      process.nextTick(uncork, socket);
      socket.write(head, 'latin1');
      this.#writeEarly(trip);
    } else if (body === undefined || body.length === 0) {
      socket.write(head, 'latin1');
    } else if (body.length <= joinLimit) {
      const message = Buffer.allocUnsafe(head.length + body.length);
      message.write(head, 0, 'latin1');
      message.set(body, head.length);
      socket.write(message);
    } else {
      socket.cork();
      socket.write(head, 'latin1');
      socket.write(body);
      socket.uncork();
    }
  }

  #writeEarly(trip: RoundTrip): void {
    const { early } = trip;
    if (early !== undefined) {
      trip.early = undefined;
      for (const piece of early) this.writeBody(piece, trip.chunked);
      if (!this.#blocked && !trip.ended) process.nextTick(writable, trip);
    }
    if (trip.ended) {
      trip.uploading = false;
      this.endBody(trip.chunked);
    }
  }

  writeBody(chunk: Uint8Array, chunked: boolean): boolean {
    const { socket } = this;
    let more: boolean;
    if (chunked) {
      socket.cork();
      socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1');
      socket.write(chunk);
      more = socket.write(crlf);
      process.nextTick(uncork, socket);
    } else more = socket.write(chunk);
    if (!more) {
      this.#blocked = true;
      if (this.#trip?.headSeen === false) this.#expireIn(this.#limits.bodyIdleTimeoutMs);
    }
    return more;
  }

  endBody(chunked: boolean): void {
    if (chunked) this.socket.write('0\r\n\r\n', 'latin1');
    if (this.#trip?.headSeen === false) this.#expireIn(this.#limits.headTimeoutMs);
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#expireIn(this.#limits.bodyIdleTimeoutMs);
    this.socket.resume();
  }

  abandon(): void {
    this.#trip = undefined;
    this.#parser.stop();
    this.discard();
  }

  /** Only a queue can wait too long; a connection has deadlines of its own. */
  expired(): void {}

  /** Destroys the socket and says so once. */
  discard(retry?: RoundTrip): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#deadlines.remove(this);
    this.socket.destroy();
    this.#owner.gone(this, retry);
  }

  /** Ends an exchange from outside, as if the connection had broken. */
  kill(kind: WireErrorKind, detail: string): void {
    this.#broken(kind, detail);
  }

  expire(): void {
    const trip = this.#trip;
    if (trip === undefined) this.discard();
    else if (trip.headSeen) this.#broken('body-timeout', 'no byte of the response body came in time');
    else if (this.#blocked && trip.uploading)
      this.#broken('request-timeout', 'the upstream stopped reading the request');
    else this.#broken('head-timeout', 'no response head came in time');
  }

  information(status: number, rawHeaders: string[]): void {
    this.#trip?.handler.onInformation?.(status, rawHeaders);
  }

  head(head: ResponseHead, bodyLength: number | undefined): void {
    const trip = this.#trip;
    if (trip === undefined) return;
    trip.headSeen = true;
    trip.handler.onHead(head.status, head.statusText, head.rawHeaders, bodyLength);
  }

  data(chunk: Buffer, last: boolean): void {
    const trip = this.#trip;
    if (trip === undefined || trip.handler.onData(chunk, last) || trip.settled) return;
    this.#paused = true;
    this.socket.pause();
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#trip === undefined) {
      // Nobody asked: what comes now would be taken for the answer to the next request.
      this.discard();
      return;
    }
    let used = -1;
    try {
      used = this.#parser.feed(chunk);
    } finally {
      // A callback threw: the parser may be anywhere, so the socket is not to be read on.
      if (used === -1) this.abandon();
    }
    this.#advance(chunk, used);
  };

  #advance(chunk: Buffer | undefined, used: number): void {
    const trip = this.#trip;
    if (trip === undefined) return;
    const parser = this.#parser;
    if (parser.state === 'reading') {
      if (trip.headSeen) this.#expireIn(this.#paused ? Infinity : this.#limits.bodyIdleTimeoutMs);
    } else if (parser.state === 'complete') {
      this.#trip = undefined;
      const clean = chunk !== undefined && used === chunk.length && parser.head.persistent;
      if (!clean || trip.uploading || this.socket.writableLength > 0 || !this.#release()) this.discard();
      trip.complete();
    } else if (parser.state === 'upgraded' && chunk !== undefined) {
      this.#handOver(trip, chunk.subarray(used));
    } else if (parser.failure !== undefined) {
      this.#broken(parser.failure.kind, parser.failure.detail);
    }
  }

  #expireIn(ms: number): void {
    if (!this.#gone) this.#deadlines.set(this, ms);
  }

  #release(): boolean {
    if (this.#paused) {
      this.#paused = false;
      this.socket.resume();
    }
    this.reused = true;
    return this.#owner.released(this);
  }

  #handOver(trip: RoundTrip, first: Buffer): void {
    const { socket } = this;
    this.#gone = true;
    this.#trip = undefined;
    this.#deadlines.remove(this);
    socket.pause();
    socket.off('data', this.#onData);
    socket.off('end', this.#onEnd);
    socket.off('error', this.#onError);
    socket.off('close', this.#onClose);
    socket.off('drain', this.#onDrain);
    this.#owner.gone(this, undefined);
    trip.settled = true;
    trip.headSeen = true;
    trip.handler.onUpgrade?.(this.#parser.head.rawHeaders, socket, first);
  }

  #broken(kind: WireErrorKind, detail: string): void {
    const trip = this.#trip;
    this.#trip = undefined;
    this.#parser.stop();
    if (trip !== undefined && kind === 'no-response' && this.reused && trip.replayable && !trip.retried) {
      trip.retried = true;
      trip.carrier = undefined;
      this.discard(trip);
      return;
    }
    this.discard();
    trip?.fail(kind, detail);
  }

  readonly #onEnd = (): void => {
    if (this.#trip === undefined) {
      this.discard();
      return;
    }
    this.#parser.close();
    this.#advance(undefined, 0);
  };

  readonly #onError = (error: NodeJS.ErrnoException): void => {
    const kind = this.#parser.started ? 'truncated' : 'no-response';
    this.#broken(kind, `the connection failed: ${error.code ?? error.name}`);
  };

  readonly #onClose = (): void => {
    const kind = this.#parser.started ? 'truncated' : 'no-response';
    this.#broken(kind, 'the connection was closed');
  };

  readonly #onDrain = (): void => {
    const trip = this.#trip;
    if (trip === undefined || !this.#blocked) return;
    this.#blocked = false;
    if (!trip.uploading) return;
    if (!trip.headSeen) this.#expireIn(Infinity);
    trip.handler.onWritable?.();
  };
}

function uncork(socket: Socket): void {
  socket.uncork();
}

function writable(trip: RoundTrip): void {
  if (!trip.settled) trip.handler.onWritable?.();
}
