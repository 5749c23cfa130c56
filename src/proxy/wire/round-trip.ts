// One request on its way to its response: the state that outlives a connection (waiting for one, one retry).
// INVARIANT: exactly one of onEnd, onError, onUpgrade and abort() settles it, and nothing is called after that.
import type { Deadline } from './deadlines.ts';
import { serialiseRequestHead } from './request-head.ts';
import type { WireErrorKind } from './wire-error.ts';
import type { UpgradeHandler, WireExchange, WireHandler } from './wire-handler.ts';
import type { WireRequest } from './wire-request.ts';

/** What an exchange does with the thing that carries it: a connection, or the queue for one. */
export interface Carrier {
  abandon(trip: RoundTrip): void;
  resume(): void;
  /** False if `onWritable` will follow. */
  writeBody(chunk: Uint8Array, chunked: boolean): boolean;
  endBody(chunked: boolean): void;
  /** The queue's answer to a wait that was too long. */
  expired(trip: RoundTrip): void;
}

const idempotent: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

// A class for the same reason as the parser: one is made per request, and closures per request are what this client avoids.
export class RoundTrip implements WireExchange, Deadline {
  readonly method: string;
  /** The serialised head, one latin1 character a byte. */
  readonly head: string;
  readonly upgrade: string | undefined;
  readonly handler: WireHandler & Partial<Pick<UpgradeHandler, 'onUpgrade'>>;
  /** The body if it is there as a whole. */
  readonly body: Uint8Array | undefined;
  readonly chunked: boolean;
  /** RFC 9110 §9.2.2: whether it may be sent a second time without the agent asking for it. */
  readonly replayable: boolean;
  /** A streamed body is not complete yet. */
  uploading: boolean;
  /** Pieces written before there was a connection. */
  early: Uint8Array[] | undefined = undefined;
  ended = false;
  carrier: Carrier | undefined = undefined;
  deadline: number = Infinity;
  sent = false;
  headSeen = false;
  /** Its one retry is used up. A retry starts on fresh sockets only, so this is the second lock on the same door. */
  retried = false;
  settled = false;
  #left: number;

  /** @throws UnsendableRequest */
  constructor(request: WireRequest, handler: WireHandler, connection?: 'close' | 'Upgrade', upgrade?: string) {
    const { method, body } = request;
    this.method = method;
    this.head = serialiseRequestHead(request, connection, upgrade);
    this.upgrade = upgrade;
    this.handler = handler;
    this.body = body instanceof Uint8Array ? body : undefined;
    this.uploading = body !== undefined && this.body === undefined;
    this.chunked = this.uploading && body?.length === undefined;
    this.#left = this.uploading ? (body?.length ?? Infinity) : 0;
    this.replayable = !this.uploading && idempotent.has(method);
  }

  abort(): void {
    if (this.settled) return;
    this.settled = true;
    this.carrier?.abandon(this);
  }

  resume(): void {
    if (!this.settled) this.carrier?.resume();
  }

  write(chunk: Uint8Array): boolean {
    if (this.settled || chunk.length === 0) return true;
    if (!this.uploading || this.ended) throw new Error('write() on a request whose body is not streamed, or has ended');
    this.#left -= chunk.length;
    if (this.#left < 0) {
      this.#wrongLength('longer');
      return true;
    }
    if (this.sent && this.carrier !== undefined) return this.carrier.writeBody(chunk, this.chunked);
    (this.early ??= []).push(chunk);
    return false;
  }

  end(): void {
    if (this.settled || this.ended) return;
    if (this.#left > 0 && this.#left !== Infinity) {
      this.#wrongLength('shorter');
      return;
    }
    this.ended = true;
    if (this.sent) {
      this.uploading = false;
      this.carrier?.endBody(this.chunked);
    }
  }

  expire(): void {
    this.carrier?.expired(this);
  }

  fail(kind: WireErrorKind, detail: string, cause?: unknown): void {
    if (this.settled) return;
    this.settled = true;
    const error = { kind, detail, sent: this.sent, headSeen: this.headSeen };
    this.handler.onError(cause === undefined ? error : { ...error, cause });
  }

  complete(): void {
    if (this.settled) return;
    this.settled = true;
    this.handler.onEnd();
  }

  /** The connection is destroyed before the message is complete, so that the upstream cannot take it for whole. */
  #wrongLength(how: 'longer' | 'shorter'): void {
    this.carrier?.abandon(this);
    this.fail('request-body-length', `the body is ${how} than announced`);
  }
}
