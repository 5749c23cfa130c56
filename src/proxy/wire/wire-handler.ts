// The two sides of one exchange: what the wire client calls, and what the caller may call.
import type { Socket } from 'node:net';
import type { WireError } from './wire-error.ts';

/**
 * Callbacks of one exchange, in this order: `onInformation`*, `onHead`, `onData`*, then exactly one of `onEnd` and `onError`.
 * `onError` may come at any point instead. Nothing is called after `abort()`. No callback runs before `request()` returned.
 */
export interface WireHandler {
  /**
   * `rawHeaders`: name, value, … with hop-by-hop fields, fields nominated by Connection, framing and `Holdgate-*` removed.
   * `bodyLength`: the declared length, undefined if unknown; for HEAD and 304 the length that a GET would have had.
   */
  onHead(status: number, statusText: string, rawHeaders: string[], bodyLength: number | undefined): void;
  /**
   * A non-empty slice of what was read; the buffer is never written again. False asks for a pause until `resume()`; what was
   * already read (at most one socket read) is still delivered. `last`: no data follows and `onEnd` comes in the same turn, so
   * that a small response can be written in one piece.
   */
  onData(chunk: Buffer, last: boolean): boolean;
  onEnd(): void;
  onError(error: WireError): void;
  /** 1xx other than 100 and 101. */
  onInformation?(status: number, rawHeaders: string[]): void;
  /** `write()` returned false before; the upstream takes more now. */
  onWritable?(): void;
}

/** Extends WireHandler for `upgrade()`: 101 to the protocol that was asked for ends in here, all else in the other callbacks. */
export interface UpgradeHandler extends WireHandler {
  /** The socket is paused (call `resume()`), without listeners of ours, and the callee's; `first` are bytes that came with the 101. */
  onUpgrade(rawHeaders: string[], socket: Socket, first: Buffer): void;
}

export interface WireExchange {
  /** Gives up: destroys the connection (or leaves the queue); no callback follows. */
  abort(): void;
  /** Goes on reading after `onData` returned false. */
  resume(): void;
  /** Sends a piece of a streamed body. False: wait for `onWritable`. Ignored once the exchange is over. */
  write(chunk: Uint8Array): boolean;
  /** Ends a streamed body. */
  end(): void;
}
